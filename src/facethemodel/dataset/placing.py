"""Puts every photo into one part, or says why it is in none. `split` reads and writes the catalogue.

A photo that has a part keeps it, also when it was left out for a while, unless other photos bar that by now.
Photos tied (see `groups`) to photos of one part join that part. A photo
tied to two parts would leak from one into the other whichever it joined, so it is left out. What is tied to
nothing that has a part is new ground: its groups are taken in the order of a hash of their key and each goes
to the part that is furthest below its quota. That was preferred to drawing the part from the hash itself,
which is only right on average: of 20 photos it leaves a part empty every fourth time. Both are
deterministic for a given set of photos, and in both it is the record in the catalogue, not the rule, that
keeps photos where they are when more are added.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256

from facethemodel.catalogue.parts import BRIDGES, CONFLICT, NOT_INSPECTED, Assignment
from facethemodel.catalogue.records import PARTS, Part, normalise_identity
from facethemodel.dataset.groups import Hub, Tie, Ties, find_ties
from facethemodel.dataset.quotas import FACE_PARTS, Ledger, empty_parts, weigh
from facethemodel.dataset.samples import Sample
from facethemodel.duplicates.search import Match
from facethemodel.errors import SettingsError
from facethemodel.settings import SplitSettings

_SALT = "facethemodel split 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The outcome: one assignment per photo, in ascending order of sha256.

    Attributes:
        new: Photos that have a part now and had none.
        relabelled: Photos that lost their part or got another one, because their label does not fit it any
            more.
        moved: Photos whose part changed without that.
    """

    assignments: tuple[Assignment, ...]
    new: int
    relabelled: int
    moved: int


def place(
    samples: Sequence[Sample],
    posts: Mapping[str, frozenset[str]],
    *,
    person: str,
    settings: SplitSettings,
    matches: Sequence[Match] = (),
) -> Placement:
    """Gives every photo its part.

    Args:
        samples: Every photo, with the part it has so far.
        posts: Per photo the posts it came from.
        person: Whose face the project is about.
        settings: Preset, near-duplicate distance and strangers bound to a part.
        matches: Photos made of one, as `duplicates` finds them.

    Raises:
        SettingsError: A stranger bound to a part is unknown, bound twice, or has photos in another part
        already.
    """
    out = {sample.sha256: reason for sample in samples if (reason := keeps_out(sample, person=person))}
    entrants = {sample.sha256: sample for sample in samples if sample.sha256 not in out}
    absent = {
        sample.sha256: sample.last_part
        for sample in samples
        if sample.sha256 in out and sample.last_part is not None
    }
    kept = _kept(entrants.values())
    bound = _bound(samples, kept, entrants, settings)
    tied = [sample for sample in samples if sample.sha256 in entrants or sample.sha256 in absent]
    ties = find_ties(tied, posts, near_distance=settings.near_distance, matches=matches)
    board, memory = _Board(ties=ties), _Board(ties=ties)
    for sha, part in sorted(absent.items()):
        memory.put(sha, part)
    barred = _place_kept(board, entrants, kept)
    out |= barred
    entrants = {sha: sample for sha, sample in entrants.items() if sha not in barred}
    out |= _place_bound(board, entrants, bound)
    out |= _place_faces(board, entrants, settings, memory=memory)
    out |= _place_curveballs(board, entrants)

    group = {sha: members[0] for members in board.ties.components(board.part) for sha in members}
    before = {sample.sha256: sample.part for sample in samples if sample.part is not None}
    return Placement(
        assignments=tuple(
            Assignment(
                sha256=sample.sha256,
                part=board.part.get(sample.sha256),
                group=group.get(sample.sha256, sample.sha256),
                reason=out.get(sample.sha256, ""),
                earlier=None if sample.sha256 in board.part else sample.last_part,
            )
            for sample in sorted(samples, key=lambda sample: sample.sha256)
        ),
        new=sum(sha not in before for sha in board.part),
        relabelled=sum(sha not in kept and board.part.get(sha) != part for sha, part in before.items()),
        moved=sum(sha in kept and board.part[sha] != part for sha, part in before.items()),
    )


def keeps_out(sample: Sample, *, person: str) -> str:
    """Says why a photo cannot be in any part; empty when it can."""
    label, inspection = sample.label, sample.inspection
    if label.aside is not None:
        return f"put aside: {label.aside}"
    if label.conflict is not None:
        return f"{CONFLICT}: {label.conflict}"
    if label.role is None:
        return "no role"
    if sample.identity == normalise_identity(person):
        return f"{CONFLICT}: a stranger with the person's own name, {label.identity}"
    if inspection is None:
        return NOT_INSPECTED
    return "" if inspection.readable else f"unreadable: {inspection.reason}"


@dataclass(slots=True, kw_only=True)
class _Board:
    """Who is where while places are given out."""

    ties: Ties
    part: dict[str, Part] = field(default_factory=dict)
    _holders: dict[Hub, dict[Part, str]] = field(default_factory=lambda: defaultdict(dict))

    def put(self, sha: str, part: Part) -> None:
        self.part[sha] = part
        for hub in self.ties.hubs[sha]:
            self._holders[hub].setdefault(part, sha)

    def contacts(self, sha: str) -> dict[Part, tuple[Tie, str]]:
        """The parts that a photo is tied to directly, each with the tie and a photo at its other end."""
        found: dict[Part, tuple[Tie, str]] = {}
        for hub in self.ties.reach(sha):
            for part, witness in self._holders.get(hub, {}).items():
                found.setdefault(part, (hub.tie, witness))
        return {part: found[part] for part in PARTS if part in found}

    def bridge(self, sha: str, *, home: Part | None = None) -> str:
        """Words which parts a photo would join."""
        ends = [
            f"{tie} {other[:8]} in {part}"
            for part, (tie, other) in self.contacts(sha).items()
            if part != home
        ]
        if home is not None:
            ends.append(f"belongs in {home}")
        return f"{BRIDGES}: {' and '.join(ends)}"


def _kept(entrants: Iterable[Sample]) -> dict[str, Part]:
    """The parts that stay: they fit the label; of a stranger in several parts, the one with most photos.

    Photos that come back have no say in that.
    """
    fitting = {
        sample.sha256: (sample, part)
        for sample in entrants
        if (part := sample.last_part) is not None
        and (part == "curveball") == (sample.label.role == "curveball")
    }
    held: dict[str, Counter[Part]] = defaultdict(Counter)
    for sample, part in fitting.values():
        if sample.identity is not None and sample.part is not None:
            held[sample.identity][part] += 1
    home = {name: max(FACE_PARTS, key=lambda part: count[part]) for name, count in held.items()}
    return {
        sha: part
        for sha, (sample, part) in fitting.items()
        if sample.part is None or home.get(sample.identity or "", part) == part
    }


def _bound(
    samples: Iterable[Sample],
    kept: Mapping[str, Part],
    entrants: Mapping[str, Sample],
    settings: SplitSettings,
) -> dict[str, Part]:
    """Per stranger whom the settings bind to a part, that part."""
    known = {sample.identity: sample.label.identity for sample in samples if sample.identity is not None}
    bound: dict[str, Part] = {}
    wishes: tuple[tuple[Part, tuple[str, ...]], ...] = (
        ("test", settings.test_identities),
        ("train", settings.train_identities),
    )
    for part, names in wishes:
        for name in names:
            identity = normalise_identity(name)
            if identity not in known:
                near = get_close_matches(identity, known, n=1)
                raise SettingsError(
                    f"split.{part}_identities names {name}, but no stranger has that name",
                    remedy=f"did you mean {known[near[0]]}?" if near else "add photos of that stranger first",
                )
            if bound.setdefault(identity, part) != part:
                raise SettingsError(
                    f"{name} is in split.test_identities and in split.train_identities",
                    remedy="remove the name from one of them in facethemodel.toml",
                )
    for sha, held in kept.items():
        stranger = entrants[sha].identity
        if stranger is not None and bound.get(stranger, held) != held:
            raise SettingsError(
                f"split.{bound[stranger]}_identities names {known[stranger]}, who is in {held} already",
                remedy="facethemodel split --fresh",
            )
    return bound


def _place_kept(board: _Board, entrants: Mapping[str, Sample], kept: Mapping[str, Part]) -> dict[str, str]:
    """Puts photos where they were; one that comes back and is tied to another part by now is left out."""
    out: dict[str, str] = {}
    for sha, part in sorted(kept.items(), key=lambda one: (entrants[one[0]].part is None, one[0])):
        if entrants[sha].part is not None or board.contacts(sha).keys() <= {part}:
            board.put(sha, part)
        else:
            out[sha] = board.bridge(sha, home=part)
    return out


def _place_bound(board: _Board, entrants: Mapping[str, Sample], bound: Mapping[str, Part]) -> dict[str, str]:
    out: dict[str, str] = {}
    for sha, sample in sorted(entrants.items()):
        home = None if sample.identity is None else bound.get(sample.identity)
        if sha in board.part or home is None:
            continue
        if board.contacts(sha).keys() <= {home}:
            board.put(sha, home)
        else:
            out[sha] = board.bridge(sha, home=home)
    return out


def _place_curveballs(board: _Board, entrants: Mapping[str, Sample]) -> dict[str, str]:
    """Places curveballs last; one that is tied to a face part would not be unseen, and is left out."""
    out: dict[str, str] = {}
    for sha, sample in sorted(entrants.items()):
        if sha in board.part or sample.label.role != "curveball":
            continue
        if board.contacts(sha).keys() <= {"curveball"}:
            board.put(sha, "curveball")
        else:
            out[sha] = board.bridge(sha, home="curveball")
    return out


def _place_faces(
    board: _Board, entrants: Mapping[str, Sample], settings: SplitSettings, *, memory: _Board
) -> dict[str, str]:
    bound = {normalise_identity(name) for name in (*settings.test_identities, *settings.train_identities)}
    waiting = {
        sha
        for sha, sample in entrants.items()
        if sha not in board.part and sample.label.role != "curveball" and sample.identity not in bound
    }
    torn = set(_torn(board, waiting))
    new_ground: list[list[str]] = []
    for members in board.ties.components(waiting - torn):
        parts = {part for sha in members for part in board.contacts(sha)}
        parts = parts or _recalled(memory, members)
        if parts:
            part = parts.pop()
            for sha in members:
                board.put(sha, part)
        else:
            new_ground.append(members)
    _place_new_ground(board, entrants, new_ground, settings)
    out: dict[str, str] = {}
    for sha in sorted(torn):
        parts = set(board.contacts(sha))
        if len(parts) == 1 and "curveball" not in parts:
            board.put(sha, parts.pop())
        else:
            out[sha] = board.bridge(sha)
    return out


def _recalled(memory: _Board, members: Iterable[str]) -> set[Part]:
    """Where new photos belong that are tied only to photos left out: the part most of those were in."""
    votes = Counter(part for sha in members for part in memory.contacts(sha) if part in FACE_PARTS)
    return {max(FACE_PARTS, key=lambda part: votes[part])} if votes else set()


def _torn(board: _Board, waiting: set[str]) -> Iterator[str]:
    """Picks the photos without which every group of new photos is tied to one part at most.

    A group tied to several parts goes to the one that most of its members are tied to; those tied to others,
    to several, or to a curveball are picked.
    """
    contacts = {sha: set(board.contacts(sha)) for sha in waiting}
    bridges = {sha for sha, parts in contacts.items() if len(parts) > 1 or "curveball" in parts}
    yield from bridges
    for members in board.ties.components(waiting - bridges):
        votes = Counter(part for sha in members for part in contacts[sha])
        if len(votes) > 1:
            home = max(FACE_PARTS, key=lambda part: votes[part])
            yield from (sha for sha in members if contacts[sha] - {home})


def _place_new_ground(
    board: _Board, entrants: Mapping[str, Sample], groups: Sequence[Sequence[str]], settings: SplitSettings
) -> None:
    placed = empty_parts()
    for part in FACE_PARTS:
        holders = [entrants[sha] for sha, where in board.part.items() if where == part]
        placed[part].update(weigh(holders, preset=settings.preset))
    members = sorted(([entrants[sha] for sha in group] for group in groups), key=_order)
    weights = [weigh(group, preset=settings.preset) for group in members]
    ledger = Ledger(preset=settings.preset, placed=placed, waiting=weights)
    for group, weight in zip(members, weights, strict=True):
        part = ledger.take(weight)
        for sample in group:
            board.put(sample.sha256, part)


def _order(members: Sequence[Sample]) -> bytes:
    """Where a group stands in the queue: a hash of a stranger's name, or else of its smallest sha256."""
    names = sorted(sample.identity for sample in members if sample.identity is not None)
    key = names[0] if names else min(sample.sha256 for sample in members)
    return sha256((_SALT + key).encode()).digest()
