"""`facethemodel demo`."""

from __future__ import annotations

from pathlib import Path

import click

from facethemodel.cli.figures import show_evaluation
from facethemodel.cli.options import UserPath, example, shared
from facethemodel.cli.output import Output


@click.command("demo", epilog=example("facethemodel demo", "facethemodel demo --to /tmp/demo --seed 1"))
@click.option("--to", "folder", type=UserPath(), help="Where; default: ./demo, or demo-2 ...")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="What all chance is drawn from.")
@shared
def command(folder: Path | None, seed: int, out: Output) -> int:
    """See the whole way on drawn people, in two and a half to eight minutes on two cores.

    Draws an album, trains the network of 2018 and ours from scratch, judges both on the same locked
    test part and writes the report. Nothing is downloaded.
    """
    from facethemodel.demo import demo

    target = _free(Path("demo")) if folder is None else folder
    found = demo(target, seed=seed, progress=out.progress())
    code = show_evaluation(found, out)
    before = found.rivals[0].metrics.plain.curveballs
    after = found.metrics.plain.curveballs
    if before.value is not None and after.value is not None:
        out.line(
            f"\nThe lesson of 2018: judged as it was then, the original takes {1 - before.value:.0%} of the "
            f"curveballs for the person; ours, behind its gate, {1 - after.value:.1%}."
        )
    return code


def _free(folder: Path) -> Path:
    number = 1
    candidate = folder
    while candidate.exists():
        number += 1
        candidate = folder.with_name(f"{folder.name}-{number}")
    return candidate
