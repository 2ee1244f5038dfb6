"""The command group: loads a command only when it runs, and turns errors into exit codes."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from facethemodel.errors import FacethemodelError

# name -> (module of the command, one line for the overview). The order is the way of the data.
COMMANDS = {
    "demo": ("demo", "See the whole way on drawn people, in about three minutes."),
    "new": ("new", "Start a project: one folder for one person."),
    "add": ("add", "Add photos of the person, of strangers, of curveballs."),
    "curveball": ("curveball", "Add or list what is not the person, to try the model on."),
    "status": ("status", "Show what is in the project."),
    "tag": ("tag", "Give photos words of yours, by which the report counts errors."),
    "decide": ("decide", "Settle a label conflict, put a photo aside, bring it back."),
    "inspect": ("inspect", "Decode every photo once: faces, quality, fingerprints."),
    "split": ("split", "Divide the photos into parts without leaks, or check that."),
    "train": ("train", "Train a network from scratch on the train part."),
    "evaluate": ("evaluate", "Open the locked test part and write the report."),
    "compare": ("compare", "Judge models that others trained on the same test part."),
    "build": ("build", "All of it, from inspect to report; resumes where it stopped."),
    "doubts": ("doubts", "List the photos whose label the model doubts."),
    "predict": ("predict", "Say for each photo whether the person is in it."),
    "doctor": ("doctor", "Show what this machine has: versions, devices, extras."),
}

TRAINING_PACKAGES = frozenset(
    {"jinja2", "markupsafe", "onnx", "onnxscript", "safetensors", "scipy", "tensorboardX", "torch"}
)
"""What a base install lacks: it can manage photos and use a bundle, but neither train nor evaluate."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the data's way."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Imports the module of one command."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"facethemodel.cli.{COMMANDS[name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the overview from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Adds the nearest known command to the message about an unknown one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"facethemodel {version('facethemodel')}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `facethemodel demo`, or with `facethemodel new paul --person 'Paul McCartney'`.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def application() -> None:
    """Train, from scratch and on your own photos, a model that recognises one person's face.

    Everything stays on this machine.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Words after the program's name; None takes them from the process.

    Returns:
        The exit code: 0 done, 1 done with findings, 2 usage or settings, 3 credentials,
        4 network, remote or disk, 5 no usable data, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result: Any = application.main(args=words, prog_name="facethemodel", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as problem:
        problem.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("\ninterrupted; what was done stays done, the same command goes on from there", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except FacethemodelError as problem:
        return _show(problem.what, remedy=problem.remedy, code=problem.exit_code, words=words)
    except ModuleNotFoundError as problem:
        missing = (problem.name or "").split(".")[0]
        if missing not in TRAINING_PACKAGES:
            raise
        what = f"this command needs {missing}, which comes with the extra 'train'"
        return _show(what, remedy="pip install 'facethemodel[train]'", code=2, words=words)
    except OSError as problem:
        if problem.errno not in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EDQUOT):
            raise
        what = f"{problem.strerror}: {problem.filename or 'the project folder'}"
        return _show(
            what, remedy="make room or allow writing there, then repeat the command", code=4, words=words
        )
    return result if isinstance(result, int) else 0


def _show(what: str, *, remedy: str | None, code: int, words: Sequence[str]) -> int:
    if "--debug" in words:
        traceback.print_exc()
    click.echo(click.style("error: ", fg="red", bold=True) + what, err=True)
    if remedy:
        click.echo(click.style("  try: ", fg="cyan") + remedy, err=True)
    return code
