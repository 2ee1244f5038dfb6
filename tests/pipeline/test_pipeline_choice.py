"""What is trained, and for how long: options, settings, and what of both cannot go together."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.errors import SettingsError, UsageError
from facethemodel.pipeline.choice import choose, how_long
from facethemodel.pipeline.training import TrainOptions, train_stage
from facethemodel.project import SETTINGS_FILE, Project
from facethemodel.settings import TrainSettings

PASSES = TrainSettings(epochs=7)
MINUTES = TrainSettings(budget=30)
BOTH = TrainSettings(epochs=7, budget=30)


@pytest.fixture
def project(drawn: Path, tmp_path: Path) -> Project:
    return Project.open(Path(shutil.copytree(drawn, tmp_path / "project")))


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


@pytest.mark.parametrize(
    ("options", "said", "remedy"),
    [
        ({"backbone": "dlib", "teacher": "dlib"}, "cannot go together", "leave one of them out"),
        ({"backbone": "dlib", "epochs": 3}, "--epochs 3 means nothing with the backbone dlib", "leave out"),
        ({"backbone": "dlib", "budget": 1.5}, "--budget 1.5 means nothing", "leave out --budget"),
        ({"backbone": "dlib", "network": "seed2018"}, "--network seed2018 means nothing", "--network"),
        ({"backbone": "dlib", "seed": 1}, "--seed 1 means nothing", "without chance"),
        ({"backbone": "arcface"}, "no embedder called 'arcface'", "known by name: dlib"),
        ({"teacher": "gone.onnx"}, "no file gone.onnx", "name an ONNX file"),
        ({"teacher": "dlib", "network": "seed2018"}, "seed2018 looks at whole photos", "residual112"),
    ],
)
def test_what_cannot_go_together_is_told_before_anything_is_done(
    project: Project, options: dict[str, object], said: str, remedy: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        train_stage(project, options=TrainOptions(**options))  # type: ignore[arg-type]
    assert remedy in f"{caught.value} {caught.value.remedy}"
    assert not list(project.runs_dir.glob("*"))


def test_an_onnx_file_without_a_description_or_with_a_wrong_one_is_named(
    project: Project, embedder: Callable[..., Path]
) -> None:
    path = embedder()
    path.with_suffix(".json").unlink()
    with pytest.raises(SettingsError, match="nothing says what"):
        train_stage(project, options=TrainOptions(backbone=str(path)))
    path = embedder(size=112)
    path.write_bytes(b"no network")
    with pytest.raises(SettingsError, match="cannot be run"):
        train_stage(project, options=TrainOptions(backbone=str(path)))


def test_the_settings_choose_and_an_option_takes_their_place(
    project: Project, embedder: Callable[..., Path], tmp_path: Path
) -> None:
    path = embedder()
    settings = project.root / SETTINGS_FILE
    text = settings.read_text(encoding="utf-8")
    relative = f"../{path.name}"
    settings.write_text(text.replace("[train]\n", f'[train]\nbackbone = "{relative}"\n'), encoding="utf-8")
    opened = Project.open(project.root)
    assert train_stage(opened).name.startswith("backbone-patches-")
    for options in (TrainOptions(backbone="none"), TrainOptions(network="seed2018")):
        choice = choose(options, opened.settings.train)
        assert (choice.backbone, choice.teacher) == (None, None)
    taught = choose(TrainOptions(teacher=str(path)), opened.settings.train)
    assert (taught.backbone, taught.teacher is None) == (None, False)
    both = f'[train]\nbackbone = "{relative}"\nteacher = "dlib"\n'
    settings.write_text(text.replace("[train]\n", both), encoding="utf-8")
    with pytest.raises(SettingsError, match="backbone and teacher cannot go together"):
        Project.open(project.root)
