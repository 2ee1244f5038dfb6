"""A run goes on from its own checkpoint only: all that decides what the weights become is in its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import pytest
import torch

from facethemodel.training.checkpoint import fingerprint
from facethemodel.training.recipe import Recipe

if TYPE_CHECKING:
    from tests.training.conftest import Crops


def changed(crops: Crops, recipe: Recipe, **other: Any) -> set[str]:
    """What two runs differ in by their fingerprints."""
    usual: dict[str, Any] = {
        "network": "tiny",
        "recipe": recipe,
        "train": crops.train,
        "tune": crops.tune,
        "device": torch.device("cpu"),
        "precision": "fp32",
        "teacher": "a",
    }
    before, after = fingerprint(**usual), fingerprint(**(usual | other))
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("part", ["train", "tune"])
@pytest.mark.parametrize("what", ["shas", "identities", "identity", "is_person", "faces"])
def test_other_photos_or_labels_are_another_run(
    crops: Crops, recipe: Recipe, part: Literal["train", "tune"], what: str
) -> None:
    old = getattr(crops, part)
    other: dict[str, Any] = {
        "shas": old.shas[::-1],
        "identities": old.identities[::-1],
        "identity": old.identity[::-1],
        "is_person": ~old.is_person,
        "faces": (1,) * len(old),
    }
    name = {"train": "training photos", "tune": "tuning photos"}[part]
    assert changed(crops, recipe, **{part: replace(old, **{what: other[what]})}) == {name}
    # Where the same crops lie in the cache says nothing of them.
    assert changed(crops, recipe, **{part: replace(old, rows=old.rows[::-1])}) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [("network", "seed2018"), ("device", torch.device("meta")), ("precision", "bf16"), ("teacher", "b")],
)
def test_another_network_device_precision_or_teacher_is_another_run(
    crops: Crops, recipe: Recipe, name: str, value: object
) -> None:
    assert changed(crops, recipe, **{name: value}) == {name}
