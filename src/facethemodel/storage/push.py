"""Making a snapshot of a project: what is new is sent, and the manifest last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.compare import Check, compare
from facethemodel.storage.contents import Described, described
from facethemodel.storage.faults import OtherContentError
from facethemodel.storage.held import Held, history_name, look, snapshot_name
from facethemodel.storage.manifest import PORTIONS, Portion, version_of
from facethemodel.storage.upload import Sent, upload
from facethemodel.storage.verdicts import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What a push did.

    Attributes:
        snapshot: The snapshot's name, the dataset's version; None where none was made.
        known: Whether that very snapshot was there before.
        contents: Photos and other files that the snapshot holds.
        sent: Of those, how many were not there before and are now.
        sent_bytes: Their bytes.
        findings: What could not be kept, or is wrong there.
    """

    snapshot: str | None
    known: bool
    contents: int
    sent: int
    sent_bytes: int
    findings: tuple[Finding, ...]


def push(
    project: Project,
    bucket: Bucket,
    *,
    portions: Collection[Portion] = PORTIONS,
    packing: bool = True,
    progress: Progress = SILENT,
) -> PushReport:
    """Keeps a project as it is now.

    What is there already is compared by checksum and not sent again. A photo whose bytes cannot be had stands
    in the manifest as lost, unless it is whole there. Where anything else cannot be kept, or what is there is
    wrong, no snapshot is made. Killed at any moment, the same call goes on from there.

    Args:
        project: The project.
        bucket: Where to.
        portions: Which parts of it.
        packing: Whether small photos may be put into archives.
        progress: Who watches.

    Raises:
        CredentialsError: The login was refused, or may not do what it takes.
        RemoteError: There is no such bucket or server, or it stopped answering.
        StorageError: There is no room for a copy of the catalogue.
    """
    with described(project, portions) as project_now:
        contents = project_now.contents
        held = look(bucket)
        known = {sha: one for sha, one in contents.items() if held.has(sha)}
        checks = compare(bucket, held, known, deep=False, progress=progress) if known else {}
        new = [one for sha, one in contents.items() if sha not in known]
        sent = upload(bucket, new, packing=packing, progress=progress)
        findings, lost, whole = _outcome(project_now, checks, sent)
        data = project_now.without(lost).dump()
        if whole:
            whole = not _vanished(bucket, project_now, lost, findings)
        name = version_of(data)
        was_there = snapshot_name(name) in held.listed
        if whole:
            try:
                bucket.put(snapshot_name(name), data)
                enter(bucket, held, name)
            except OtherContentError as error:
                findings.append(Finding(verdict="differs", name=snapshot_name(name), reason=error.what))
                whole = False
        done = [one for one in sent if one.reason is None]
        return PushReport(
            snapshot=name if whole else None,
            known=was_there,
            contents=len(contents) - len(lost),
            sent=len(done),
            sent_bytes=sum(one.size for one in done),
            findings=tuple(findings),
        )


def enter(bucket: Bucket, held: Held, version: str) -> None:
    """Makes a snapshot the newest.

    Raises:
        CredentialsError: The login was refused, or may not write.
        RemoteError: The server does not take it.
    """
    at = datetime.now(UTC)
    if held.snapshots:
        newest = held.snapshots[0]
        if newest.name == version:
            return
        # The clocks of two machines may differ, by a quarter of an hour at most: servers refuse more.
        at = max(at, newest.at + timedelta(microseconds=1))
    bucket.put(history_name(version, at=at), b"")


def _outcome(
    project: Described, checks: dict[str, Check], sent: list[Sent]
) -> tuple[list[Finding], set[str], bool]:
    """Puts together what went wrong, which photos are lost, and whether the rest makes a snapshot."""
    findings = [Finding(verdict="unreadable", name=name, reason=why) for name, why in project.unreadable]
    lost: set[str] = set()
    whole = not findings
    for check in checks.values():
        if check.verdict == "same":
            continue
        content = project.contents[check.sha256]
        findings.append(Finding(verdict=check.verdict, name=content.name, reason=check.reason))
        whole = whole and check.there
    for one in sent:
        if one.reason is None:
            continue
        content = project.contents[one.sha256]
        verdict = "differs" if one.other else "missing here" if one.gone else "unreadable"
        findings.append(Finding(verdict=verdict, name=content.name, reason=one.reason))  # type: ignore[arg-type]
        if content.photo and not one.other:
            lost.add(one.sha256)
        else:
            whole = False
    return findings, lost, whole


def _vanished(bucket: Bucket, project: Described, lost: set[str], findings: list[Finding]) -> bool:
    """Looks once more, before anything is promised, whether the server has kept all that it took."""
    held = look(bucket)
    expected = {sha: one.size for sha, one in project.contents.items() if sha not in lost}
    gone = held.lacking(expected)
    for sha in gone:
        reason = "the server took it and has not kept it; push again"
        findings.append(Finding(verdict="missing there", name=project.contents[sha].name, reason=reason))
    return bool(gone)
