"""What all benchmarks share: running commands, medians, tables, and the line that says where and when."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that ended. `cpu_seconds` counts all cores and the processes it started and waited for."""

    seconds: float
    cpu_seconds: float
    exit_code: int
    output: str


def run(command: Sequence[str | Path], *, accept: Sequence[int] = (0,)) -> Ran:
    """Runs a command to its end and times the whole process.

    Raises:
        SystemExit: Its exit code is not one of `accept`.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in accept:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Ran(
        seconds=seconds,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        exit_code=done.returncode,
        output=done.stdout,
    )


def our_command() -> Path:
    """The installed `facethemodel` that belongs to the Python running this."""
    found = shutil.which("facethemodel", path=str(Path(sys.executable).parent))
    if found is None:
        raise SystemExit(f"facethemodel is not installed beside {sys.executable}; try: make setup")
    return Path(found)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(values: Sequence[float], *, digits: int = 1) -> str:
    """Median, with the lowest and highest in brackets."""
    return f"{median(values):,.{digits}f} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """The ratio of each round by itself: what slows a whole round down then cancels out."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def verdict(values: Sequence[float], *, least: float | None = None, most: float | None = None) -> str:
    """A goal, and whether the median meets it."""
    middle = median(values)
    if least is not None:
        return f"at least {least:g}: {'met' if middle >= least else 'MISSED'}"
    if most is not None:
        return f"at most {most:g}: {'met' if middle <= most else 'MISSED'}"
    return ""


def show_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table: first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    print(f"\n{title}")
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        print("  ".join(cells).rstrip())


def show_place(*packages: str, others: str = "", load_before: float = 0.0) -> None:
    """Prints date, machine and versions.

    Args:
        packages: Installed here, whose versions matter.
        others: Versions in other environments, as they shall be printed.
        load_before: The machine's load when the benchmark began: above 0.5, others were at work.
    """
    versions = ", ".join(f"{name} {version(name)}" for name in ("facethemodel", *packages))
    print(
        f"\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {cores()} cores ({_processor()}), "
        f"load before {load_before:.1f}; Python {platform.python_version()}; {versions}"
        + (f"; {others}" if others else "")
    )


def load() -> float:
    """The machine's load average over the last minute."""
    return os.getloadavg()[0]


def versions_in(python: Path, *packages: str) -> str:
    """Versions of packages in another environment; packages it lacks are left out."""
    program = (
        "import sys\nfrom importlib.metadata import version, PackageNotFoundError\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, version(name))\n"
        "    except PackageNotFoundError: pass\n"
    )
    return ", ".join(run([python, "-c", program, *packages]).output.splitlines())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
