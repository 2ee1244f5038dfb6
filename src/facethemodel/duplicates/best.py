"""Which of several copies is the best to keep, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facethemodel.catalogue.records import Inspection

CHOSEN_BY_USER = "you chose it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What copies are compared by.

    Attributes:
        face: Size of the main face (else of the largest accepted one) in pixels of the full-size photo; 0
            where no face was found.
        sharpness: Of that face's upright crop, else of the photo; as `photos.quality` measures it.
        pixels: Width times height.
        density: Bytes of the file per pixel: what compression left.
    """

    sha256: str
    face: float
    sharpness: float
    pixels: int
    density: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The chosen one; `why` is a phrase for people."""

    sha256: str
    why: str


def traits(inspection: Inspection, *, size: int) -> Traits:
    """Reads off what copies are compared by.

    Args:
        inspection: Of a readable photo.
        size: Bytes of its file.
    """
    accepted = [face for face in inspection.faces if face.accepted]
    face = max(accepted, key=lambda face: (face.main, face.size), default=None)
    pixels = max(1, inspection.width * inspection.height)
    return Traits(
        sha256=inspection.sha256,
        face=0.0 if face is None else face.size,
        sharpness=inspection.sharpness if face is None else face.sharpness,
        pixels=pixels,
        density=size / pixels,
    )


def choose(members: Sequence[Traits], preferred: Mapping[str, int]) -> Best:
    """Picks the best of several copies, whatever order they come in.

    The user's word counts first. Then photos are ruled out that fall clearly behind in the size of the face,
    then in its sharpness, then in resolution, then in what compression left of them. What is not clearly
    behind stays in: a face of 118 pixels is not better than one of 117.

    Args:
        members: At least one.
        preferred: Photos that the user chose, each with how late: the latest counts.
    """
    chosen = [one.sha256 for one in members if one.sha256 in preferred]
    if chosen:
        return Best(sha256=max(chosen, key=lambda sha: preferred[sha]), why=CHOSEN_BY_USER)
    left = sorted(members, key=lambda one: one.sha256)
    why = "as good as the others"
    for values, share, words in (
        ({one.sha256: one.face for one in left}, 0.9, _face_words),
        ({one.sha256: one.sharpness for one in left}, 0.75, _sharpness_words),
        ({one.sha256: float(one.pixels) for one in left}, 0.9, _pixels_words),
        ({one.sha256: one.density for one in left}, 0.75, _density_words),
    ):
        most = max(values[one.sha256] for one in left)
        ahead = [one for one in left if values[one.sha256] >= share * most]
        if len(ahead) < len(left):
            behind = max(values[one.sha256] for one in left if one not in ahead)
            # Of those that are level at the top the one that is kept may not be the very first.
            why = words(most, behind)
            left = ahead
    return Best(sha256=left[0].sha256, why=why)


def _face_words(most: float, behind: float) -> str:
    if not behind:
        return "a face was found in it"
    return f"larger face: {most:.0f} pixels against {behind:.0f}"


def _sharpness_words(most: float, behind: float) -> str:
    return f"sharper: {most:,.0f} against {behind:,.0f}"


def _pixels_words(most: float, behind: float) -> str:
    return f"more pixels: {most / 1e6:.2g} million against {behind / 1e6:.2g}"


def _density_words(most: float, behind: float) -> str:
    return f"less compressed: {8 * most:.2g} bits a pixel against {8 * behind:.2g}"
