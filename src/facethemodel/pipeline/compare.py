"""The compare stage: what others trained, and other networks of ours, on the same locked test part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from facethemodel.dataset.samples import Sample, samples
from facethemodel.embedders.embedder import Source
from facethemodel.embedders.enrolment import NEAREST
from facethemodel.errors import UsageError
from facethemodel.networks import get_network
from facethemodel.pipeline.enrolled import Enrolled, side_by_side
from facethemodel.pipeline.evaluation import Beside, Evaluation, evaluate
from facethemodel.pipeline.ready import cut_views
from facethemodel.pipeline.runs import Run
from facethemodel.pipeline.siblings import fitting_run, from_scratch, scratch_runs
from facethemodel.pipeline.training import network_of
from facethemodel.progress import SILENT, Progress
from facethemodel.project import Project


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
    # Which run of a network fits the photos is told by its crops: they may be gone from the cache.
    cut_views(
        project,
        [get_network(name).view for name in networks if scratch_runs(project, name)],
        progress=progress,
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
    if from_scratch(run) and network_of(run).name == network:
        raise UsageError(
            f"{run.name} is itself a run of {network}",
            remedy="name another one as the model to judge: facethemodel compare --run NAME",
        )
    best = fitting_run(project, run, network, known)
    if best is None:
        trained = scratch_runs(project, network)
        why = "trained only on other photos than are in the parts now" if trained else "not trained yet"
        raise UsageError(
            f"{network} was {why}",
            remedy=f"facethemodel train --network {network}, then facethemodel compare --run {run.name} "
            f"--network {network}",
        )
    return Beside(
        run=best,
        name=spec.name,
        note=f"{spec.summary}; trained from scratch on the same photos, its line drawn in the same way.",
    )
