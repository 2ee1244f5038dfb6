"""The collector that lets gallery-dl, a program of its own that the user has installed, fetch a gallery.

It is started with its settings switched off, writes into a folder of the project's cache, and is read line by
line. What it brought goes into the store; what lies there from an interrupted run is taken up first.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from facethemodel.catalogue.names import readable
from facethemodel.collect.collector import Archive, BadEntry, Candidate
from facethemodel.download.rules import Rules
from facethemodel.errors import CredentialsError, FacethemodelError, RemoteError, StorageError, UsageError
from facethemodel.photos.formats import HEAD_BYTES, sniff

PROGRAM = "gallery-dl"

_AUTHORS = ("author", "username", "user", "uploader", "artist", "owner", "blog_name")
_POSTS = ("post_id", "gallery_id", "album_id", "tweet_id", "post_shortcode", "shortcode")
_FETCHED_BEFORE = b"# "


class Gallery:
    """The pictures that gallery-dl finds at some addresses.

    Args:
        addresses: Of galleries, posts, albums.
        folder: Where it may write.
        rules: Rate, size and cookies are handed on; the rest is gallery-dl's own.
        simulate: Whether it is only to say what it would fetch.

    Raises:
        UsageError: gallery-dl is not installed, or something is no address.
    """

    name = "gallery"
    total: int | None = None

    def __init__(
        self, addresses: Sequence[str], *, folder: Path, rules: Rules, simulate: bool = False
    ) -> None:
        for address in addresses:
            if not address.startswith(("http://", "https://")):
                raise UsageError(
                    f"{address!r} is not an address of the web", remedy="it begins with https://"
                )
        program = shutil.which(PROGRAM)
        if program is None:
            raise UsageError(
                f"{PROGRAM} is not installed",
                remedy=f"pipx install {PROGRAM} (a program of its own, under the GPL), "
                "or collect the addresses: facethemodel collect urls FILE",
            )
        self._program = program
        self._addresses = list(addresses)
        self._files = folder / "files"
        self._fetched = folder / "fetched.sqlite3"
        self._rules = rules
        self._simulate = simulate

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists what an earlier run left, then what comes now; see `Collector`."""
        self._files.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._simulate:
            yield from self._left_behind(archive)
        for address in self._addresses:
            yield from self._run(address, archive)

    def _left_behind(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        for path in sorted(path for path in self._files.rglob("*") if path.is_file()):
            if path.suffix == ".json":
                if not path.with_suffix("").exists():
                    path.unlink(missing_ok=True)
            elif path.suffix == ".part":
                # gallery-dl goes on with it.
                continue
            elif archive.holds(self._key(path)):
                path.unlink(missing_ok=True)
            else:
                yield self._entry(path, address=None)

    def _run(self, address: str, archive: Archive) -> Iterator[Candidate | BadEntry]:
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                self._command(address), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints
            )
            assert process.stdout is not None
            # For a run that ends while this waits for a line: see `Listing.close`.
            atexit.register(_stop, process)
            try:
                yield from self._lines(process.stdout, address, archive)
                status = process.wait()
            finally:
                _end(process)
                atexit.unregister(_stop)
            if status:
                complaints.seek(0)
                raise _understood(status, address, complaints.read())

    def _lines(self, lines: IO[bytes], address: str, archive: Archive) -> Iterator[Candidate | BadEntry]:
        # One line late: what is known of a file may be written down after its name is said.
        waiting: Path | None = None
        for line in lines:
            if waiting is not None:
                yield self._entry(waiting, address=address)
            waiting = None
            said = line.rstrip(b"\r\n")
            path = Path(os.fsdecode(said.removeprefix(_FETCHED_BEFORE)))
            if not self._is_ours(path):
                continue
            if said.startswith(_FETCHED_BEFORE) and not path.exists() and not self._simulate:
                key = self._key(path)
                held = archive.holds(key)
                yield Candidate(key=key) if held else BadEntry(where=key, reason="seen before, and no photo")
            else:
                waiting = path
        if waiting is not None:
            yield self._entry(waiting, address=address)

    def _command(self, address: str) -> list[str]:
        pause = f"{1 / self._rules.rate:.2f}"
        words = [self._program, "--config-ignore", "--no-input", "--no-colors", "-d", str(self._files)]
        words += ["--sleep", pause, "--sleep-request", pause, "--filesize-max", str(self._rules.max_bytes)]
        if self._rules.cookies is not None:
            # Read only: by itself it would write the file anew.
            words += ["--cookies", str(self._rules.cookies), "-o", "cookies-update=false"]
        if self._simulate:
            return [*words, "--simulate", "--", address]
        return [*words, "--write-metadata", "--download-archive", str(self._fetched), "--", address]

    def _is_ours(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._files))

    def _key(self, path: Path) -> str:
        return _spelt(os.path.relpath(os.path.realpath(path), os.path.realpath(self._files)))

    def _entry(self, path: Path, *, address: str | None) -> Candidate | BadEntry:
        key = self._key(path)
        if self._simulate:
            return Candidate(key=key, name=_spelt(path.name))
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
        except OSError:
            return BadEntry(where=key, reason="the file is gone")
        if sniff(head) is None:
            path.unlink(missing_ok=True)
            return BadEntry(where=key, reason="a video or something else, not a photo")
        known = _metadata(path)
        return Candidate(
            key=key,
            file=path,
            url=_first(known, ("url", "file_url", "image_url", "media_url"), web=True),
            name=_spelt(path.name),
            query=address,
            post=_post(known),
            taken=_first(known, ("date", "created_at", "upload_date")),
            author=_first(known, _AUTHORS),
            licence=_first(known, ("license", "licence", "license_name")),
        )


def _spelt(name: str) -> str:
    """Spells out what is not UTF-8 in a file's name, byte by byte, so that two names stay two."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _metadata(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _post(known: Mapping[str, Any]) -> str | None:
    post = _first(known, _POSTS)
    site = _first(known, ("category",))
    return f"{site} {post}" if site and post else post


def _first(known: Mapping[str, Any], names: Sequence[str], *, web: bool = False) -> str | None:
    """Gives the first of some fields that is filled; of a person or a licence its name."""
    for name in names:
        value = known.get(name)
        if isinstance(value, dict):
            value = value.get("name") or value.get("username")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if (
            isinstance(value, str)
            and value.strip()
            and (not web or value.startswith(("http://", "https://")))
        ):
            return value.strip()
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Makes sure that it is gone, whoever stopped listening."""
    _stop(process)
    if process.stdout is not None:
        process.stdout.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _understood(status: int, address: str, complaints: bytes) -> FacethemodelError:
    """Reads gallery-dl's exit status, which is a sum of what went wrong (see its `exception.py`)."""
    said = [readable(line) for line in complaints.splitlines() if b"[error]" in line] or [
        readable(line) for line in complaints.splitlines() if line.strip()
    ]
    words = f": {said[-1].strip()[:200]}" if said else ""
    if status > 0 and status & 64:
        return UsageError(
            f"{PROGRAM} knows no way to fetch {address}{words}",
            remedy=f"{PROGRAM} --list-extractors shows what it knows",
        )
    if status > 0 and status & 16:
        return CredentialsError(
            f"{address} is shown to its members only{words}",
            remedy="--cookies FILE with those of your browser",
        )
    if status > 0 and status & 128:
        return StorageError(
            f"{PROGRAM} cannot write{words}", remedy="make room, then run the same command again"
        )
    if status in (2, 32):
        return RemoteError(
            f"{PROGRAM} does not understand how it was called{words}", remedy=f"pipx upgrade {PROGRAM}"
        )
    if status > 0 and status & 8:
        return RemoteError(f"there is nothing at {address}{words}", remedy="check the address")
    return RemoteError(
        f"{PROGRAM} ended with status {status} on {address}{words}",
        remedy="run the same command again later; what came stays",
    )
