"""What is to be trained: a network from scratch, one with a teacher, or a head on a backbone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facethemodel.embedders.embedder import Source
from facethemodel.embedders.known import source_named
from facethemodel.errors import UsageError
from facethemodel.networks import get_network
from facethemodel.settings import TrainSettings

if TYPE_CHECKING:
    from facethemodel.pipeline.training import TrainOptions

NOTHING = "none"
"""What takes back a backbone or a teacher of the settings for one run."""
_OF_NETWORKS = ("network", "seed", "epochs", "budget", "device", "precision")
"""Options that a head on a backbone has no use for: it is fitted to its end, without chance, in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a run trains; at most one of `backbone` and `teacher` is there.

    Attributes:
        network: The network, where there is no backbone.
        backbone: What others trained and a head is put on.
        teacher: What others trained and the network learns from beside the labels.
    """

    network: str
    backbone: Source | None
    teacher: Source | None


def choose(options: TrainOptions, settings: TrainSettings) -> Choice:
    """Puts options and settings together: an option takes the place of whatever the settings name.

    Raises:
        UsageError: Options that contradict one another, an embedder that is not known, or a network that no
            teacher can teach.
        SettingsError: An ONNX file without a description that fits.
    """
    asked_backbone, asked_teacher = _asked(options.backbone), _asked(options.teacher)
    if asked_backbone and asked_teacher:
        raise UsageError(
            f"--backbone {asked_backbone} and --teacher {asked_teacher} cannot go together: a backbone "
            "judges the faces itself, a teacher only helps our network to learn",
            remedy="leave one of them out",
        )
    explicit = options.backbone is not None or options.teacher is not None or options.network is not None
    backbone = asked_backbone if explicit else settings.backbone
    teacher = asked_teacher if explicit else settings.teacher
    if backbone is not None:
        meaningless = [name for name in _OF_NETWORKS if getattr(options, name) is not None]
        if meaningless:
            raise UsageError(
                f"--{meaningless[0]} {getattr(options, meaningless[0])} means nothing with the backbone "
                f"{backbone}: only a small head is trained, without chance and to its end",
                remedy=f"leave out --{meaningless[0]}, or train from scratch with --backbone {NOTHING}",
            )
    network = settings.network if options.network is None else options.network
    if teacher is not None and get_network(network).view != "aligned112":
        raise UsageError(
            f"{network} looks at whole photos, and the teacher {teacher} at faces",
            remedy="choose a network that looks at faces: --network residual112",
        )
    return Choice(
        network=network,
        backbone=None if backbone is None else source_named(backbone),
        teacher=None if teacher is None else source_named(teacher),
    )


def how_long(options: TrainOptions, settings: TrainSettings) -> tuple[int | None, float | None]:
    """Says for how many passes or minutes to train, where either was asked for; passes go before minutes.

    One of the two among the options takes the place of both in the settings.

    Raises:
        UsageError: The options name both.
    """
    if options.epochs is not None and options.budget is not None:
        raise UsageError(
            f"--epochs {options.epochs} and --budget {options.budget:g} cannot go together: one fixes the "
            "passes, the other the minutes",
            remedy="leave one of them out",
        )
    asked = settings if options.epochs is None and options.budget is None else options
    return asked.epochs, asked.budget


def _asked(option: str | None) -> str | None:
    return None if option == NOTHING else option
