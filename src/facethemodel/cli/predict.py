"""`facethemodel predict`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.cli.options import UserPath, example, shared
from facethemodel.cli.output import Output
from facethemodel.errors import NoUsableDataError
from facethemodel.report.counting import counted

if TYPE_CHECKING:
    from facethemodel.scoring.verdict import Verdict

WORDS = {"person": "person", "not_person": "not person", "unsure": "unsure", "no_face": "no face"}
COLOURS = {"person": "green", "not_person": None, "unsure": "yellow", "no_face": "bright_black"}


@click.command(
    "predict",
    epilog=example(
        "facethemodel predict party.jpg",
        "facethemodel predict ~/Pictures --json > verdicts.jsonl",
        "facethemodel predict --bundle paul-bundle party.jpg",
        "facethemodel predict ~/Pictures --prior 0.001",
    ),
)
@click.argument("paths", nargs=-1, required=True, type=UserPath(readable=False))
@click.option(
    "--bundle",
    type=UserPath(readable=False),
    help="A bundle's folder; default: the project's.",
)
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; 0 stands for all cores.")
@click.option(
    "--prior",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of the photos that show the person, for probabilities; default: the bundle's. "
    "Verdicts stay the same.",
)
@click.option("--project", "folder", type=UserPath(), help="The project's folder.")
@shared
def command(
    paths: tuple[Path, ...],
    bundle: Path | None,
    jobs: int,
    prior: float | None,
    folder: Path | None,
    out: Output,
) -> int:
    """Say for each photo, and each photo in folders, whether the person is in it.

    Verdicts: person, not person, unsure (between the two thresholds), no face. A photo with several
    faces is judged face by face; its best face counts. At most 50 are looked at; the line of a photo
    with so many says so ("crowded" in JSON). Beside the score stands how probable it is that
    the photo shows the person. With --json: one line per photo. Paths without a photo are named.
    """
    from facethemodel.scoring.predict import predict
    from facethemodel.scoring.verdict import printable

    if bundle is None:
        bundle = _project_bundle(folder)
    counts: Counter[str] = Counter()
    verdicts = predict(bundle, paths, jobs=jobs, prior=prior, progress=out.progress(beside_lines=True))
    for verdict in verdicts:
        counts[verdict.verdict or "not judged"] += 1
        if out.as_json:
            # A name that is no UTF-8 holds halves of signs, which JSON can only carry as escapes.
            text = json.dumps(verdict.to_dict(), ensure_ascii=False)
            click.echo(text.encode("utf-8", "backslashreplace"))
        elif verdict.verdict is None:
            said = click.style(f"{'not judged':<12}", fg="red")
            click.echo(f"{said}{'':>15}  {verdict.name}  {verdict.error}")
        else:
            word = f"{WORDS[verdict.verdict]:<12}"
            score = "" if verdict.score is None else f"{verdict.score:+.2f}"
            chance = "" if verdict.probability is None else percent(verdict.probability)
            said = click.style(word, fg=COLOURS[verdict.verdict])
            click.echo(f"{said}{score:>8}{chance:>7}  {verdict.name}{faces_of(verdict)}")
    if verdicts.not_images:
        out.hint(f"no images, left alone: {counted(verdicts.not_images, 'file')} in folders")
    if sum(counts.values()) > 1:
        named = ((WORDS.get(name, name), number) for name, number in counts.most_common())
        out.hint(" · ".join(f"{number:,} {name}" for name, number in named))
    empty = [printable(path) for path in verdicts.without_photos]
    if not counts:
        raise NoUsableDataError(
            f"no photo in {', '.join(empty)}", remedy="name photos, or folders with photos in them"
        )
    for name in empty:
        out.warning(f"no photo in {name}")
    return 1 if counts["not judged"] or empty else 0


def percent(probability: float) -> str:
    """A probability in a few characters that never read as certain.

    >>> [percent(p) for p in (0.5, 0.00002, 0.0432, 0.9988, 0.99999)]
    ['50%', '<0.1%', '4.3%', '99.9%', '>99.9%']
    """
    if probability < 0.001:
        return "<0.1%"
    if probability >= 0.9995:
        return ">99.9%"
    return f"{probability * 100:.{0 if 0.1 <= probability < 0.9 else 1}f}%"


def faces_of(verdict: Verdict) -> str:
    """What a line says of a photo's faces where there are several, or too many."""
    accepted = sum(face.accepted for face in verdict.faces)
    if verdict.crowded:
        most = len(verdict.faces)
        return f"  ({counted(accepted, 'face')}; no more than {most} are looked at: cut the photo into parts)"
    return f"  ({accepted} faces)" if accepted > 1 else ""


def _project_bundle(folder: Path | None) -> Path:
    from facethemodel.pipeline.runs import current_run
    from facethemodel.project import Project, find_project

    return current_run(Project.open(find_project(explicit=folder))).bundle
