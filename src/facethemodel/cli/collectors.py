"""Which collectors there are: this program's own, and those of other packages."""

from __future__ import annotations

from typing import Any

import click

from facethemodel.cli.lazy import Commands
from facethemodel.cli.output import Output

# name -> (module of the command, one line for the overview); such a module ends in `run_collector`.
COLLECTORS = {
    "urls": ("collect_urls", "The addresses in a list: txt, csv, jsonl or parquet."),
    "facescrub": ("collect_facescrub", "FaceScrub's lists, each file checked by its hash."),
    "instagram": ("collect_instagram", "The posts of Instagram profiles, with your own session."),
    "web": ("collect_web", "What a search engine finds: Wikimedia Commons, Openverse, Brave."),
    "gallery": ("collect_gallery", "Whatever gallery-dl, where it is installed, finds at an address."),
}


class Collectors(Commands):
    """The group's commands; a name that is not in the table may be another package's."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Imports one of ours, or makes a command for another package's."""
        found = super().get_command(ctx, name)
        if found is None and not name.startswith("-"):
            from importlib.metadata import entry_points

            from facethemodel.collect.registry import GROUP

            if entry_points(group=GROUP, name=name):
                from facethemodel.cli.collect_others import command_of

                found = command_of(name)
        return found


def listing(function: Any) -> Any:
    """Adds --list, which shows all collectors and ends, and --json for it; the group receives `as_json`."""
    as_json = click.option("--json", "as_json", is_flag=True, is_eager=True, help="With --list: as JSON.")
    # Not eager: it is to know whether JSON is wanted, wherever on the line that is said.
    as_list = click.option(
        "--list",
        is_flag=True,
        expose_value=False,
        callback=_list,
        help="Show all collectors, those of other packages among them.",
    )
    return as_list(as_json(function))


def _list(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if not value:
        return
    from facethemodel.collect.registry import others

    out = Output(as_json=ctx.params["as_json"])
    found = others(taken=COLLECTORS)
    ours = [(name, "facethemodel", summary) for name, (_, summary) in COLLECTORS.items()]
    theirs = [(one.name, one.package, one.summary) for one in found if one.problem is None]
    rows = [*ours, *theirs]
    problems = [one.problem for one in found if one.problem is not None]
    out.data(
        {
            "collectors": [
                {"name": name, "from": whose, "summary": summary} for name, whose, summary in rows
            ],
            "problems": problems,
        }
    )
    out.table(("collector", "from", ""), rows)
    for problem in problems:
        out.warning(problem)
    ctx.exit(1 if problems else 0)
