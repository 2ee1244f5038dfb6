"""The probability beside the score."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import facethemodel
from facethemodel.bundle.evidence import Evidence
from facethemodel.bundle.manifest import MODEL, WEIGHTS, BundleFacts
from facethemodel.bundle.read import read_bundle
from facethemodel.bundle.write import write_bundle
from facethemodel.cli.application import run
from facethemodel.errors import UsageError
from facethemodel.scoring import predict

MakeBundle = Callable[..., Path]


@pytest.fixture
def with_evidence(tmp_path: Path, bundle_dir: Path, facts: BundleFacts) -> Callable[[Evidence | None], Path]:
    """The bundle that scores by brightness, with another way from scores to probabilities."""

    def make(evidence: Evidence | None) -> Path:
        manifest = read_bundle(bundle_dir)
        told = {name: getattr(manifest, name) for name in BundleFacts.__dataclass_fields__}

        def fill(folder: Path) -> None:
            for name in (MODEL, WEIGHTS):
                (folder / name).write_bytes((bundle_dir / name).read_bytes())

        write_bundle(
            tmp_path / "b",
            replace(BundleFacts(**told), evidence=evidence),
            fill=fill,
            version="1",
            replace=True,
        )
        return tmp_path / "b"

    return make


def scale(score: float) -> Evidence:
    """Even odds at that score, and far from the limits around it."""
    return Evidence(slope=0.01, intercept=-0.01 * score, lowest=-5.0, highest=5.0, prior=0.5)


def test_a_photo_of_one_face_has_its_probability(
    with_evidence: Callable[[Evidence | None], Path], bundle_dir: Path, portrait_jpeg: bytes
) -> None:
    score = facethemodel.load(bundle_dir).judge(portrait_jpeg).score
    assert score is not None
    judged = facethemodel.load(with_evidence(scale(score))).judge(portrait_jpeg)
    assert judged.probability == pytest.approx(0.5)
    assert [face.probability for face in judged.faces if face.accepted] == [judged.probability]
    assert judged.to_dict()["probability"] == judged.probability


def test_the_faces_of_a_photo_share_its_prior(
    with_evidence: Callable[[Evidence | None], Path], two_people_jpeg: bytes
) -> None:
    judged = facethemodel.load(with_evidence(scale(60.0))).judge(two_people_jpeg)
    chances = [face.probability for face in judged.faces if face.probability is not None]
    assert len(chances) == 2
    assert judged.probability is not None
    assert judged.probability == pytest.approx(sum(chances))
    assert judged.score is not None
    alone = scale(60.0).probability([judged.score])
    assert alone is not None
    assert judged.probability < alone


def test_another_prior_changes_the_probability_and_no_verdict(
    with_evidence: Callable[[Evidence | None], Path], portrait_jpeg: bytes
) -> None:
    folder = with_evidence(scale(60.0))
    usual, rare = (facethemodel.load(folder, prior=prior).judge(portrait_jpeg) for prior in (None, 0.001))
    assert (rare.verdict, rare.score) == (usual.verdict, usual.score)
    assert usual.probability is not None
    assert rare.probability is not None
    odds = [chance / (1 - chance) for chance in (usual.probability, rare.probability)]
    assert odds[0] / odds[1] == pytest.approx(999)


def test_no_face_and_no_probabilities_in_the_bundle_leave_it_open(
    with_evidence: Callable[[Evidence | None], Path], portrait_jpeg: bytes, no_face_jpeg: bytes
) -> None:
    assert facethemodel.load(with_evidence(scale(60.0))).judge(no_face_jpeg).probability is None
    folder = with_evidence(None)
    judged = facethemodel.load(folder).judge(portrait_jpeg)
    assert judged.verdict == "person"
    assert (judged.probability, [face.probability for face in judged.faces]) == (
        None,
        [None] * len(judged.faces),
    )
    with pytest.raises(UsageError, match="holds no probabilities"):
        facethemodel.load(folder, prior=0.1)


@pytest.mark.parametrize("prior", [0.0, 1.0, -1.0, float("nan")])
def test_a_prior_out_of_range_is_refused_before_any_work(
    with_evidence: Callable[[Evidence | None], Path], tmp_path: Path, portrait_jpeg: bytes, prior: float
) -> None:
    (tmp_path / "p.jpg").write_bytes(portrait_jpeg)
    with pytest.raises(UsageError, match="prior must lie between 0 and 1"):
        predict(with_evidence(scale(60.0)), [tmp_path / "p.jpg"], prior=prior)


def test_the_command_shows_it(
    with_evidence: Callable[[Evidence | None], Path],
    tmp_path: Path,
    portrait_jpeg: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo = tmp_path / "p.jpg"
    photo.write_bytes(portrait_jpeg)
    folder = with_evidence(scale(60.0))
    assert run(["predict", "--bundle", str(folder), str(photo)]) == 0
    shown = capsys.readouterr().out
    assert run(["predict", "--bundle", str(folder), str(photo), "--json", "--prior", "0.001"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    judged = facethemodel.load(folder).judge(photo)
    assert judged.probability is not None
    assert f"{judged.probability * 100:.0f}%" in shown
    assert 0 < verdict["probability"] < judged.probability
    assert run(["predict", "--bundle", str(folder), str(photo), "--prior", "1"]) == 2
