"""A head on top of an embedder that others trained, at work: opened from a bundle or from a run's folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.origin import BACKBONE_INPUT, BACKBONE_MODEL, Backbone
from facethemodel.bundle.runtime import Crops, open_session
from facethemodel.catalogue.records import View
from facethemodel.embedders.description import Description
from facethemodel.embedders.dlib_resnet import CARRIER, SHA256, DlibSource
from facethemodel.embedders.embedder import EMBEDDING_VERSION, Embedder, spot_in, usable
from facethemodel.embedders.onnx_model import OnnxEmbedder
from facethemodel.errors import BundleError, SettingsError, UsageError, install
from facethemodel.inspection.examine import Examined

_AGAIN = "build the bundle again"


class Head:
    """The trained head by itself: an embedder's vectors in, scores out.

    Args:
        model: The bytes of its model.onnx.
        dimension: Length of the vectors.
        where: What to call the file in an error.

    Raises:
        BundleError: The file cannot be run or takes something else.
    """

    def __init__(self, model: bytes, *, dimension: int, where: Path) -> None:
        session = open_session(model, where=where)
        inputs, outputs = session.get_inputs(), session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or list(inputs[0].shape[1:]) != [dimension]:
            raise BundleError(
                f"{where} takes {[(one.type, one.shape) for one in inputs]}; its backbone gives vectors of "
                f"{dimension} numbers",
                remedy=_AGAIN,
            )
        self._session = session
        self._name = str(inputs[0].name)
        self._where = where

    def score(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores vectors (N, dimension): logits (N,); higher is more like the person.

        Raises:
            BundleError: A vector, and so its score, is not a number.
        """
        (found,) = self._session.run(None, {self._name: np.ascontiguousarray(vectors, np.float32)})
        scores = np.asarray(found, np.float32)
        if not np.isfinite(scores).all():
            raise BundleError(
                f"the backbone under {self._where} gave a vector that is not a number",
                remedy="choose another backbone",
            )
        return scores


@dataclass(frozen=True, slots=True)
class BackboneScorer:
    """Cuts faces out as the embedder wants them, embeds them and asks the head."""

    embedder: Embedder
    head: Head

    @property
    def views(self) -> tuple[View, ...]:
        """Our own crops, where those are what the embedder takes."""
        return () if self.embedder.view is None else (self.embedder.view,)

    @property
    def needs_pixels(self) -> bool:
        """Whether the embedder cuts out faces itself."""
        return self.embedder.view is None

    def crops(self, examined: Examined) -> dict[int, NDArray[np.uint8]]:
        """Gives the accepted faces as the embedder wants them."""
        seen = examined.inspection
        accepted = [face for face in seen.faces if face.accepted]
        if self.embedder.view is not None:
            return {face.index: examined.crops[self.embedder.view, face.index] for face in accepted}
        pixels = examined.pixels
        assert pixels is not None
        return {
            face.index: self.embedder.cut(pixels, spot_in(pixels, face, width=seen.width, height=seen.height))
            for face in accepted
        }

    def score(self, crops: Crops) -> NDArray[np.float32]:
        """Scores crops of `crops`; NaN stands for a face that the embedder cannot take."""
        vectors = self.embedder.embed(list(crops))
        scores = np.full(len(vectors), np.nan, np.float32)
        good = usable(vectors)
        if good.any():
            scores[good] = self.head.score(vectors[good])
        return scores


def scorer_of_bundle(backbone: Backbone, contents: Mapping[str, bytes], folder: Path) -> BackboneScorer:
    """Opens the backbone and the head of a bundle.

    Args:
        backbone: What its manifest says.
        contents: Its files that were checked.
        folder: Where it lies, for errors.

    Raises:
        UsageError: The backbone has to be installed, and is not.
        BundleError: What is installed or in the bundle is not what the head was trained on.
    """
    require_backbone(backbone, folder)
    if backbone.kind == "dlib":
        embedder = DlibSource().open()
    else:
        try:
            description = Description.model_validate_json(contents[BACKBONE_INPUT])
            embedder = OnnxEmbedder(folder / BACKBONE_MODEL, description, model=contents[BACKBONE_MODEL])
        except (ValidationError, SettingsError) as error:
            raise BundleError(f"{folder}: its backbone cannot be used: {error}", remedy=_AGAIN) from error
    if embedder.card.dimension != backbone.dimension:
        raise BundleError(
            f"{folder}: its backbone gives {embedder.card.dimension} numbers, not {backbone.dimension}",
            remedy=_AGAIN,
        )
    return BackboneScorer(embedder, Head(contents[MODEL], dimension=backbone.dimension, where=folder / MODEL))


def scorer_of_folder(backbone: Backbone, folder: Path) -> BackboneScorer:
    """Does what `scorer_of_bundle` does with the files of a trained run, which has no manifest yet."""
    names = (MODEL, *backbone.files)
    return scorer_of_bundle(backbone, {name: (folder / name).read_bytes() for name in names}, folder)


def require_backbone(backbone: Backbone, folder: Path) -> None:
    """Makes sure that the backbone is here, without loading it.

    Raises:
        UsageError: It has to be installed, and is not.
        BundleError: This version cuts faces out differently, or uses other model files.
    """
    if backbone.cut_version != EMBEDDING_VERSION:
        raise BundleError(
            f"{folder} was made with crops of version {backbone.cut_version} for its backbone, this version "
            f"cuts them as version {EMBEDDING_VERSION}; its promise does not hold for those",
            remedy="use the version of facethemodel that made it, or build it again with this one",
        )
    if backbone.kind != "dlib":
        return
    if any(importlib.util.find_spec(package) is None for package in ("dlib", CARRIER)):
        raise UsageError(
            f"{folder} stands on the backbone {backbone.name}, which is not installed",
            remedy=install(backbone.extra or backbone.kind),
        )
    if backbone.models != SHA256:
        raise BundleError(
            f"{folder} stands on other model files of {backbone.name} than this version uses", remedy=_AGAIN
        )
