from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.catalogue.records import Label
from facethemodel.duplicates.conflicts import label_conflicts
from facethemodel.duplicates.groups import group_copies
from facethemodel.duplicates.search import Match, MatchKind

NAMES = "abcdefgh"
_PAIRS = st.sampled_from(list(combinations(NAMES, 2)))


@st.composite
def _matches(draw: st.DrawFn) -> list[Match]:
    pairs = draw(st.lists(_PAIRS, unique=True, max_size=12))
    kinds = st.sampled_from(get_args(MatchKind))
    likeness = st.sampled_from([0.9, 0.95, 1.0])
    return [Match(first=a, second=b, kind=draw(kinds), likeness=draw(likeness)) for a, b in pairs]


def _members(matches: Sequence[Match], different: Any = ()) -> list[str]:
    return ["".join(group.members) for group in group_copies(matches, different)]


@given(matches=_matches(), different=st.sets(_PAIRS, max_size=5), random=st.randoms())
def test_groups_do_not_depend_on_the_order_and_keep_apart_what_is_different(
    matches: list[Match], different: set[tuple[str, str]], random: Any
) -> None:
    groups = group_copies(matches, different)
    shuffled = list(matches)
    random.shuffle(shuffled)
    assert group_copies(shuffled, different) == groups
    together = [set(group.members) for group in groups]
    assert not any({first, second} <= group for group in together for first, second in different)
    assert sum(map(len, together)) == len(set().union(*together))
    for match in matches:
        if match.copies and not different:
            assert any({match.first, match.second} <= group for group in together)


def test_a_chain_breaks_at_its_weakest_link() -> None:
    chain = [
        Match(first="a", second="b", kind="picture", likeness=0.99),
        Match(first="b", second="c", kind="picture", likeness=0.91),
        Match(first="c", second="d", kind="picture", likeness=0.98),
    ]
    assert _members(chain) == ["abcd"]
    assert _members(chain, {("a", "d")}) == ["ab", "cd"]


def test_words_name_every_kind_once() -> None:
    (group,) = group_copies(
        [
            Match(first="a", second="b", kind="face"),
            Match(first="a", second="c", kind="picture", cropped=True),
            Match(first="b", second="c", kind="picture", orientation=1),
        ]
    )
    assert group.words == "same picture (cropped, mirrored), same face"


def _label(sha: str, **said: Any) -> Label:
    return Label(**{"sha256": sha, "role": "stranger", **said})


@pytest.mark.parametrize(
    ("mine", "theirs", "conflict"),
    [
        ({"identity": "Bo_Derek"}, {"identity": "bo  derek"}, False),
        ({"identity": "Bo"}, {"identity": None}, False),
        ({"identity": "Bo"}, {"identity": "Cy"}, True),
        ({"identity": "Bo"}, {"role": "person"}, True),
        ({"role": "curveball", "category": "cats"}, {"role": "curveball", "category": "dogs"}, True),
        ({"identity": "Bo"}, {"role": "person", "aside": "blurred"}, False),
        ({"identity": "Bo"}, {"role": None}, False),
    ],
)
def test_copies_that_are_said_to_be_different_things(
    mine: dict[str, Any], theirs: dict[str, Any], conflict: bool
) -> None:
    groups = group_copies([Match(first="a", second="b", kind="picture")])
    labels = {"a": _label("a", **mine), "b": _label("b", **theirs)}
    found = label_conflicts(groups, labels)
    assert found.keys() == ({"a", "b"} if conflict else set())


def test_a_photo_of_several_people_may_be_there_once_for_each() -> None:
    groups = group_copies([Match(first="a", second="b", kind="picture", same_subject=False)])
    labels = {"a": _label("a", identity="Bo"), "b": _label("b", identity="Cy")}
    assert label_conflicts(groups, labels) == {}
