from __future__ import annotations

import pytest

from facethemodel.errors import UsageError
from facethemodel.pipeline.choice import choose, how_long
from facethemodel.pipeline.training import TrainOptions
from facethemodel.settings import TrainSettings

PASSES = TrainSettings(epochs=7)
MINUTES = TrainSettings(budget=30)
BOTH = TrainSettings(epochs=7, budget=30)


@pytest.mark.parametrize(
    ("options", "settings", "asked"),
    [
        (TrainOptions(), TrainSettings(), (None, None)),
        (TrainOptions(), PASSES, (7, None)),
        (TrainOptions(), MINUTES, (None, 30)),
        (TrainOptions(), BOTH, (7, 30)),
        (TrainOptions(budget=5), PASSES, (None, 5)),
        (TrainOptions(budget=5), BOTH, (None, 5)),
        (TrainOptions(epochs=3), MINUTES, (3, None)),
        (TrainOptions(epochs=3), BOTH, (3, None)),
        (TrainOptions(seed=1), BOTH, (7, 30)),
    ],
)
def test_passes_or_minutes_asked_for_take_the_place_of_both_in_the_settings(
    options: TrainOptions, settings: TrainSettings, asked: tuple[int | None, float | None]
) -> None:
    assert how_long(options, settings) == asked


def test_an_empty_name_of_a_network_is_not_the_settings() -> None:
    assert choose(TrainOptions(), TrainSettings(network="seed2018")).network == "seed2018"
    assert choose(TrainOptions(network=""), TrainSettings(network="seed2018")).network == ""


def test_passes_and_minutes_together_are_refused() -> None:
    with pytest.raises(UsageError, match=r"--epochs 3 and --budget 1\.5 cannot go together") as caught:
        how_long(TrainOptions(epochs=3, budget=1.5), TrainSettings())
    assert caught.value.remedy == "leave one of them out"
