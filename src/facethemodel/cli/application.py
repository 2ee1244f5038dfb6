"""The commands of the program, and how their errors become exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from facethemodel.cli import signals
from facethemodel.cli.lazy import Commands
from facethemodel.errors import FacethemodelError, install

# name -> (module of the command, one line for the overview). The order is the way of the data.
COMMANDS = {
    "demo": ("demo", "See the whole way on drawn people, in a few minutes."),
    "new": ("new", "Start a project: one folder for one person."),
    "add": ("add", "Add photos of the person, of strangers, of curveballs."),
    "collect": ("collect", "Fetch photos from the web, each with where it came from."),
    "curveball": ("curveball", "Add or list what is not the person, to try the model on."),
    "status": ("status", "Show what is in the project."),
    "tag": ("tag", "Give photos words of yours, by which the report counts errors."),
    "decide": ("decide", "Settle a label conflict, put a photo aside, bring it back."),
    "inspect": ("inspect", "Decode every photo once: faces, quality, fingerprints."),
    "flags": ("flags", "List the photos that may not belong: blurred, dark, drawn, obstructed."),
    "duplicates": ("duplicates", "Find copies of one picture, choose the best, put the others aside."),
    "review": ("review", "Decide about photos on a local page, one key each."),
    "split": ("split", "Divide the photos into parts without leaks, or check that."),
    "train": ("train", "Train a network from scratch on the train part."),
    "evaluate": ("evaluate", "Open the locked test part and write the report."),
    "compare": ("compare", "Judge models that others trained on the same test part."),
    "build": ("build", "All of it, from inspect to report; resumes where it stopped."),
    "doubts": ("doubts", "List the photos whose label the model doubts."),
    "decisions": ("decisions", "Write all decisions to a file, or take them from one."),
    "export": ("export", "Write photos or face crops as a folder per class, for other programs."),
    "predict": ("predict", "Say for each photo whether the person is in it."),
    "push": ("push", "Keep the project safe: send what is new to S3, as a snapshot."),
    "pull": ("pull", "Restore a snapshot from S3 into a new folder."),
    "verify": ("verify", "Check that all that is here is also there, and the same."),
    "doctor": ("doctor", "Show what this machine has: versions, devices, extras."),
}

_GOES_ON = "what was done stays done, the same command goes on from there"
_RESUMED = ("add", "collect", "curveball", "inspect", "train", "build", "export", "push", "pull")
WHAT_STAYS = {
    **dict.fromkeys(_RESUMED, _GOES_ON),
    "demo": "its folder is unfinished and can be removed",
}
"""What there is of a command that was interrupted; all others keep nothing of how far they came."""

_TRAIN = ("jinja2", "markupsafe", "onnx", "onnxscript", "safetensors", "scipy", "tensorboardX", "torch")
_COLLECT = ("aiohttp", "protego", "tenacity")
_REVIEW = ("fastapi", "starlette", "uvicorn")
EXTRAS = {
    **dict.fromkeys(_TRAIN, "train"),
    **dict.fromkeys(_COLLECT, "collect"),
    **dict.fromkeys(_REVIEW, "review"),
    "instaloader": "instagram",
    "pyarrow": "parquet",
    **dict.fromkeys(("botocore", "obstore"), "s3"),
}
"""What a base install lacks, and the extra it comes with: it manages photos and uses a bundle."""


BUG = 70
"""Exit code of a bug (EX_SOFTWARE); Python's own for it would be 1, which means done with findings."""


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"facethemodel {version('facethemodel')}")
        ctx.exit()


@click.group(
    cls=Commands,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `facethemodel demo`, or with `facethemodel new paul --person 'Paul McCartney'`.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def application() -> None:
    """Train, from scratch and on your own photos, a model that recognises one person's face.

    Everything stays on this machine. Only `collect` opens connections, to the addresses it is told, and
    `push`, `pull` and `verify`, to the bucket they are given.
    """


_NO_PLACE = (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT, errno.EIO)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Words after the program's name; None takes them from the process.

    Returns:
        The exit code: 0 done, 1 done with findings, 2 usage or settings, 3 credentials,
        4 network, remote or disk, 5 no usable data, 70 a bug of this program,
        130 interrupted (143 by SIGTERM, 129 by SIGHUP).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = application.main(
            args=words, prog_name="facethemodel", standalone_mode=False, color=_colour()
        )
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except SystemExit:
        # Nothing here asks for that; click makes it of a closed pipe. Whoever reads has seen enough.
        return 0
    except (Exception, KeyboardInterrupt) as problem:  # noqa: BLE001 (each becomes an exit code)
        # Whatever a signal made go wrong, it is the signal that is told of.
        if isinstance(problem, (KeyboardInterrupt, click.Abort)) or signals.received():
            return signals.interrupted(WHAT_STAYS.get(words[0]) if words else None)
        return _failed(problem, words)
    return result if isinstance(result, int) else 0


def _failed(problem: Exception, words: Sequence[str]) -> int:
    """Says what went wrong and what helps; called while the error is handled."""
    if isinstance(problem, click.ClickException):
        problem.show()
        return 2
    if isinstance(problem, FacethemodelError):
        return _show(problem.what, remedy=problem.remedy, code=problem.exit_code, words=words)
    if isinstance(problem, ModuleNotFoundError):
        missing = (problem.name or "").split(".")[0]
        if missing in EXTRAS:
            what = f"this command needs {missing}, which comes with the extra '{EXTRAS[missing]}'"
            return _show(what, remedy=install(EXTRAS[missing]), code=2, words=words)
    if isinstance(problem, OSError) and problem.errno == errno.ENAMETOOLONG:
        what = f"no file can have so long a name: ...{str(problem.filename)[-60:]}"
        return _show(what, remedy="check the spelling of the path", code=2, words=words)
    if isinstance(problem, OSError) and problem.errno in _NO_PLACE:
        what = f"{problem.strerror}: {problem.filename or 'the project folder, or where the output goes'}"
        remedy = "make room or allow writing there, then repeat the command"
        return _show(what, remedy=remedy, code=4, words=words)
    what = f"this is a bug: {type(problem).__name__}: {' '.join(str(problem).split())}"
    return _show(
        what, remedy="report it with the command and what it says with --debug", code=BUG, words=words
    )


def _show(what: str, *, remedy: str | None, code: int, words: Sequence[str]) -> int:
    if "--debug" in words:
        traceback.print_exc()
    click.echo(click.style("error: ", fg="red", bold=True) + what, err=True, color=_colour())
    if remedy:
        click.echo(click.style("  try: ", fg="cyan") + remedy, err=True, color=_colour())
    return code


def _colour() -> bool | None:
    """No colour where the user wants none (https://no-color.org), else as the terminal is."""
    return False if os.environ.get("NO_COLOR") else None
