from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.parts import Assignment
from facethemodel.catalogue.records import Face, Inspection, Label, Part, Role
from facethemodel.dataset.samples import Sample


def _spread(name: str) -> int:
    """A hash that is far from every other name's, as those of unrelated photos are."""
    return int.from_bytes(sha256(b"picture " + name.encode()).digest()[:8], "big")


def _sample(
    name: str,
    *,
    role: Role | None = "person",
    identity: str | None = None,
    phash: int | None = None,
    part: Part | None = None,
    group: str | None = None,
    earlier: Part | None = None,
    aside: str | None = None,
    conflict: str | None = None,
    inspected: bool = True,
    unreadable: str | None = None,
    faces: tuple[Face, ...] = (),
) -> Sample:
    sha = sha256(name.encode()).hexdigest()
    inspection = None
    if inspected and unreadable is not None:
        inspection = Inspection(sha256=sha, reason=unreadable)
    elif inspected:
        inspection = Inspection(sha256=sha, phash=_spread(name) if phash is None else phash, faces=faces)
    return Sample(
        sha256=sha,
        label=Label(sha256=sha, role=role, identity=identity, aside=aside, conflict=conflict),
        inspection=inspection,
        assignment=Assignment(sha256=sha, part=part, group=group or sha, earlier=earlier)
        if part or earlier
        else None,
        name=name,
    )


@pytest.fixture(scope="session")
def make_sample() -> Callable[..., Sample]:
    """Builds a photo as the catalogue would tell of it; pictures differ unless `phash` says otherwise."""
    return _sample


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database
