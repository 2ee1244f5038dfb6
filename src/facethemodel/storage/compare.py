"""Comparing contents here with what is there: by the checksums that the server states, or byte for byte."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from facethemodel.progress import Progress
from facethemodel.storage.bucket import Bucket, Stored
from facethemodel.storage.contents import Content
from facethemodel.storage.faults import NotThereError, ServerError
from facethemodel.storage.held import Held, object_name, shard_name
from facethemodel.storage.local import Digest, UnreadableFileError, digest, read
from facethemodel.storage.parallel import THREADS, hashing_threads, in_parallel
from facethemodel.storage.shards import END, Shard, frame
from facethemodel.storage.verdicts import Verdict

ALTERED_HERE = "the file here was altered since it was added"
ALTERED_THERE = "its bytes there are others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one content came out.

    Attributes:
        here: Whether its right bytes are here.
        there: Whether they are there.
    """

    sha256: str
    verdict: Verdict
    reason: str = ""
    here: bool = True
    there: bool = False


def compare(
    bucket: Bucket, held: Held, contents: Mapping[str, Content], *, deep: bool, progress: Progress
) -> dict[str, Check]:
    """Compares every content with its object, or with its place in an archive.

    A content that should be in several places is there when one of them has its bytes. Without `deep` an
    object counts as the same when it has the size and the ETag that these bytes lead to; one with another
    ETag is read back before anything is said of it. Nothing is the same by name or size.

    Args:
        bucket: Where.
        held: What was found there.
        contents: What should be there, by sha256.
        deep: Whether to read bytes back instead of trusting stated checksums.
        progress: Who watches.

    Raises:
        CredentialsError: The login was refused.
        RemoteError: The server cannot be reached.
    """
    found: dict[str, Check] = {}
    waiting, turn = list(contents.values()), 0
    with progress.task("comparing", len(contents)) as advance:
        while waiting:
            again: list[Content] = []
            for check in _in_turn(bucket, held, waiting, turn, contents, deep=deep):
                if check.there or check.sha256 not in found:
                    found[check.sha256] = check
                if not check.there and turn + 1 < len(held.places(check.sha256)):
                    again.append(contents[check.sha256])
                else:
                    advance(1)
            waiting, turn = again, turn + 1
    return found


def _in_turn(
    bucket: Bucket,
    held: Held,
    wanted: Sequence[Content],
    turn: int,
    contents: Mapping[str, Content],
    *,
    deep: bool,
) -> Iterator[Check]:
    """Compares contents with the first, second, ... of the places where each of them should be."""
    singles: list[Content] = []
    absent: list[Content] = []
    groups: dict[str, list[Content]] = defaultdict(list)
    for one in wanted:
        places = held.places(one.sha256)
        archive = places[turn] if places else None
        if archive is not None:
            groups[archive].append(one)
        else:
            (singles if places else absent).append(one)
    threads = THREADS if deep else hashing_threads()
    yield from in_parallel(
        bucket, lambda one: _single(bucket, held, one, deep=deep), singles, threads=threads
    )
    yield from in_parallel(bucket, _absent, absent, threads=hashing_threads())
    for group in in_parallel(
        bucket,
        lambda item: _group(bucket, held, item[0], item[1], contents, deep=deep),
        list(groups.items()),
        threads=threads,
    ):
        yield from group


def same_bytes(bucket: Bucket, name: str, stored: Stored, here: Digest, *, deep: bool) -> str | None:
    """Compares a file with an object.

    Returns:
        None where they are the same, else how they differ.

    Raises:
        RemoteError: The server cannot be reached.
    """
    if stored.size != here.size:
        return f"{stored.size:,} bytes there, {here.size:,} here"
    if not deep and stored.etag in here.etags:
        return None
    try:
        there = bucket.digest(name)
    except NotThereError:
        return "it vanished there meanwhile"
    except ServerError as error:
        return f"it cannot be read back: {error.what}"
    return None if there == (here.size, here.sha256) else ALTERED_THERE


def _single(bucket: Bucket, held: Held, content: Content, *, deep: bool) -> Check:
    name = object_name(content.sha256)
    stored = held.listed[name]
    expected = Digest(size=content.size, sha256=content.sha256, etags=frozenset())
    here = _here(content)
    if isinstance(here, Check):
        whole = same_bytes(bucket, name, stored, expected, deep=True) is None
        return _told(here, there=whole)
    reason = same_bytes(bucket, name, stored, here, deep=deep)
    return Check(
        sha256=content.sha256,
        verdict="same" if reason is None else "differs",
        reason=reason or "",
        there=reason is None,
    )


def _absent(content: Content) -> Check:
    here = _here(content)
    if isinstance(here, Check):
        return _told(here, there=False)
    return Check(sha256=content.sha256, verdict="missing there")


def _here(content: Content) -> Digest | Check:
    """What the file here comes to, or what is the matter with it."""
    try:
        found = digest(content.path)
    except UnreadableFileError as error:
        return _unreadable(content, error)
    if found.sha256 != content.sha256:
        return _altered(content.sha256)
    return found


def _unreadable(content: Content, error: UnreadableFileError) -> Check:
    verdict: Verdict = "missing here" if error.gone else "unreadable"
    reason = "the file here is gone" if error.gone else f"here: {error.reason}"
    return Check(sha256=content.sha256, verdict=verdict, reason=reason, here=False)


def _altered(sha256: str) -> Check:
    return Check(sha256=sha256, verdict="differs", reason=ALTERED_HERE, here=False)


def _told(check: Check, *, there: bool) -> Check:
    where = "it is whole there" if there else "nor is it whole there"
    return replace(check, reason=f"{check.reason}; {where}", there=there)


def _group(
    bucket: Bucket,
    held: Held,
    sha: str,
    wanted: Sequence[Content],
    contents: Mapping[str, Content],
    *,
    deep: bool,
) -> list[Check]:
    """Compares the photos of one archive."""
    shard, stored = held.shards[sha], held.listed[shard_name(sha)]
    problems, etag = _rebuild(shard, contents)
    if not deep and etag is not None and (stored.size, stored.etag) == (shard.size, etag):
        return [Check(sha256=one.sha256, verdict="same", there=True) for one in wanted]
    try:
        data = bucket.read(shard_name(sha))
        reason = ALTERED_THERE
    except (NotThereError, ServerError) as error:
        data, reason = b"", f"it cannot be read back: {error.what}"
    members = {member.sha256: member for member in shard.members}
    checks: list[Check] = []
    for one in wanted:
        member = members[one.sha256]
        piece = data[member.offset : member.offset + member.size]
        there = hashlib.sha256(piece).hexdigest() == one.sha256
        if one.sha256 in problems:
            checks.append(_told(problems[one.sha256], there=there))
        elif there:
            checks.append(Check(sha256=one.sha256, verdict="same", there=True))
        else:
            checks.append(Check(sha256=one.sha256, verdict="differs", reason=reason))
    return checks


def _rebuild(shard: Shard, contents: Mapping[str, Content]) -> tuple[dict[str, Check], str | None]:
    """Says what is the matter with the photos here, and which ETag the archive has if nothing is."""
    problems: dict[str, Check] = {}
    whole = True
    running = hashlib.md5(usedforsecurity=False)
    for member in shard.members:
        content = contents.get(member.sha256)
        if content is None:
            whole = False  # In the archive since an earlier snapshot.
            continue
        try:
            data = read(content.path)
        except UnreadableFileError as error:
            problems[member.sha256] = _unreadable(content, error)
            continue
        if hashlib.sha256(data).hexdigest() != member.sha256:
            problems[member.sha256] = _altered(member.sha256)
            continue
        before, after = frame(member)
        for piece in (before, data, after):
            running.update(piece)
    running.update(END)
    return problems, running.hexdigest() if whole and not problems else None
