"""Aligned crops without the face, with nothing but the face, and with nothing that tells their source."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from facethemodel.faces.align import face_oval

Pixels = NDArray[np.uint8]

EVENED_SIDE = 40
"""Side in pixels to which `evened` makes crops small: 12 pixels between the eyes, as in very small faces."""
EVENED_MEAN, EVENED_SPREAD = 120.0, 45.0
"""Mean and standard deviation of the face region after `evened`."""

_NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))
_AT_ONCE = 64


def face_region() -> NDArray[np.bool_]:
    """The pixels (112, 112) that count as the face: one ellipse, the same for every crop."""
    inside: NDArray[np.bool_] = face_oval() <= 1.0
    return inside


def without_face(crops: Pixels) -> Pixels:
    """Fills the face region of aligned crops (N, 112, 112, 3) from its surroundings; see `fill`."""
    return fill(crops, face_region())


def only_face(crops: Pixels) -> Pixels:
    """Fills everything but the face region of aligned crops (N, 112, 112, 3) from the face; see `fill`."""
    return fill(crops, ~face_region())


def evened(crops: Pixels) -> Pixels:
    """Takes from aligned crops (N, 112, 112, 3) what tells how they were made, and leaves the face.

    Grey, so that no colour of a film or a print remains; `EVENED_SIDE` pixels of detail, so that neither
    sharpness nor compression does; the same brightness and contrast in the face region; and nothing but that
    region, see `only_face`. What is left differs by the face, its light and its expression.
    """
    region = face_region()
    out = np.empty_like(crops)
    for crop, target in zip(only_face(crops), out, strict=True):
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (EVENED_SIDE, EVENED_SIDE), interpolation=cv2.INTER_AREA)
        coarse = cv2.resize(small, grey.shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
        spread = max(float(coarse[region].std()), 1.0)
        flat = (coarse - coarse[region].mean()) * (EVENED_SPREAD / spread) + EVENED_MEAN
        target[:] = np.clip(np.rint(flat), 0, 255).astype(np.uint8)[:, :, None]
    return out


def fill(crops: Pixels, region: NDArray[np.bool_]) -> Pixels:
    """Fills a region smoothly from the pixels around it, so that neither its content nor an edge remains.

    The values inside solve Laplace's equation with the surrounding pixels as boundary values, and no flow
    through the crop's own border: the membrane of P. Perez, M. Gangnet and A. Blake, "Poisson image editing",
    SIGGRAPH 2003, with a guidance field of zero. A flat fill would leave an outline that a network has never
    seen, and says most about a crop whose surroundings differ most from it.

    Args:
        crops: Shape (N, S, S, 3).
        region: Shape (S, S), what to fill; neither nothing nor everything.

    Raises:
        ValueError: Shapes that do not fit.
    """
    if crops.ndim != 4 or crops.shape[1:3] != region.shape or crops.shape[3] != 3:
        raise ValueError(f"crops {crops.shape} and a region {region.shape} do not fit")
    mixing, around = _membrane(region.tobytes(), region.shape[0])
    out = crops.copy()
    for start in range(0, len(crops), _AT_ONCE):
        some = crops[start : start + _AT_ONCE].reshape(-1, region.size, 3)
        given = some[:, around].astype(np.float32).transpose(1, 0, 2).reshape(len(around), -1)
        # Averages of pixels with weights that sum to 1 cannot leave 0 to 255 but for rounding.
        filled = (mixing @ given).reshape(len(mixing), len(some), 3).transpose(1, 0, 2)
        out[start : start + _AT_ONCE, region] = np.clip(np.rint(filled), 0, 255).astype(np.uint8)
    return out


@cache
def _membrane(packed: bytes, side: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """What each pixel of a region takes from each pixel around it, and which these are (flat positions).

    Only the region's shape matters and not what is on a crop, so the equation is solved once.
    """
    region = np.frombuffer(packed, dtype=np.bool_).reshape(-1, side)
    inside = np.flatnonzero(region)
    number = np.full(region.size, -1)
    number[inside] = np.arange(len(inside))
    y, x = np.divmod(inside, side)
    degree = np.zeros(len(inside))
    links, edges = [], []
    for down, right in _NEIGHBOURS:
        row, column = y + down, x + right
        there = (row >= 0) & (row < region.shape[0]) & (column >= 0) & (column < side)
        degree += there
        pairs = np.column_stack([inside, inside + down * side + right])[there]
        within = region.ravel()[pairs[:, 1]]
        links.append(pairs[within])
        edges.append(pairs[~within])
    linked, edged = np.concatenate(links), np.concatenate(edges)
    around, position = np.unique(edged[:, 1], return_inverse=True)
    size = (len(inside), len(inside))
    laplacian = coo_array((degree, (np.arange(len(inside)), np.arange(len(inside)))), shape=size) - coo_array(
        (np.ones(len(linked)), (number[linked[:, 0]], number[linked[:, 1]])), shape=size
    )
    boundary = np.zeros((len(inside), len(around)))
    np.add.at(boundary, (number[edged[:, 0]], position), 1.0)
    return splu(laplacian.tocsc()).solve(boundary).astype(np.float32), around
