"""`facethemodel evaluate`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from facethemodel.cli.figures import show_evaluation
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project

NOTE = {
    False: "another run on the same photos, its threshold chosen in the same way",
    True: "another run on the same photos, judged as in 2018: no gate, yes from even odds on",
}


@click.command(
    "evaluate",
    epilog=example("facethemodel evaluate", "facethemodel evaluate --beside seed2018-seed0-1a2b3c4d5e6f"),
)
@click.option("--run", "name", help="A run's folder name under runs/; default: the current one.")
@click.option("--beside", multiple=True, help="Another run, judged on the same photos, to stand beside it.")
@click.option("--as-published", is_flag=True, help="Judge those as in 2018: no gate, yes from even odds on.")
@on_project
def command(
    name: str | None, beside: tuple[str, ...], as_published: bool, project: Project, out: Output
) -> int:
    """Open the locked test part: figures with intervals, metrics.json, one line per photo, report.html.

    Every opening is counted, and the report says how many there were: whoever looks at the test part
    often begins to choose by it. The run that is judged becomes the current one, which `predict` uses.
    """
    from facethemodel.pipeline.evaluation import Beside, evaluate
    from facethemodel.pipeline.runs import current_run, named_run

    if as_published and not beside:
        raise UsageError("--as-published judges what --beside names", remedy="name a run: --beside RUN")
    with project.exclusive("evaluate"):
        run = current_run(project) if name is None else named_run(project, name)
        runs = list({other.name: other for other in (named_run(project, one) for one in beside)}.values())
        if run in runs and not as_published:
            raise UsageError(
                f"{run.name} is the run that is judged: beside itself it says nothing",
                remedy="name another run with --beside, or the run to judge with --run",
            )
        heads = column_heads([other.name for other in runs])
        others = [
            Beside(run=other, name=head, note=NOTE[as_published], as_published=as_published)
            for other, head in zip(runs, heads, strict=True)
        ]
        found = evaluate(project, run, why="evaluate", rivals=others, progress=out.progress())
    return show_evaluation(found, out)


def column_heads(runs: Sequence[str]) -> list[str]:
    """Heads of columns for runs: their names without what they learned from, where that tells them apart.

    >>> column_heads(["seed2018-seed0-1a2b", "residual112-seed0-3c4d", "residual112-seed0-5e6f"])
    ['seed2018-seed0', 'residual112-seed0-3c4d', 'residual112-seed0-5e6f']
    """
    short = [run.rsplit("-", 1)[0] for run in runs]
    return [one if short.count(one) == 1 else run for one, run in zip(short, runs, strict=True)]
