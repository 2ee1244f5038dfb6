"""The compare stage: what others trained, and other networks of ours, on the same locked test part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from facethemodel.catalogue import crops
from facethemodel.dataset.samples import Sample, by_part, samples, training_arrays
from facethemodel.embedders.embedder import Source
from facethemodel.embedders.enrolment import NEAREST
from facethemodel.errors import UsageError
from facethemodel.networks import get_network
from facethemodel.pipeline.enrolled import Enrolled, side_by_side
from facethemodel.pipeline.evaluation import Beside, Evaluation, evaluate
from facethemodel.pipeline.runs import Run, digest
from facethemodel.pipeline.training import labels_of, network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project

_COUNTS = ("person_photos", "stranger_photos", "strangers", "tune_person_photos", "tune_stranger_photos")


def compare(
    project: Project,
    run: Run,
    *,
    sources: Sequence[Source] = (),
    networks: Sequence[str] = (),
    nearest: int = NEAREST,
    progress: Progress = SILENT,
) -> Evaluation:
    """Evaluates a run with rivals beside it; the opening of the test part is counted.

    The caller holds the project (`project.exclusive`). Whatever is missing is told before anything of the
    test part is looked at.

    Args:
        project: The project.
        run: A trained run; it becomes the current one.
        sources: Embedders that others trained.
        networks: Networks of ours, of which a run trained on the same photos is there.
        nearest: How many enrolled photos a face is compared with.
        progress: Who watches.

    Raises:
        UsageError: Nothing to compare with, two rivals of one name, or no trained run of a network.
        FacethemodelError: An embedder cannot be opened.
    """
    if not sources and not networks:
        raise UsageError(
            "there is nothing to compare with",
            remedy="facethemodel compare --with dlib, --onnx FILE or --network seed2018",
        )
    rivals = rivals_for(project, run, sources=sources, networks=networks, nearest=nearest)
    return evaluate(project, run, why="compare", rivals=rivals, timed=True, progress=progress)


def rivals_for(
    project: Project,
    run: Run,
    *,
    sources: Sequence[Source] = (),
    networks: Sequence[str] = (),
    nearest: int = NEAREST,
) -> list[Beside | Enrolled]:
    """Gets rivals ready, so that nothing can be missing later.

    Raises:
        UsageError: Two rivals of one name, or no trained run of a network.
        FacethemodelError: An embedder cannot be opened.
    """
    with project.database() as db:
        known = samples(db, person=project.person)
    rivals: list[Beside | Enrolled] = [
        one for source in sources for one in side_by_side(source, nearest=nearest)
    ]
    rivals += [_beside(project, run, network, known) for network in networks]
    names = Counter(rival.name for rival in rivals)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise UsageError(
            f"two rivals are called {twice[0]!r}", remedy="give each its own name in its description"
        )
    return rivals


def _beside(project: Project, run: Run, network: str, known: Sequence[Sample]) -> Beside:
    """The run of a network that learned from the photos which are now in the train and tune parts.

    Of several the one with this run's seed, else the newest.
    """
    spec = get_network(network)
    if network_of(run).name == network:
        raise UsageError(
            f"{run.name} is itself a run of {network}",
            remedy="name another one as the model to judge: facethemodel compare --run NAME",
        )
    found = [Run(folder=path.parent) for path in project.runs_dir.glob("*/trained.json")]
    of_network = [one for one in found if (one.read("trained") or {}).get("network") == network]
    fitting = [one for one in of_network if _learned_from(project, one, known)]
    if not fitting:
        why = "trained only on other photos than are in the parts now" if of_network else "not trained yet"
        raise UsageError(
            f"{network} was {why}",
            remedy=f"facethemodel train --network {network}, then facethemodel compare --run {run.name} "
            f"--network {network}",
        )
    seed = (run.read("trained") or {}).get("seed")
    best = max(
        fitting,
        key=lambda one: (
            (one.read("trained") or {}).get("seed") == seed,
            (one.folder / "trained.json").stat().st_mtime,
        ),
    )
    return Beside(
        run=best,
        name=spec.name,
        note=f"{spec.summary}; trained from scratch on the same photos, its line drawn in the same way.",
    )


def _learned_from(project: Project, run: Run, known: Sequence[Sample]) -> bool:
    """Whether a run learned from the photos and labels that are in the train and tune parts now."""
    spec, facts = network_of(run), run.read("trained") or {}
    with project.database() as db:
        rows = crops.rows(db, spec.view)
    train = training_arrays(by_part(known, "train"), rows, view=spec.view)
    tune = training_arrays(by_part(known, "tune"), rows, view=spec.view)
    if "photos" in facts:
        return bool(facts["photos"] == digest(labels_of(train, tune)))
    counts = (
        int(train.is_person.sum()),
        int((~train.is_person).sum()),
        len(train.identities),
        int(tune.is_person.sum()),
        int((~tune.is_person).sum()),
    )
    return counts == tuple(facts.get(name) for name in _COUNTS)
