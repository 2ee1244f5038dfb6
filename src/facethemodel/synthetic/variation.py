"""What changes from one photo of a person to the next: age, hair, glasses, pose, light, place, camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from facethemodel.synthetic.traits import Identity

HairStyle = Literal[
    "bald",
    "receding",
    "crew",
    "side",
    "fringe",
    "back",
    "curly",
    "afro",
    "bob",
    "long",
    "long_fringe",
    "tied",
]
FacialHair = Literal["none", "stubble", "moustache", "goatee", "beard"]
Backdrop = Literal["gradient", "shapes", "clouds", "indoor", "outdoor", "shelf"]
Frame = Literal["round", "square", "wire"]

SHORT_STYLES: tuple[HairStyle, ...] = ("receding", "crew", "side", "fringe", "back", "curly", "afro", "bald")
LONG_STYLES: tuple[HairStyle, ...] = ("bob", "long", "long_fringe", "tied", "curly", "afro")
BACKDROPS: tuple[Backdrop, ...] = get_args(Backdrop)
FRAMES: tuple[Frame, ...] = get_args(Frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One photo's circumstances. Angles are degrees; shares run from 0 to 1.

    Attributes:
        smile: From -0.2 (a sulk) to 1.
        eyes_open: 1 is wide awake.
        yaw: Head turned to the right of the picture (-30 to 30).
        pitch: Face lowered (-15 to 15).
        roll: Head tilted clockwise (-15 to 15).
        light_azimuth: Where the main light stands, 0 straight ahead, positive to the right.
        light_elevation: How high it stands.
        warmth: Colour of the light, -1 blue to 1 orange.
        scale: Half the head's height as a share of the photo's side.
        shift_x: Offset of the head from the middle, as a share of the side.
        blur: Standard deviation of the lens blur in pixels of a 250 pixel photo.
        noise: Standard deviation of the sensor noise in grey levels.
        seed: Fixes what the other fields leave open: strands, grain, the backdrop's shapes, clothes.
    """

    seed: int
    age: float
    grey_hair: float
    hair_style: HairStyle
    hair_tone: float
    facial_hair: FacialHair
    glasses: bool
    frame: Frame
    smile: float
    mouth_open: float
    eyes_open: float
    brow_raise: float
    gaze_x: float
    gaze_y: float
    yaw: float
    pitch: float
    roll: float
    light_azimuth: float
    light_elevation: float
    light_strength: float
    ambient: float
    warmth: float
    backdrop: Backdrop
    scale: float
    shift_x: float
    shift_y: float
    distance: float
    exposure: float
    blur: float
    noise: float
    monochrome: bool
    jpeg_quality: int

    @classmethod
    def from_seed(cls, seed: int, *, identity: Identity | None = None) -> Variation:
        """Draws the circumstances of one photo.

        Args:
            seed: The same seed (and person) gives the same circumstances.
            identity: Whose photo: how old they are on average, whether a beard grows, how they tend to wear
                their hair, whether they need glasses. Without one, anything goes.
        """
        rng = np.random.default_rng([seed, 2])
        base_age = 0.4 if identity is None else identity.base_age
        age = float(np.clip(rng.normal(base_age, 0.22), 0, 1))
        grows_beard = identity is None or identity.grows_beard
        long_hair = bool(rng.random() < 0.4) if identity is None else identity.long_hair
        styles = LONG_STYLES if long_hair else SHORT_STYLES
        weights = np.ones(len(styles))
        if not long_hair:
            weights[styles.index("bald")] = 0.5
            weights[styles.index("receding")] = 0.3 + 1.5 * age
        style = styles[rng.choice(len(styles), p=weights / weights.sum())]
        beards: tuple[FacialHair, ...] = get_args(FacialHair)
        facial_hair = beards[rng.choice(5, p=[0.5, 0.17, 0.11, 0.08, 0.14])] if grows_beard else "none"
        grey = float(np.clip((age - 0.55) * 2.4 + rng.normal(0, 0.2), 0, 1)) if age > 0.5 else 0.0
        smile = float(np.clip(rng.normal(0.35, 0.4), -0.2, 1))
        return cls(
            seed=seed,
            age=age,
            grey_hair=grey,
            hair_style=style,
            hair_tone=float(np.clip(rng.normal(0, 0.5), -1, 1)),
            facial_hair=facial_hair,
            glasses=bool(rng.random() < (0.2 if identity is None else identity.weak_sight)),
            frame=FRAMES[rng.integers(len(FRAMES))],
            smile=smile,
            mouth_open=float(np.clip(rng.normal(0.25 * max(smile, 0), 0.25), 0, 1)),
            eyes_open=float(np.clip(rng.normal(0.95, 0.15), 0.55, 1.2)),
            brow_raise=float(np.clip(rng.normal(0, 0.5), -1, 1)),
            gaze_x=float(np.clip(rng.normal(0, 0.4), -1, 1)),
            gaze_y=float(np.clip(rng.normal(0, 0.25), -0.6, 0.6)),
            yaw=float(np.clip(rng.normal(0, 14), -30, 30)),
            pitch=float(np.clip(rng.normal(0, 6), -15, 15)),
            roll=float(np.clip(rng.normal(0, 5), -15, 15)),
            light_azimuth=float(rng.uniform(-60, 60)),
            light_elevation=float(rng.uniform(0, 60)),
            light_strength=float(rng.uniform(0.5, 0.95)),
            ambient=float(rng.uniform(0.35, 0.65)),
            warmth=float(np.clip(rng.normal(0.1, 0.45), -1, 1)),
            backdrop=BACKDROPS[rng.integers(len(BACKDROPS))],
            scale=float(rng.uniform(0.24, 0.36)),
            shift_x=float(rng.normal(0, 0.03)),
            shift_y=float(rng.normal(-0.02, 0.025)),
            distance=float(rng.uniform(4.5, 10)),
            exposure=float(np.clip(rng.normal(1.0, 0.12), 0.7, 1.3)),
            blur=float(rng.gamma(2.0, 0.28)),
            noise=float(rng.gamma(1.5, 1.3)),
            monochrome=bool(rng.random() < 0.12),
            jpeg_quality=int(rng.integers(58, 96)),
        )

    def nearby(self, seed: int) -> Variation:
        """The next frame of a burst: the same moment, a hair's breadth later."""
        rng = np.random.default_rng([seed, 3])
        return replace(
            self,
            yaw=self.yaw + float(rng.normal(0, 0.5)),
            pitch=self.pitch + float(rng.normal(0, 0.4)),
            shift_x=self.shift_x + float(rng.normal(0, 0.001)),
            exposure=self.exposure * float(rng.normal(1, 0.01)),
            smile=self.smile + float(rng.normal(0, 0.02)),
            jpeg_quality=int(np.clip(self.jpeg_quality + rng.integers(-4, 5), 50, 97)),
        )
