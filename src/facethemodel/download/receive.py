"""Reading an answer's body into a part file, no further than it deserves."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from aiohttp import ClientResponse

from facethemodel.download.answers import MissedError, PassingError, named
from facethemodel.download.parts import Part, cannot_write
from facethemodel.download.rules import Rules
from facethemodel.photos.formats import HEAD_BYTES, sniff

_CHUNK = 1 << 16
_WORDS = 512
"""First bytes that are looked at to say what something is that is no photo."""


async def receive(response: ClientResponse, part: Part, rules: Rules) -> bool:
    """Writes a body to the end of its part. What came stays there when the rest does not.

    Args:
        response: 200, or 206 for the rest of the part.
        part: Begun anew unless the answer goes on from it.
        rules: How large, how slow.

    Returns:
        Whether the file is made of more than one answer.

    Raises:
        MissedError: It is too large or no photo.
        PassingError: It is too slow, an answer for other bytes than were asked for, or not all of the rest.
        StorageError: The disk takes no more.
    """
    resumed = response.status == 206
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    # A range of packed bytes cannot be put behind plain ones.
    if resumed and (encoding not in ("identity", "") or not part.continued_by(response.headers)):
        part.remove()
        raise PassingError("another part of the file than was asked for")
    size = part.size if resumed else 0
    if size + (response.content_length or 0) > rules.max_bytes:
        raise _too_large(rules)
    if resumed:
        await _append(part, _limited(_plain(response, encoding, rules), size, rules))
        _check_whole(part, part.whole_size(response.headers))
    else:
        part.begin(response.headers, resumable=encoding == "identity")
        await _take_from_start(response, part, rules, encoding)
    return resumed


def _check_whole(part: Part, whole: int | None) -> None:
    """Lets pass what is all there; a server may send less than it was asked for (RFC 9110, 15.3.7)."""
    if part.size == whole:
        return
    if whole is None:
        # Only who asks for what follows learns whether anything does.
        raise PassingError("a rest of a file whose size the server does not say", wait=0.0)
    if part.size > whole:
        part.remove()
        raise PassingError("more bytes than the file is said to have")
    # What is here stays, for the next try to go on from.
    raise PassingError("less than the rest of the file")


async def _take_from_start(response: ClientResponse, part: Part, rules: Rules, encoding: str) -> None:
    body = _limited(_plain(response, encoding, rules), 0, rules)
    head = b""
    async for chunk in body:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    if sniff(head[:HEAD_BYTES]) is None:
        async for chunk in body:
            if len(head) >= _WORDS:
                break
            head += chunk
        raise MissedError("no photo", named(head, response.headers.get("Content-Type")))
    await _append(part, body, first=head)


async def _append(part: Part, body: AsyncIterator[bytes], *, first: bytes = b"") -> None:
    with _writing(part):
        file = part.path.open("ab")
    try:
        with _writing(part):
            file.write(first)
        async for chunk in body:
            with _writing(part):
                file.write(chunk)
    finally:
        with _writing(part):
            file.close()


@contextmanager
def _writing(part: Part) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(error, part.path.parent) from error


async def _limited(chunks: AsyncIterator[bytes], size: int, rules: Rules) -> AsyncIterator[bytes]:
    """Passes bytes on until they are too many or come too slowly.

    Args:
        chunks: The body.
        size: Bytes that are here before it.
        rules: The limits.
    """
    clock = asyncio.get_running_loop().time
    started, received = clock(), 0
    async for chunk in chunks:
        received += len(chunk)
        if size + received > rules.max_bytes:
            raise _too_large(rules)
        seconds = clock() - started
        if seconds > rules.stall_seconds and received / seconds < rules.slowest:
            raise PassingError(f"slower than {rules.slowest:,.0f} bytes a second")
        yield chunk


async def _plain(response: ClientResponse, encoding: str, rules: Rules) -> AsyncIterator[bytes]:
    """Gives the body as it was before it was packed for the way, in pieces of a bounded size."""
    if encoding in ("identity", ""):
        async for chunk in response.content.iter_chunked(_CHUNK):
            yield chunk
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise MissedError("refused", f"packed as {encoding[:20]!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47 if encoding != "deflate" else 15)
    async for chunk in response.content.iter_chunked(_CHUNK):
        rest = chunk
        while rest:
            try:
                piece = unpack.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise PassingError("a body that cannot be unpacked") from error
            rest = unpack.unconsumed_tail
            if piece:
                yield piece
    yield unpack.flush()
    if not unpack.eof:
        raise PassingError("a body that ends too soon")


def _too_large(rules: Rules) -> MissedError:
    return MissedError("barred", f"larger than {rules.max_bytes / 1e6:,.0f} MB")
