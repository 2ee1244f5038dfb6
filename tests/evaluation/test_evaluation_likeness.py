from __future__ import annotations

import numpy as np
import pytest

from facethemodel.evaluation.likeness import learn_likeness


@pytest.mark.parametrize("photos", [30, 90])
def test_features_that_say_nothing_change_nothing(photos: int) -> None:
    """With them there are more features than photos, and the directions are found the other way round."""
    random = np.random.default_rng(photos)
    who = [f"stranger {number % 7}" for number in range(photos)]
    centres = random.normal(size=(7, 12))
    features = np.stack([centres[number % 7] for number in range(photos)]) + random.normal(size=(photos, 12))
    padded = np.concatenate([features, np.full((photos, 200), 3.0)], axis=1)
    places = learn_likeness(features, who).place(features)
    again = learn_likeness(padded, who).place(padded)
    assert np.abs(places @ places.T - again @ again.T).max() < 1e-3
    assert np.abs(places @ places.T).max() <= 1.0 + 1e-5
