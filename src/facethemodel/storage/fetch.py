"""Getting contents out of a bucket: each from the first place there that has its bytes."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facethemodel.progress import Progress
from facethemodel.storage.bucket import Bucket
from facethemodel.storage.faults import NotThereError, ServerError
from facethemodel.storage.held import Held, object_name, shard_name
from facethemodel.storage.parallel import in_parallel

GONE = "it is not there"
"""The reason for a content that is in no place."""
INCOMING = ".incoming-"
"""What names begin with of files that have no name of their own yet."""
_TRIES = 2
"""How often what comes with other bytes is asked for: the line may have spoilt it, or the disk there has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to come into a folder.

    Attributes:
        folder: Where files lie while they have no name yet.
        paths: The files that each content becomes, by sha256.
        sizes: Their bytes, by sha256.
    """

    folder: Path
    paths: Mapping[str, Sequence[Path]]
    sizes: Mapping[str, int]


def fetch(
    bucket: Bucket, held: Held, wanted: Wanted, todo: Sequence[str], *, progress: Progress
) -> dict[str, str]:
    """Fetches contents; a file gets its name only after its bytes came to its sha256.

    What is not right in one place is looked for in the next one.

    Args:
        bucket: Where from.
        held: What was found there.
        wanted: Where to.
        todo: Which of them, by sha256.
        progress: Who watches.

    Returns:
        Those that could not be had, by sha256, with the reason.

    Raises:
        CredentialsError: The login was refused, or may not read.
        RemoteError: The server stopped answering.
        OSError: The folder cannot be written.
    """
    # What is in no place is asked for all the same: the listing may be older.
    places = {sha: held.places(sha) or (None,) for sha in todo}
    lacking: dict[str, str] = {}
    waiting, turn = list(todo), 0
    with progress.task("fetching", len(todo)) as advance:
        while waiting:
            again: list[str] = []
            jobs = _jobs(held, ((sha, places[sha][turn]) for sha in waiting))
            for results in in_parallel(bucket, lambda job: _fetch(bucket, job, wanted), jobs):
                for sha, reason in results:
                    if reason is None:
                        lacking.pop(sha, None)
                    elif lacking.get(sha, GONE) == GONE:
                        lacking[sha] = reason
                    if reason is not None and turn + 1 < len(places[sha]):
                        again.append(sha)
                    else:
                        advance(1)
            waiting, turn = again, turn + 1
    return lacking


@dataclass(frozen=True, slots=True)
class _Job:
    """One object to read, and the contents it stands for; an archive stands for several."""

    name: str
    contents: tuple[str, ...]
    places: dict[str, tuple[int, int]] | None = None


def _jobs(held: Held, todo: Iterable[tuple[str, str | None]]) -> list[_Job]:
    single: list[_Job] = []
    packed: dict[str, list[str]] = defaultdict(list)
    for sha, archive in todo:
        if archive is None:
            single.append(_Job(object_name(sha), (sha,)))
        else:
            packed[archive].append(sha)
    jobs = []
    for shard, contents in packed.items():
        places = {one.sha256: (one.offset, one.offset + one.size) for one in held.shards[shard].members}
        jobs.append(_Job(shard_name(shard), tuple(contents), places))
    return jobs + single


def _fetch(bucket: Bucket, job: _Job, wanted: Wanted) -> list[tuple[str, str | None]]:
    """Reads one object and gives what is right in it its names; says what is the matter with the rest."""
    left, reason = list(job.contents), ""
    results: list[tuple[str, str | None]] = []
    for _ in range(_TRIES):
        try:
            got = _read(bucket, job, left, wanted)
        except NotThereError:
            reason = GONE
            break
        except ServerError as error:
            reason = error.what
            break
        for sha, temporary in got.items():
            _publish(temporary, wanted.paths[sha])
            results.append((sha, None))
        left = [sha for sha in left if sha not in got]
        reason = "its bytes there come to another sha256"
        if not left:
            break
    return results + [(sha, reason) for sha in left]


def _read(bucket: Bucket, job: _Job, contents: Sequence[str], wanted: Wanted) -> dict[str, Path]:
    """Writes what an object holds into files without a name yet, as far as it is what it should be."""
    found: dict[str, Path] = {}
    if job.places is None:
        (sha,) = contents
        temporary = _temporary(wanted, sha)
        if bucket.download(job.name, temporary) == (wanted.sizes[sha], sha):
            return {sha: temporary}
        temporary.unlink()
        return {}
    data = bucket.read(job.name)
    for sha in contents:
        begin, end = job.places[sha]
        piece = data[begin:end]
        if hashlib.sha256(piece).hexdigest() == sha:
            found[sha] = _temporary(wanted, sha)
            found[sha].write_bytes(piece)
    return found


def _temporary(wanted: Wanted, sha256: str) -> Path:
    # The process's own, because on some network disks a lock holds nobody off.
    return wanted.folder / f"{INCOMING}{os.getpid()}-{sha256}"


def _publish(temporary: Path, paths: Sequence[Path]) -> None:
    temporary.chmod(0o600)
    for path in paths:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in paths[1:]:
        copy = temporary.with_name(f"{temporary.name}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:8]}")
        copy.write_bytes(temporary.read_bytes())
        copy.chmod(0o600)
        copy.replace(path)
    temporary.replace(paths[0])
