"""Sending contents: each under its own hash, many small photos in one archive."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from facethemodel.progress import Progress
from facethemodel.storage.bucket import Bucket, Stored
from facethemodel.storage.contents import Content
from facethemodel.storage.faults import OtherContentError
from facethemodel.storage.held import Held, index_name, object_name, shard_name
from facethemodel.storage.local import LARGE, UnreadableFileError, read
from facethemodel.storage.multipart import put_large
from facethemodel.storage.parallel import THREADS, in_parallel
from facethemodel.storage.shards import pack

SMALL = 64 << 10
"""Photos of up to so many bytes go into archives: there a request costs as much as what it carries.
`benchmarks.storage --packing` measured four times the speed at 6 KB, 1.6 times at 60 KB, none at 250 KB."""
FEW = 32
"""With fewer small photos than this, an archive is not worth its two requests."""
SHARD = 8 << 20
"""Bytes of photos in one archive: what is sent again after a kill, and what waits in memory eight times."""
_SHARD_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How the sending of one content ended.

    Attributes:
        size: Bytes that were sent; 0 where `reason` is set.
        reason: Why it was not sent; None where it was.
        gone: Whether the file here is not there at all.
        other: Whether something else is under that name there.
    """

    sha256: str
    size: int = 0
    reason: str | None = None
    gone: bool = False
    other: bool = False


def upload(
    bucket: Bucket,
    contents: Collection[Content],
    *,
    packing: bool,
    progress: Progress,
    replace: Held | None = None,
) -> list[Sent]:
    """Sends contents; every file is read once and sent only if its bytes are still the ones it is known by.

    Args:
        bucket: Where to.
        contents: What.
        packing: Whether small photos may be put into archives.
        progress: Who watches.
        replace: What was found there, where damaged objects are to be replaced; None replaces nothing.

    Returns:
        What became of each.

    Raises:
        CredentialsError: The login was refused, or may not write.
        RemoteError: The server cannot be reached.
    """
    small = [one for one in contents if packing and one.photo and 0 < one.size <= SMALL]
    if len(small) < FEW:
        small = []
    packed = {one.sha256 for one in small}
    single = [one for one in contents if one.sha256 not in packed]
    results: list[Sent] = []
    with progress.task("sending", len(contents)) as advance:
        for sent in in_parallel(bucket, lambda one: _single(bucket, one, replace), single, threads=THREADS):
            results.append(sent)
            advance(1)
        groups = list(_groups(small))
        for group in in_parallel(
            bucket, lambda one: _shard(bucket, one, replace), groups, threads=_SHARD_THREADS
        ):
            results.extend(group)
            advance(len(group))
    return results


def _groups(small: Sequence[Content]) -> Iterator[list[Content]]:
    """Cuts photos into lists of up to `SHARD` bytes, in the order of their hashes, which is a random one."""
    group: list[Content] = []
    size = 0
    for one in sorted(small, key=lambda one: one.sha256):
        if group and size + one.size > SHARD:
            yield group
            group, size = [], 0
        group.append(one)
        size += one.size
    if group:
        yield group


def _single(bucket: Bucket, content: Content, replace: Held | None) -> Sent:
    name = object_name(content.sha256)
    old = _old(replace, name)
    try:
        if content.size > LARGE:
            put_large(bucket, name, content.path, sha256=content.sha256, replace=old)
        else:
            bucket.put(name, _bytes(content), replace=old)
    except UnreadableFileError as error:
        return Sent(sha256=content.sha256, reason=error.reason, gone=error.gone)
    except OtherContentError as error:
        return Sent(sha256=content.sha256, reason=error.what, other=True)
    return Sent(sha256=content.sha256, size=content.size)


def _shard(bucket: Bucket, group: Sequence[Content], replace: Held | None) -> list[Sent]:
    results: list[Sent] = []
    photos: list[tuple[str, bytes]] = []
    for one in group:
        try:
            photos.append((one.sha256, _bytes(one)))
        except UnreadableFileError as error:
            results.append(Sent(sha256=one.sha256, reason=error.reason, gone=error.gone))
    if not photos:
        return results
    data, shard = pack(photos)
    sha = hashlib.sha256(data).hexdigest()
    try:
        bucket.put(shard_name(sha), data, replace=_old(replace, shard_name(sha)))
        # Only now are the photos there: without its index an archive is nothing.
        bucket.put(index_name(sha), shard.dump(), replace=_old(replace, index_name(sha)))
    except OtherContentError as error:
        return results + [Sent(sha256=sha256, reason=error.what, other=True) for sha256, _ in photos]
    return results + [Sent(sha256=sha256, size=len(piece)) for sha256, piece in photos]


def _bytes(content: Content) -> bytes:
    data = read(content.path)
    if hashlib.sha256(data).hexdigest() != content.sha256:
        raise UnreadableFileError("it has changed since it was added")
    return data


def _old(replace: Held | None, name: str) -> Stored | None:
    return None if replace is None else replace.listed.get(name)
