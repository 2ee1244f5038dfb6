from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from facethemodel.duplicates.near import near_between, near_pairs

_CENTRES = st.sampled_from([0, 2**64 - 1, 0x0123456789ABCDEF, 0x00FF00FF00FF00FF, 0xFFFF << 48])
_FLIPS = st.sets(st.integers(0, 63), max_size=9)


def _flipped(centre: int, bits: set[int]) -> int:
    for bit in bits:
        centre ^= 1 << bit
    return centre


_HASHES = st.lists(st.builds(_flipped, _CENTRES, _FLIPS) | st.integers(0, 2**64 - 1), max_size=60)


def _array(values: list[int]) -> NDArray[np.uint64]:
    return np.array(values, dtype=np.uint64)


def _brute(values: list[int], distance: int) -> list[tuple[int, int]]:
    return [
        (left, right)
        for left, right in combinations(range(len(values)), 2)
        if (values[left] ^ values[right]).bit_count() <= distance
    ]


def _components(count: int, pairs: list[tuple[int, int]]) -> set[frozenset[int]]:
    member = {item: {item} for item in range(count)}
    for left, right in pairs:
        joined = member[left] | member[right]
        for item in joined:
            member[item] = joined
    return {frozenset(items) for items in member.values()}


@given(values=_HASHES, distance=st.integers(0, 24))
@settings(deadline=None, max_examples=150)
def test_all_pairs_of_distinct_hashes_are_found_and_no_others(values: list[int], distance: int) -> None:
    values = list(dict.fromkeys(values))
    assert [tuple(pair) for pair in near_pairs(_array(values), distance).tolist()] == _brute(values, distance)


@given(values=_HASHES, repeats=st.lists(st.integers(0, 59), max_size=30), distance=st.integers(0, 12))
@settings(deadline=None, max_examples=100)
def test_repeated_hashes_give_a_subset_of_the_pairs_with_the_same_components(
    values: list[int], repeats: list[int], distance: int
) -> None:
    values = values + [values[index % len(values)] for index in repeats if values]
    found = [(left, right) for left, right in near_pairs(_array(values), distance).tolist()]
    expected = _brute(values, distance)
    assert set(found) <= set(expected)
    assert len(set(found)) == len(found)
    assert _components(len(values), found) == _components(len(values), expected)


@pytest.mark.parametrize("distance", [5, 6, 7, 8, 10])
def test_thousands_of_clustered_hashes(distance: int) -> None:
    random = np.random.default_rng(distance)
    hashes = np.repeat(random.integers(0, 2**64, 60, dtype=np.uint64), 50)
    for _ in range(4):
        hashes ^= np.uint64(1) << random.integers(0, 64, len(hashes), dtype=np.uint64)
    hashes = np.unique(hashes)
    left, right = np.triu_indices(len(hashes), k=1)
    close = np.bitwise_count(hashes[left] ^ hashes[right]) <= distance
    expected = np.stack([left[close], right[close]], axis=1)
    assert len(expected) > 1_000
    np.testing.assert_array_equal(near_pairs(hashes, distance), expected)


def test_flat_images_cost_one_pair_each() -> None:
    hashes = np.zeros(50_000, dtype=np.uint64)
    hashes[-1] = 1
    pairs = near_pairs(hashes, 6)
    assert len(pairs) == 49_999
    assert [0, 49_999] in pairs.tolist()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_for_a_pair(count: int) -> None:
    assert near_pairs(np.zeros(count, dtype=np.uint64), 6).shape == (0, 2)


@pytest.mark.parametrize("distance", [-1, 65])
def test_impossible_distance(distance: int) -> None:
    with pytest.raises(ValueError, match=f"not {distance}"):
        near_pairs(np.zeros(2, dtype=np.uint64), distance)


@given(queries=_HASHES, index=_HASHES, distance=st.integers(0, 24))
@settings(deadline=None, max_examples=100)
def test_all_near_hashes_of_another_list_are_found_and_no_others(
    queries: list[int], index: list[int], distance: int
) -> None:
    queries, index = list(dict.fromkeys(queries)), list(dict.fromkeys(index))
    expected = [
        [row, column]
        for row, query in enumerate(queries)
        for column, value in enumerate(index)
        if (query ^ value).bit_count() <= distance
    ]
    assert near_between(_array(queries), _array(index), distance).tolist() == expected
