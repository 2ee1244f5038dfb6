"""What is there: one look at everything below the prefix."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from facethemodel.errors import RemoteError, SchemaError, UsageError
from facethemodel.storage.bucket import Bucket, Stored
from facethemodel.storage.manifest import Manifest
from facethemodel.storage.parallel import in_parallel
from facethemodel.storage.shards import Shard

OBJECTS, SHARDS, SNAPSHOTS, HISTORY = "objects/", "shards/", "snapshots/", "history/"

_SNAPSHOT = re.compile(rf"{SNAPSHOTS}[0-9a-f]{{64}}\.json")
_MOMENT = "%Y%m%dT%H%M%S.%fZ"


def object_name(sha256: str) -> str:
    """Where one content lies."""
    return f"{OBJECTS}{sha256[:2]}/{sha256}"


def shard_name(sha256: str) -> str:
    """Where an archive lies."""
    return f"{SHARDS}{sha256}.tar"


def index_name(sha256: str) -> str:
    """Where it says what is where in an archive."""
    return f"{SHARDS}{sha256}.json"


def snapshot_name(version: str) -> str:
    """Where a manifest lies."""
    return f"{SNAPSHOTS}{version}.json"


def history_name(version: str, *, at: datetime) -> str:
    """Where it says that a snapshot was pushed at that moment, so that names are in the order of time."""
    return f"{HISTORY}{at.astimezone(UTC):{_MOMENT}}-{version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A snapshot that is there, and when it was last pushed."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is below a prefix.

    Attributes:
        listed: Every object by its name.
        shards: Archives that are there with a sound index, by their sha256.
        archives: Which archives should hold a content, by the content's sha256; those whose size is not the
            one that follows from their index come last.
        damaged: Names of indexes that are none, with the reason.
    """

    listed: dict[str, Stored]
    shards: dict[str, Shard]
    archives: dict[str, tuple[str, ...]]
    damaged: dict[str, str]

    def has(self, sha256: str) -> bool:
        """Whether there is something that should be this content."""
        return bool(self.places(sha256))

    def places(self, sha256: str) -> tuple[str | None, ...]:
        """Where a content should be: None stands for an object of its own, else it is an archive's sha256."""
        own: tuple[None, ...] = (None,) if object_name(sha256) in self.listed else ()
        return own + self.archives.get(sha256, ())

    def lacking(self, contents: dict[str, int]) -> list[str]:
        """Which contents are not there at all, or not with their size, by sha256."""
        found = []
        for sha, size in contents.items():
            stored = self.listed.get(object_name(sha))
            if sha not in self.archives and (stored is None or stored.size != size):
                found.append(sha)
        return found

    @property
    def snapshots(self) -> list[Pushed]:
        """The snapshots, the newest first; one whose push was killed at its very end counts as it arrived."""
        found = {
            name[len(SNAPSHOTS) : -len(".json")]: stored.modified
            for name, stored in self.listed.items()
            if _SNAPSHOT.fullmatch(name)
        }
        for name in sorted(self.listed):
            moment, _, version = name.removeprefix(HISTORY).partition("-")
            if name.startswith(HISTORY) and version in found:
                with suppress(ValueError):
                    found[version] = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
        pushed = [Pushed(name=name, at=at) for name, at in found.items()]
        return sorted(pushed, key=lambda one: (one.at, one.name), reverse=True)

    def snapshot(self, wanted: str | None) -> str:
        """Finds a snapshot by the beginning of its name; None stands for the newest.

        Raises:
            UsageError: There is none, or several begin so.
        """
        names = [one.name for one in self.snapshots]
        if not names:
            raise UsageError("there is no snapshot there", remedy="make one with: facethemodel push")
        if wanted is None:
            return names[0]
        found = [name for name in names if name.startswith(wanted)]
        if len(found) == 1 and wanted:
            return found[0]
        what = "no snapshot begins" if not found else f"{len(found)} snapshots begin"
        raise UsageError(f"{what} with {wanted!r}", remedy="see which there are: facethemodel pull --list")


def look(bucket: Bucket) -> Held:
    """Lists what is there, and reads what the archives hold.

    Args:
        bucket: Where.

    Raises:
        CredentialsError: The login was refused, or may not list.
        RemoteError: There is no such bucket, or no such server.
    """
    listed = bucket.list()
    whole = [
        name[len(SHARDS) : -len(".tar")]
        for name in listed
        if name.startswith(SHARDS) and name.endswith(".tar") and f"{name[:-4]}.json" in listed
    ]
    shards: dict[str, Shard] = {}
    damaged: dict[str, str] = {}

    def index(sha: str) -> tuple[str, Shard | str]:
        try:
            return sha, Shard.parse(bucket.read(index_name(sha)), name=f"{bucket.location}/{index_name(sha)}")
        except (SchemaError, RemoteError) as error:
            return sha, error.what

    for sha, found in in_parallel(bucket, index, whole):
        if isinstance(found, str):
            damaged[index_name(sha)] = found
        else:
            shards[sha] = found
    return Held(listed=listed, shards=shards, archives=_archives(listed, shards), damaged=damaged)


def _archives(listed: Mapping[str, Stored], shards: Mapping[str, Shard]) -> dict[str, tuple[str, ...]]:
    def cut(sha: str) -> bool:
        return listed[shard_name(sha)].size != shards[sha].size

    found: dict[str, list[str]] = defaultdict(list)
    for sha in sorted(shards, key=lambda one: (cut(one), one)):
        for member in shards[sha].members:
            found[member.sha256].append(sha)
    return {sha: tuple(archives) for sha, archives in found.items()}


def read_manifest(bucket: Bucket, version: str) -> Manifest:
    """Reads a snapshot's manifest.

    Raises:
        RemoteError: It is not there, is damaged, or cannot be read.
        SchemaError: It was written by a version that this one does not know.
    """
    return Manifest.parse(bucket.read(snapshot_name(version)), name=version)
