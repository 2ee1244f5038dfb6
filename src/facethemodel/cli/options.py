"""The options that every command shares, and the project that they lead to."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facethemodel.cli.output import Level, Output
from facethemodel.errors import UsageError

if TYPE_CHECKING:
    from facethemodel.catalogue.database import Database


class UserPath(click.Path):
    """A path as a person types it, for a command that takes a `Path`.

    The empty one, as of a shell's variable that is not set, is refused while it can be told from `.`: as a
    `Path` it is the current folder.
    """

    def __init__(self, *, readable: bool = True) -> None:
        super().__init__(readable=readable, path_type=Path)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Turns text into a `Path`.

        Raises:
            UsageError: It is empty.
        """
        if value == "":
            raise UsageError(
                "an empty path names no file and no folder",
                remedy="name one; . stands for the current folder",
            )
        return super().convert(value, param, ctx)


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json, -q, -v and --debug; the command receives them as one `out: Output`."""

    @click.option("--json", "as_json", is_flag=True, help="Data as JSON on stdout.")
    @click.option("-q", "--quiet", is_flag=True, help="No hints and no progress.")
    @click.option("-v", "--verbose", is_flag=True, help="More detail, where there is some.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def wrapped(*, as_json: bool, quiet: bool, verbose: bool, debug: bool, **arguments: Any) -> Any:
        level: Level = "quiet" if quiet else "verbose" if verbose else "normal"
        return function(out=Output(as_json=as_json, level=level), **arguments)

    return wrapped


def on_project(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --project and the shared options; the command receives `project: Project` and `out: Output`."""

    @click.option(
        "--project",
        "folder",
        type=UserPath(),
        help="The project's folder. Default: the nearest one upward, else the only one in this folder.",
    )
    @shared
    @functools.wraps(function)
    def wrapped(*, folder: Path | None, out: Output, **arguments: Any) -> Any:
        # Settings take a tenth of a second to load, which `predict --bundle` does not need.
        from facethemodel.project import Project, find_project

        root = find_project(explicit=folder)
        if folder is None and not _called_within(root):
            out.hint(f"project: {root}")
        return function(project=Project.open(root), out=out, **arguments)

    return wrapped


def _called_within(root: Path) -> bool:
    try:
        return Path.cwd().is_relative_to(root)
    except FileNotFoundError:
        return False


def photo_named(db: Database, name: str) -> str:
    """Finds the one photo that a person means by the beginning of its sha256 or by a file name.

    Returns:
        Its sha256.

    Raises:
        UsageError: There is none, or there are several.
    """
    from facethemodel.catalogue import photos

    found = photos.find(db, name)
    if len(found) != 1:
        what = "no photo" if not found else f"{len(found)} photos"
        short = len(name) < photos.SHORTEST_PREFIX and set(name.lower()) <= set("0123456789abcdef")
        remedy = "give more digits of its sha256"
        if not found and not short:
            remedy = "check the name: `facethemodel review` shows that of every photo"
        raise UsageError(f"{what} called {name!r}", remedy=remedy)
    return found[0].sha256


def example(*lines: str) -> str:
    """An epilog that shows how a command is typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
