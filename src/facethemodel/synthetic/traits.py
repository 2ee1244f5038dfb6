"""Who a drawn person is: bones, skin, eyes, and nothing that changes from one photo to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]

SKIN_RAMP = np.array(
    [[240, 208, 188], [228, 184, 156], [205, 154, 120], [166, 112, 80], [116, 76, 54], [82, 54, 42]],
    dtype=np.float64,
)
EYE_COLOURS: tuple[Colour, ...] = (
    (62, 38, 22),
    (94, 60, 32),
    (118, 92, 50),
    (86, 108, 70),
    (104, 120, 126),
    (78, 116, 158),
)
HAIR_COLOURS: tuple[Colour, ...] = (
    (24, 20, 19),
    (50, 35, 26),
    (84, 58, 38),
    (126, 92, 58),
    (186, 150, 96),
    (138, 66, 34),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One drawn person. Every plain number is a trait from about -1 to 1, where 0 is the average.

    The traits are drawn independently and overlap between people, so that no single one tells who it is.
    """

    seed: int
    head_width: float
    head_depth: float
    forehead_height: float
    jaw_width: float
    chin_width: float
    chin_length: float
    cheekbones: float
    cheek_fullness: float
    brow_ridge: float
    eye_spacing: float
    eye_height: float
    eye_size: float
    eye_opening: float
    eye_tilt: float
    eye_depth: float
    lid_fold: float
    brow_thickness: float
    brow_arch: float
    brow_tilt: float
    brow_gap: float
    nose_length: float
    nose_width: float
    nose_projection: float
    nose_bridge: float
    nose_hook: float
    mouth_width: float
    mouth_height: float
    lip_upper: float
    lip_lower: float
    mouth_curve: float
    ear_size: float
    ear_angle: float
    hairline: float
    asymmetry: float
    blush: float
    freckles: float
    skin: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    moles: tuple[tuple[float, float, float], ...]
    grows_beard: bool
    long_hair: bool
    weak_sight: float
    base_age: float

    @classmethod
    def from_seed(cls, seed: int) -> Identity:
        """Draws a person; the same seed (0 or more) gives the same person."""
        rng = np.random.default_rng([seed, 1])
        melanin = float(np.clip(rng.beta(1.3, 2.2), 0.0, 1.0))
        tone = _ramp(SKIN_RAMP, melanin) + rng.normal(0, 1, 3) * (5, 4, 6) + rng.normal(0, 5)
        weights = np.array(
            [0.25, 0.3, 0.15, 0.1, 0.1, 0.12] if melanin < 0.45 else [0.75, 0.2, 0.05, 0, 0, 0]
        )
        iris = np.array(EYE_COLOURS[rng.choice(6, p=weights / weights.sum())]) * rng.uniform(0.8, 1.25)
        weights = np.array(
            [0.2, 0.25, 0.22, 0.16, 0.1, 0.07] if melanin < 0.45 else [0.8, 0.17, 0.03, 0, 0, 0]
        )
        hair = np.array(HAIR_COLOURS[rng.choice(6, p=weights / weights.sum())]) * rng.uniform(0.8, 1.2)
        lips = tone * (0.86, 0.64, 0.64) + np.array([8, 0, 4]) + rng.normal(0, 5, 3)
        traits = {name: float(np.clip(rng.normal(0, 0.62), -1.3, 1.3)) for name in _TRAITS}
        count = int(rng.choice(4, p=[0.45, 0.3, 0.15, 0.1]))
        moles = tuple(
            (
                float(rng.uniform(-0.48, 0.48)),
                float(rng.uniform(-0.4, 0.82)),
                float(rng.uniform(0.012, 0.022)),
            )
            for _ in range(count)
        )
        grows_beard = bool(rng.random() < 0.5)
        return cls(
            seed=seed,
            skin=_colour(tone),
            lips=_colour(lips),
            iris=_colour(iris),
            hair=_colour(hair),
            moles=moles,
            freckles=float(max(0.0, rng.normal(-0.3, 0.7))) if melanin < 0.4 else 0.0,
            grows_beard=grows_beard,
            long_hair=bool(rng.random() < (0.12 if grows_beard else 0.75)),
            weak_sight=float(rng.choice([0.04, 0.3, 0.75], p=[0.5, 0.3, 0.2])),
            base_age=float(rng.beta(1.6, 2.0)),
            **traits,
        )


_TRAITS = tuple(name for name, kind in Identity.__annotations__.items() if kind == "float")
_TRAITS = tuple(name for name in _TRAITS if name not in {"freckles", "weak_sight", "base_age"})


def _ramp(ramp: np.ndarray, at: float) -> np.ndarray:
    place = at * (len(ramp) - 1)
    return np.array([np.interp(place, np.arange(len(ramp)), ramp[:, channel]) for channel in range(3)])


def _colour(values: np.ndarray) -> Colour:
    red, green, blue = (float(value) for value in np.clip(values, 6, 252))
    return red, green, blue
