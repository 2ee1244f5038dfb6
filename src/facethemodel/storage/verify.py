"""Comparing a project with what is kept of it, and mending what is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from facethemodel.errors import FacethemodelError, SchemaError
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.compare import Check, compare
from facethemodel.storage.contents import Described, described
from facethemodel.storage.faults import NotThereError, ServerError
from facethemodel.storage.held import (
    HISTORY,
    OBJECTS,
    SHARDS,
    SNAPSHOTS,
    Held,
    index_name,
    look,
    object_name,
    read_manifest,
    shard_name,
    snapshot_name,
)
from facethemodel.storage.manifest import PORTIONS, Manifest, Portion, version_of
from facethemodel.storage.push import enter
from facethemodel.storage.shards import index_of
from facethemodel.storage.upload import upload
from facethemodel.storage.verdicts import Finding, VerifyReport


def verify(
    project: Project,
    bucket: Bucket,
    *,
    portions: Collection[Portion] = PORTIONS,
    deep: bool = False,
    fix: bool = False,
    progress: Progress = SILENT,
) -> VerifyReport:
    """Compares every photo and file of a project with what is there, and what is there with the project.

    Args:
        project: The project; it is not altered, a copy of its catalogue lies in its cache meanwhile.
        bucket: Where it is kept.
        portions: Which parts of it.
        deep: Whether to read every byte back.
        fix: Whether to send what is missing there or differs, and to compare once more.
        progress: Who watches.

    Raises:
        CredentialsError: The login was refused, or may not do what it takes.
        RemoteError: There is no such bucket or server, or it stopped answering.
        StorageError: There is no room for a copy of the catalogue.
    """
    with described(project, portions) as project_now:
        found = _compare(project_now, bucket, deep=deep, progress=progress)
        if not fix or not found.report.differences:
            return found.report
        fixed = _mend_indexes(bucket, found.held)
        if fixed:
            found = _compare(project_now, bucket, deep=deep, progress=progress)
        fixed += _fix(project_now, bucket, found, progress=progress)
        again = _compare(project_now, bucket, deep=deep, progress=progress).report
    return replace(again, fixed=fixed)


@dataclass(slots=True, kw_only=True)
class _Comparison:
    held: Held
    checks: dict[str, Check]
    manifest: bytes
    findings: list[Finding] = field(default_factory=list)
    deep: bool = False

    @property
    def report(self) -> VerifyReport:
        return VerifyReport(deep=self.deep, findings=tuple(self.findings), snapshot=version_of(self.manifest))


def _compare(project: Described, bucket: Bucket, *, deep: bool, progress: Progress) -> _Comparison:
    held = look(bucket)
    checks = compare(bucket, held, project.contents, deep=deep, progress=progress)
    lost = {sha for sha, one in checks.items() if not one.here and not one.there}
    found = _Comparison(held=held, checks=checks, manifest=project.without(lost).dump(), deep=deep)
    found.findings += [
        Finding(verdict="unreadable", name=name, reason=f"here: {why}") for name, why in project.unreadable
    ]
    found.findings += [
        Finding(verdict=one.verdict, name=project.contents[sha].name, reason=one.reason)
        for sha, one in checks.items()
    ]
    if set(project.manifest.portions) == set(PORTIONS):
        found.findings.append(_manifest(bucket, held, found.manifest))
    found.findings += [
        Finding(verdict="differs", name=name, reason=reason) for name, reason in held.damaged.items()
    ]
    found.findings += _others(project, bucket, held, own=version_of(found.manifest))
    return found


def _manifest(bucket: Bucket, held: Held, data: bytes) -> Finding:
    name = snapshot_name(version_of(data))
    if name not in held.listed:
        return Finding(verdict="missing there", name=name, reason="no snapshot of the project as it is now")
    if bucket.read(name) != data:
        return Finding(verdict="differs", name=name, reason="the manifest is damaged")
    return Finding(verdict="same", name=name)


def _others(project: Described, bucket: Bucket, held: Held, *, own: str) -> list[Finding]:
    """What is there besides: photos of the newest snapshot that are not here, and what belongs to nothing."""
    findings: list[Finding] = []
    kept = dict.fromkeys(project.contents, 0)
    versions = [one.name for one in held.snapshots]
    for version in versions:
        if version == own:
            continue
        try:
            manifest = read_manifest(bucket, version)
        except FacethemodelError as error:
            findings.append(Finding(verdict="differs", name=snapshot_name(version), reason=error.what))
            continue
        if version == versions[0] and "photos" in project.manifest.portions:
            findings += _only_there(manifest, project.contents, held)
        kept |= manifest.contents
    return findings + [
        Finding(verdict="extra", name=name, reason="belongs to no snapshot")
        for name in held.listed
        if not _belongs(name, held, kept)
    ]


def _only_there(newest: Manifest, here: Mapping[str, object], held: Held) -> list[Finding]:
    return [
        Finding(
            verdict="missing here",
            name=f"{one.sha256[:8]} {one.role or ''}".strip(),
            reason="the newest snapshot has this photo"
            + ("" if held.has(one.sha256) else ", and it is gone"),
        )
        for one in newest.photos
        if one.sha256 not in here and not one.lost
    ]


def _belongs(name: str, held: Held, kept: Mapping[str, int]) -> bool:
    if name.startswith(SNAPSHOTS):
        # These are told of apart, whole or damaged.
        return name in {snapshot_name(one.name) for one in held.snapshots}
    if name.startswith(HISTORY):
        return snapshot_name(name.rpartition("-")[2]) in held.listed
    if name.startswith(SHARDS):
        sha = name[len(SHARDS) :].rpartition(".")[0]
        if name in held.damaged or (shard_name(sha) == name and index_name(sha) in held.damaged):
            return True
        shard = held.shards.get(sha)
        return (
            shard is not None
            and name in (shard_name(sha), index_name(sha))
            and any(member.sha256 in kept for member in shard.members)
        )
    sha = name.rpartition("/")[2]
    return name.startswith(OBJECTS) and name == object_name(sha) and sha in kept


def _mend_indexes(bucket: Bucket, held: Held) -> int:
    """Writes damaged indexes anew where the archive itself is whole."""
    mended = 0
    for name in held.damaged:
        sha = name[len(SHARDS) :].removesuffix(".json")
        with suppress(SchemaError, NotThereError, ServerError):
            data = bucket.read(shard_name(sha))
            if hashlib.sha256(data).hexdigest() == sha:
                bucket.put(name, index_of(data).dump(), replace=held.listed[name])
                mended += 1
    return mended


def _fix(project: Described, bucket: Bucket, found: _Comparison, *, progress: Progress) -> int:
    """Sends what is right here and not there, and then the manifest, if all that it names is there."""
    wanted = [project.contents[sha] for sha, one in found.checks.items() if one.here and not one.there]
    sent = upload(bucket, wanted, packing=True, progress=progress, replace=found.held)
    done = {one.sha256 for one in sent if one.reason is None}
    there = done | {sha for sha, one in found.checks.items() if one.there}
    data = found.manifest
    name = snapshot_name(version_of(data))
    contents = Manifest.parse(data, name=version_of(data)).contents
    if set(project.manifest.portions) != set(PORTIONS) or not there.issuperset(contents):
        return len(done)
    old = found.held.listed.get(name)
    if old is not None and bucket.read(name) == data:
        return len(done)
    bucket.put(name, data, replace=old)
    enter(bucket, found.held, version_of(data))
    return len(done) + 1
