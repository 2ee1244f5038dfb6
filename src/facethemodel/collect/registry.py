"""Collectors of other packages, found through the entry point group `facethemodel.collectors`.

Such a package has in its `pyproject.toml`

    [project.entry-points."facethemodel.collectors"]
    attic = "my_package.attic:Attic"

and `facethemodel collect attic WORDS...` calls `Attic(WORDS)`, which gives a `Collector`. What it raises as a
`FacethemodelError` is shown to the user as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from facethemodel.collect.collector import Collector
from facethemodel.errors import FacethemodelError, UsageError

GROUP = "facethemodel.collectors"

Maker = Callable[[Sequence[str]], Collector]
"""Takes the words of the command line and gives a collector."""


@dataclass(frozen=True, slots=True)
class Other:
    """A collector of another package.

    Attributes:
        name: What it is called on the command line.
        package: Name and version of the package it comes with.
        summary: The first line of its docstring.
        problem: Why it cannot be used; None where it can.
    """

    name: str
    package: str
    summary: str = ""
    problem: str | None = None


def others(*, taken: Collection[str] = ()) -> tuple[Other, ...]:
    """Looks at every collector of other packages; one that is broken is named and breaks nothing else.

    Args:
        taken: Names that are not theirs to take.

    Returns:
        In the order of their names.
    """
    found: dict[str, Other] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        problem = f"the name {point.name!r} is taken" if point.name in {*taken, *found} else None
        summary = ""
        if problem is None:
            try:
                summary = (_load(point).__doc__ or "").strip().partition("\n")[0]
            except UsageError as error:
                problem = error.what
        found.setdefault(
            point.name if problem is None else f"{point.name} ({_package(point)})",
            Other(point.name, _package(point), summary, problem),
        )
    return tuple(found.values())


def make(name: str, words: Sequence[str]) -> Collector:
    """Makes a collector of another package.

    Args:
        name: Of the entry point.
        words: What stands behind it on the command line.

    Raises:
        UsageError: There is none of that name, or it cannot be used.
    """
    points = sorted(entry_points(group=GROUP, name=name), key=lambda point: point.value)
    if not points:
        raise UsageError(f"there is no collector {name!r}", remedy="facethemodel collect --list")
    try:
        collector = _load(points[0])(words)
    except FacethemodelError:
        raise
    except Exception as error:
        raise _broken(points[0], error) from error
    if not (isinstance(getattr(collector, "name", None), str) and hasattr(collector, "candidates")):
        raise _broken(points[0], "what it gives is no collector: it has no name or no candidates")
    return collector


def _load(point: EntryPoint) -> Maker:
    try:
        maker = point.load()
    except Exception as error:
        raise _broken(point, error) from error
    if not callable(maker):
        raise _broken(point, f"{point.value} cannot be called")
    return cast("Maker", maker)


def _broken(point: EntryPoint, why: Exception | str) -> UsageError:
    said = why if isinstance(why, str) else f"{type(why).__name__}: {why}"
    return UsageError(
        f"the collector {point.name!r} of {_package(point)} cannot be used: {said}",
        remedy=f"update or remove {_package(point)}; --debug shows where it fails",
    )


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"
