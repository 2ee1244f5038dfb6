"""`facethemodel review`."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from contextlib import suppress

import click

from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError
from facethemodel.project import Project


@click.command(
    "review",
    epilog=example("facethemodel review", "facethemodel review --no-browser --port 9000"),
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Where to listen. Default: 8420, or any free one."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in the browser.")
@on_project
def command(port: int | None, browser: bool, project: Project, out: Output) -> None:
    """Open a page on which you decide about photos, one key each.

    Keep, reject with a reason, not sure; undo without limit; tags with digits. Every decision is on the disk
    before the page says so. The page is served to this machine alone, under an address that works once.
    Press ? on the page for its keys, and Ctrl+C here to end.
    """
    from facethemodel.review.server import Address, serve

    def ready(address: Address) -> None:
        out.data({"page": address.page, "once": address.once})
        out.line(address.once)
        out.hint("the address works once; press Ctrl+C to end")
        if browser:
            # A machine without a browser is told the address, which is enough.
            with suppress(webbrowser.Error):
                webbrowser.open(address.once)

    # Interrupting is the way to end it, and no failure.
    with suppress(KeyboardInterrupt):
        serve(project, ready=ready, port=port, doubts=lambda: _doubts(project))
    out.hint("ended; every decision is kept")


def _doubts(project: Project) -> Mapping[str, float]:
    """How much the current model doubts each label; nothing where there is no model yet."""
    from facethemodel.evaluation.doubts import TABLE, read_doubts
    from facethemodel.pipeline.runs import current_run

    try:
        return {one.sha256: one.suspicion for one in read_doubts(current_run(project).folder / TABLE)}
    except UsageError:
        return {}
