"""Distances to the enrolled photos."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from facethemodel.embedders.embedder import Metric
from facethemodel.embedders.enrolment import Enrolment
from facethemodel.errors import NoUsableDataError


def slowly(enrolled: NDArray[np.float64], face: NDArray[np.float64], metric: Metric, nearest: int) -> float:
    if metric == "euclidean":
        all_of_them = [float(np.linalg.norm(face - one)) for one in enrolled]
    else:
        all_of_them = [
            1 - float(face @ one) / float(np.linalg.norm(face) * np.linalg.norm(one)) for one in enrolled
        ]
    return float(np.mean(sorted(all_of_them)[:nearest]))


@given(
    seed=st.integers(0, 2**32 - 1),
    enrolled=st.integers(1, 30),
    nearest=st.integers(1, 40),
    metric=st.sampled_from(["euclidean", "cosine"]),
)
def test_it_is_the_mean_over_the_nearest(seed: int, enrolled: int, nearest: int, metric: Metric) -> None:
    generator = np.random.default_rng(seed)
    known = generator.normal(size=(enrolled, 8)).astype(np.float32)
    faces = generator.normal(size=(5, 8)).astype(np.float32)
    found = Enrolment(list(known), metric=metric).distances(faces, nearest=nearest)
    expected = [slowly(known.astype(float), face.astype(float), metric, nearest) for face in faces]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_enrolled_photo_is_at_no_distance() -> None:
    known = np.random.default_rng(0).normal(size=(3, 128)).astype(np.float32)
    for metric in get_args(Metric):
        found = Enrolment(list(known), metric=metric).distances(known, nearest=1)
        np.testing.assert_allclose(found, 0, atol=1e-6)


def test_nobody_enrolled_is_an_error() -> None:
    with pytest.raises(NoUsableDataError, match="no photo of the person can be enrolled"):
        Enrolment([], metric="cosine")
