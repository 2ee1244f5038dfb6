"""Which photos of a project are meant, in the user's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from facethemodel.catalogue import checks
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.records import Part, Role, normalise_identity
from facethemodel.catalogue.tags import checked_tag
from facethemodel.checks.registry import CHECKS, check_called
from facethemodel.dataset.samples import Sample
from facethemodel.errors import NoUsableDataError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What photos must be; within one line any of the values will do, and an empty line asks nothing.

    Attributes:
        identities: Names of strangers.
        tags: The user's own words.
        flags: Names of photo checks that flag the photo.
    """

    roles: tuple[Role, ...] = ()
    parts: tuple[Part, ...] = ()
    identities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def select(db: Database, samples: Sequence[Sample], selection: Selection) -> list[Sample]:
    """Picks photos with a role that are neither put aside nor in a label conflict.

    Args:
        db: The catalogue, for the checks.
        samples: All photos.
        selection: Which.

    Raises:
        UsageError: A name, tag or check that no photo has, with the nearest that one has.
        NoUsableDataError: No photo is all of that.
    """
    usable = [sample for sample in samples if sample.label.usable]
    names = {sample.identity: str(sample.label.identity) for sample in usable if sample.identity is not None}
    identities = {
        _known("stranger", normalise_identity(name), names, shown=name) for name in selection.identities
    }
    borne = {word: word for sample in usable for word in sample.tags}
    words = {_known("tag", checked_tag(word), borne, shown=word) for word in selection.tags}
    flagged = {sha for name in selection.flags for sha, _ in checks.flagged(db, _check_name(name))}
    chosen = [
        sample
        for sample in usable
        if (not selection.roles or sample.label.role in selection.roles)
        and (not selection.parts or sample.part in selection.parts)
        and (not identities or sample.identity in identities)
        and (not words or not words.isdisjoint(sample.tags))
        and (not selection.flags or sample.sha256 in flagged)
    ]
    if not chosen:
        raise NoUsableDataError(
            "no photo fits the selection", remedy="see what there is: facethemodel status"
        )
    return chosen


def _check_name(name: str) -> str:
    check = check_called(name)
    if check is None:
        known = {one.name: one.name for one in CHECKS}
        raise UsageError(f"there is no check {name!r}", remedy=_nearest(name, known))
    return check.name


def _known(kind: str, value: str, known: dict[str, str], *, shown: str) -> str:
    if value not in known:
        raise UsageError(f"there is no {kind} {shown!r}", remedy=_nearest(value, known))
    return value


def _nearest(value: str, known: dict[str, str]) -> str | None:
    close: Iterable[str] = get_close_matches(value, list(known), n=1)
    return next((f"did you mean {known[one]!r}?" for one in close), None)
