"""What scores faces for a trained run, wherever it is needed: here, or in worker processes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from facethemodel.bundle.manifest import MODEL
from facethemodel.bundle.origin import BACKBONE_INPUT, BACKBONE_MODEL, Backbone, Teacher
from facethemodel.bundle.runtime import Network, NetworkScorer, Scorer
from facethemodel.bundle.typed_json import from_json
from facethemodel.catalogue.records import View
from facethemodel.embedders.embedder import Source
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.training import network_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerSource:
    """Where a run's scorer comes from. Small enough to travel to worker processes, which open it themselves.

    Attributes:
        model: The folder of its exported model.
        view: What its network looks at.
        size: Side of the crops it takes.
        backbone: What others trained and it stands on; None for a network of ours.
    """

    model: Path
    view: View
    size: int
    backbone: Backbone | None

    def open(self) -> Scorer:
        """Loads it.

        Raises:
            FacethemodelError: Something it needs is missing or cannot be used.
        """
        if self.backbone is not None:
            # Late: descriptions of ONNX embedders take a tenth of a second to load.
            from facethemodel.bundle.backbone import scorer_of_folder

            return scorer_of_folder(self.backbone, self.model)
        where = self.model / MODEL
        return NetworkScorer(Network(where.read_bytes(), size=self.size, where=where), self.view)


def scorer_of(run: Run) -> ScorerSource:
    """Where the scorer of a trained run comes from.

    Raises:
        UsageError: The run is not finished.
    """
    spec = network_of(run)
    return ScorerSource(model=run.model, view=spec.view, size=spec.size, backbone=backbone_of(run))


def backbone_of(run: Run) -> Backbone | None:
    """What others trained and the head of a run stands on; None for a network of ours."""
    facts = (run.read("trained") or {}).get("backbone")
    return None if facts is None else from_json(Backbone, facts, key="backbone")


def teacher_of(run: Run) -> Teacher | None:
    """What others trained and the network of a run learned from; None without."""
    facts = (run.read("trained") or {}).get("teacher")
    return None if facts is None else from_json(Teacher, facts, key="teacher")


def embedder_source(run: Run, backbone: Backbone) -> Source:
    """The backbone of a run as an embedder.

    Raises:
        UsageError: It has to be installed, and is not.
        BundleError: This version cuts faces out differently, or uses other model files.
        SettingsError: The run's copy of what an ONNX file takes cannot be read.
    """
    from facethemodel.bundle.backbone import require_backbone
    from facethemodel.embedders.description import read_description
    from facethemodel.embedders.known import NAMED
    from facethemodel.embedders.onnx_model import OnnxSource

    require_backbone(backbone, run.folder)
    if backbone.kind != "onnx":
        return NAMED[backbone.kind]
    return OnnxSource(
        path=run.model / BACKBONE_MODEL, description=read_description(run.model / BACKBONE_INPUT)
    )
