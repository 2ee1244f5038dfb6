from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facethemodel.evaluation.blanking import face_region
from facethemodel.evaluation.curves import rank
from facethemodel.evaluation.probe import PENALTIES, TRACES, clues, fit_probe


def scenes(seed: int, count: int, *, blur: float) -> NDArray[np.uint8]:
    """Soft random blobs in random colours, blurred."""
    rng = np.random.default_rng(seed)
    out = np.empty((count, 112, 112, 3), np.uint8)
    for crop in out:
        small = rng.integers(0, 256, (28, 28, 3), dtype=np.uint8)
        large = cv2.resize(small, (112, 112), interpolation=cv2.INTER_LINEAR)
        grain = rng.normal(0, 6, large.shape)
        crop[:] = np.clip(cv2.GaussianBlur(large + grain, (0, 0), blur), 0, 255)
    return out


def quality(train: NDArray[np.uint8], test: NDArray[np.uint8], *, columns: slice) -> float:
    """Area under the curve where the first half of each is the person's."""
    is_person = np.arange(len(train)) < len(train) // 2
    found = clues(train)[:, columns]
    probe = fit_probe(found, is_person, tune=found, tune_is_person=is_person)
    scores = probe.score(clues(test)[:, columns])
    half = len(test) // 2
    auc = rank(scores[:half].tolist(), scores[half:].tolist()).auc
    assert auc is not None
    return auc


def test_the_face_itself_is_no_clue() -> None:
    crops = scenes(1, 4, blur=1.0)
    other = crops.copy()
    other[:, face_region()] = 0
    assert np.array_equal(clues(crops), clues(other))


def test_a_sharper_source_is_told_by_its_traces() -> None:
    train = np.concatenate([scenes(1, 40, blur=0.5), scenes(2, 40, blur=1.5)])
    test = np.concatenate([scenes(3, 30, blur=0.5), scenes(4, 30, blur=1.5)])
    assert quality(train, test, columns=TRACES) > 0.95


def test_one_source_cannot_be_told_from_itself() -> None:
    train = np.concatenate([scenes(1, 60, blur=1.0), scenes(2, 60, blur=1.0)])
    test = np.concatenate([scenes(3, 60, blur=1.0), scenes(4, 60, blur=1.0)])
    assert 0.3 < quality(train, test, columns=TRACES) < 0.7


def test_a_continued_border_is_a_trace() -> None:
    crops = scenes(5, 20, blur=0.5)
    continued = crops.copy()
    continued[:, :10] = continued[:, 10:11]
    found = clues(crops)[:, TRACES], clues(continued)[:, TRACES]
    assert (found[1][:, -1] > found[0][:, -1] + 0.05).all()


def test_hair_is_no_trace_but_one_of_the_surroundings() -> None:
    fair, dark = scenes(1, 80, blur=1.0), scenes(2, 80, blur=1.0)
    fair[:, :9], dark[:, :9] = 187, 67
    train = np.concatenate([fair[:40], dark[:40]])
    test = np.concatenate([fair[40:], dark[40:]])
    assert quality(train, test, columns=slice(None)) > 0.95
    assert quality(train, test, columns=TRACES) < 0.75


def test_without_both_kinds_to_tune_on_the_middle_penalty_is_taken() -> None:
    found = clues(scenes(1, 12, blur=1.0))
    is_person = np.arange(12) < 6
    probe = fit_probe(found, is_person, tune=found[:0], tune_is_person=is_person[:0])
    assert probe.penalty == PENALTIES[1]
    assert np.isfinite(probe.score(found)).all()


def test_a_clue_that_never_changes_says_nothing() -> None:
    found = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    is_person = np.arange(10) >= 5
    probe = fit_probe(found, is_person, tune=found, tune_is_person=is_person)
    assert probe.score(np.array([[9.0, 3.0]])) == pytest.approx(probe.score(np.array([[9.0, 99.0]])))
