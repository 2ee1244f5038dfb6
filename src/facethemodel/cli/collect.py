"""`facethemodel collect`: what all its commands have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from facethemodel.catalogue.names import readable
from facethemodel.catalogue.records import ROLES, Claim, Role
from facethemodel.cli.add import refuse_built_in
from facethemodel.cli.collectors import COLLECTORS, Collectors, listing
from facethemodel.cli.options import UserPath, example, on_project
from facethemodel.cli.output import Output
from facethemodel.errors import FacethemodelError, NoUsableDataError, RemoteError, UsageError
from facethemodel.project import Project
from facethemodel.report.counting import counted

if TYPE_CHECKING:
    from facethemodel.collect.collector import Collector
    from facethemodel.collect.yields import CollectReport, Yield
    from facethemodel.download.rules import Rules

OUTCOMES: dict[Yield, str] = {
    "kept": "kept: new photos",
    "same": "kept already, from elsewhere",
    "held": "held already, not asked for",
    "dead": "dead: nothing is there",
    "wrong hash": "wrong hash: another file",
    "no photo": "no photo",
    "refused": "refused by the server",
    "barred": "left alone: robots, private, too large",
    "failed": "failed this time",
    "bad entry": "bad entries of the list",
    "open": "not asked",
}

SHOWN = 20
"""How many addresses without a photo are listed for a person; `--json` lists all."""


@click.group(
    cls=Collectors,
    table=COLLECTORS,
    epilog=example(
        "facethemodel collect urls addresses.txt --as person",
        "facethemodel collect urls people.csv --as stranger --limit 500 --dry-run",
    ),
)
@listing
def command(as_json: bool) -> None:
    """Fetch photos from the web; each keeps where it came from.

    The same command again goes on where it stopped: what is held is not asked for, nor what is known
    to be dead. Sites are asked slowly, and what they ask of machines (robots.txt, noai) is obeyed.
    """
    if as_json:
        raise UsageError("--json before a collector goes with --list", remedy="give it after the collector")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the options of every collector say.

    Attributes:
        claim: What the photos are for where the source does not say.
        words: Tags for all of them.
        limit: Photos to keep, at most.
        again: Whether to ask again for what was dead or no photo.
    """

    project: Project
    out: Output
    claim: Claim | None
    words: tuple[str, ...]
    limit: int | None
    dry_run: bool
    again: bool
    rules: Rules


def collecting(*, abort_on: tuple[int, ...] = ()) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --project, the shared options and those of every collector; the command receives one `order`.

    Args:
        abort_on: HTTP status codes that end this collector's run unless `--abort-on` names others.
    """
    stops = ", ".join(str(status) for status in abort_on) or "none"

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            "--as", "role", type=click.Choice(ROLES), help="What the photos are for, unless the source says."
        )
        @click.option("--identity", help="Strangers: the name of the one person on all of them.")
        @click.option("--category", help="Curveballs: what they are, for example cats; no built-in family.")
        @click.option("--tag", "words", multiple=True, help="A word of yours for all; may be repeated.")
        @click.option("--limit", type=click.IntRange(1), help="Stop after so many new photos.")
        @click.option("--dry-run", is_flag=True, help="Only say what would be fetched.")
        @click.option("--again", is_flag=True, help="Ask again for what was dead, another file or no photo.")
        @click.option(
            "--abort-on",
            type=click.IntRange(100, 599),
            multiple=True,
            default=abort_on,
            help=f"HTTP status that ends the run, such as 429; may be repeated. Default: {stops}.",
        )
        @click.option(
            "--rate",
            type=click.FloatRange(0.001, 1000),
            default=5.0,
            show_default=True,
            help="Requests a second to one host, at most.",
        )
        @click.option(
            "--per-host",
            type=click.IntRange(1, 64),
            default=2,
            show_default=True,
            help="Requests to one host at the same time.",
        )
        @click.option(
            "--max-megabytes",
            type=click.IntRange(1),
            default=100,
            show_default=True,
            help="Leave larger files.",
        )
        @click.option(
            "--cookies",
            type=UserPath(),
            help="A cookies.txt of your browser; only read, and sent only to the sites it names.",
        )
        @click.option("--allow-private", is_flag=True, help="Also ask this machine and local networks.")
        @click.option("--disregard-robots", is_flag=True, help="Fetch what sites ask machines to leave.")
        @on_project
        @functools.wraps(function)
        def wrapped(
            *,
            role: Role | None,
            identity: str | None,
            category: str | None,
            words: tuple[str, ...],
            limit: int | None,
            dry_run: bool,
            again: bool,
            abort_on: tuple[int, ...],
            rate: float,
            per_host: int,
            max_megabytes: int,
            cookies: Path | None,
            allow_private: bool,
            disregard_robots: bool,
            project: Project,
            out: Output,
            **arguments: Any,
        ) -> Any:
            from facethemodel.download.rules import Rules

            order = Order(
                project=project,
                out=out,
                claim=_claim(role, identity, category),
                words=words,
                limit=limit,
                dry_run=dry_run,
                again=again,
                rules=Rules(
                    rate=rate,
                    per_host=per_host,
                    max_bytes=max_megabytes * 1_000_000,
                    cookies=cookies,
                    allow_private=allow_private,
                    obey_robots=not disregard_robots,
                    abort_on=frozenset(abort_on),
                ),
            )
            return function(order=order, **arguments)

        return wrapped

    return decorate


def run_collector(collector: Collector, order: Order) -> int:
    """Collects with progress and shows the yield.

    Returns:
        0, or 1 when an address led to no photo or sources disagree.

    Raises:
        FacethemodelError: What ended the run early, after the yield was shown.
    """
    from facethemodel.collect.run import collect

    report = collect(
        order.project,
        collector,
        claim=order.claim,
        words=order.words,
        limit=order.limit,
        dry_run=order.dry_run,
        again=order.again,
        rules=order.rules,
        progress=order.out.progress(),
    )
    return show_yield(report, order.out)


def show_yield(report: CollectReport, out: Output) -> int:
    """Shows what collecting came to; see `run_collector`."""
    from facethemodel.download.answers import PRIVATE

    out.data(report.as_json())
    rows = [(words, report.counts[name]) for name, words in OUTCOMES.items() if report.counts[name]]
    out.table(("", "addresses"), [*rows, ("all", report.entries)])
    out.line(report.sentence())
    for outcome, reason, number in report.reasons():
        out.warning(f"{number:,} x {reason}" + ("" if outcome in reason else f" ({outcome})"))
    for problem in report.problems[:SHOWN]:
        out.hint(f"  {readable(problem.where.encode('utf-8', 'surrogateescape'))}: {problem.reason}")
    if len(report.problems) > SHOWN:
        out.hint(f"  ... and {len(report.problems) - SHOWN:,} more (--json lists all)")
    for outcome, reason, _ in report.reasons():
        if (outcome, reason) == ("barred", PRIVATE):
            out.hint("--allow-private also asks this machine and local networks")
    if report.conflicts:
        out.warning(
            f"{counted(len(report.conflicts), 'photo')} in a label conflict, part of nothing until that is "
            "decided (facethemodel decide)"
        )
    if report.interrupted:
        raise KeyboardInterrupt
    if report.error is not None:
        raise report.error
    if not report.photos and not report.dry_run:
        raise _nothing(report)
    if report.dry_run:
        out.hint("a dry run: nothing was fetched")
    if report.settled:
        out.hint(f"{report.settled:,} were settled by an earlier run and not asked for; --again asks them")
    if report.counts["failed"]:
        out.hint("the same command asks once more for what failed this time")
    elif report.counts["kept"]:
        out.hint("next: facethemodel inspect")
    return 1 if report.missed or report.conflicts else 0


def _nothing(report: CollectReport) -> FacethemodelError:
    from facethemodel.download.answers import NO_SUCH_HOST

    number = f"{report.entries:,} address{'' if report.entries == 1 else 'es'}"
    # Without a network some machines say of every name that it does not exist.
    later = sum(one.outcome == "failed" or one.reason == NO_SUCH_HOST for one in report.problems)
    if later:
        return RemoteError(
            f"no photo came from any of {number}, and {later:,} may work another time",
            remedy="check the network, then run the same command again",
        )
    return NoUsableDataError(
        f"no photo came from any of {number}", remedy="look at the reasons above, or at the list"
    )


def _claim(role: Role | None, identity: str | None, category: str | None) -> Claim | None:
    from facethemodel.catalogue.photos import checked_claim

    if role is None:
        if identity is not None or category is not None:
            raise UsageError(
                "an identity or a category without a role says nothing",
                remedy="add --as stranger or --as curveball",
            )
        return None
    if role == "curveball":
        if not category:
            raise UsageError("a curveball needs a category", remedy="--category cats, for example")
        refuse_built_in(category)
    return checked_claim(Claim(role=role, identity=identity, category=category))
