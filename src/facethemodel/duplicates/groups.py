"""From matches to groups of copies, of which one photo can stand for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from facethemodel.duplicates.search import Match

_STRENGTH = {"pixels": 0, "picture": 1, "face": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Copies of one picture.

    Attributes:
        members: sha256 of each, ascending, at least two.
        matches: Those between members.
    """

    members: tuple[str, ...]
    matches: tuple[Match, ...]

    @property
    def words(self) -> str:
        """What kinds of likeness hold it together, such as `same picture (cropped, mirrored), same face`."""
        found = []
        for kind in sorted({match.kind for match in self.matches}, key=lambda kind: _STRENGTH[kind]):
            ways = [match.ways for match in self.matches if match.kind == kind]
            how = sorted({way for each in ways for way in each})
            found.append(f"same {kind}" + (f" ({', '.join(how)})" if how else ""))
        return ", ".join(found)

    @property
    def same_subject(self) -> bool:
        """Whether all members must have one label."""
        return all(match.same_subject for match in self.matches)


def group_copies(matches: Sequence[Match], different: Collection[tuple[str, str]] = ()) -> list[Group]:
    """Gathers copies of one picture, and copies of those, into groups.

    The surest matches are heard first. One that would bring two photos into a group of which the user said
    that they are different is passed over, so that a chain of copies breaks at its weakest link.

    Args:
        matches: Those that are no copies (`scene`) are passed over.
        different: Pairs that are not to be in one group, the smaller sha256 first.

    Returns:
        Groups in ascending order of their first member; neither depends on the order of the matches.
    """
    apart: dict[str, set[str]] = defaultdict(set)
    for first, second in different:
        apart[first].add(second)
        apart[second].add(first)
    copies = sorted((match for match in matches if match.copies), key=_by_strength)
    group_of: dict[str, set[str]] = {}
    for match in copies:
        mine, theirs = (group_of.setdefault(sha, {sha}) for sha in (match.first, match.second))
        if mine is theirs or any(not apart[sha].isdisjoint(theirs) for sha in mine if sha in apart):
            continue
        small, large = sorted((mine, theirs), key=len)
        large |= small
        for sha in small:
            group_of[sha] = large
    within: dict[int, list[Match]] = defaultdict(list)
    for match in copies:
        if group_of[match.first] is group_of[match.second]:
            within[id(group_of[match.first])].append(match)
    groups = [
        Group(
            members=tuple(sorted(group_of[found[0].first])),
            matches=tuple(sorted(found, key=lambda match: (match.first, match.second))),
        )
        for found in within.values()
    ]
    return sorted(groups, key=lambda group: group.members)


def _by_strength(match: Match) -> tuple[int, float, str, str]:
    return _STRENGTH[match.kind], -match.likeness, match.first, match.second
