"""`facethemodel push` and `verify` against `aws s3 sync` and `rclone`, and where archives of photos pay.

    python -m benchmarks.storage s3://BUCKET/PREFIX --endpoint-url URL [--aws AWS] [--rclone RCLONE]
    python -m benchmarks.storage s3://BUCKET/PREFIX --endpoint-url URL --packing

Credentials come from the environment; docs/storage.md tells how to start a server. What is sent stays there.

The first form sends 5,000 files of 60 KB and then checks them. All tools are timed as whole processes, take
turns in each round, and send to the same server, each to a place of its own, from the same folder:

* ours: `push` (SHA-256 with every request, checked by the server; the project links to the folder) and
  `verify` (every file hashed again, compared with the server's checksums), as it comes and without archives;
* rclone: `copy` (MD5 with every request) and `check` (every file hashed again), with 16 transfers and
  checkers: its defaults, 4 and 8, are slower;
* aws: `s3 sync` (CRC-64 with every request) and a second `s3 sync --dryrun`, which compares sizes and times:
  it has no check by content.

The second form sends and fetches photos of several sizes, in archives and one by one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.measuring import load, our_command, ratio, run, show_place, show_table, spread, verdict
from facethemodel.collect.folder import add_folder
from facethemodel.project import Project
from facethemodel.storage.bucket import connect
from facethemodel.storage.location import Location
from facethemodel.storage.pull import pull
from facethemodel.storage.push import push
from facethemodel.storage.upload import SMALL

GOAL = 1.5
"""The project's goal: times the speed of the faster rival."""
FILES, SIZE = 5_000, 60_000
SETTLE = 4
"""Seconds before each tool, in which the server puts away what the one before it has sent."""
PACKING = ((2_000, 6_000), (1_500, 15_000), (1_000, 30_000), (800, 60_000))
"""Numbers and sizes of the photos that archives are tried on."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("place", help="s3://BUCKET/PREFIX")
    parser.add_argument("--endpoint-url", required=True)
    parser.add_argument("--packing", action="store_true")
    parser.add_argument("--aws", default="aws", help="the AWS command line (%(default)s)")
    parser.add_argument("--rclone", default="rclone", help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--files", type=int, default=FILES, help="(%(default)s)")
    options = parser.parse_args()
    load_before = load()
    place = f"{options.place.rstrip('/')}/{time.time_ns():x}"
    with tempfile.TemporaryDirectory(prefix="benchmark-storage-") as work:
        if options.packing:
            _packing(place, options.endpoint_url, Path(work), rounds=options.rounds)
        else:
            _rivals(place, options, Path(work))
    others = "" if options.packing else f"{_first_line(options.aws)}; {_first_line(options.rclone)}"
    show_place("boto3", "obstore", others=others, load_before=load_before)


def _rivals(place: str, options: argparse.Namespace, work: Path) -> None:
    folder = _files(work / "files", options.files, SIZE)
    project = _project(work / "project", folder)
    url, ours = options.endpoint_url, our_command()
    # rclone takes no certificates from this variable, and stops where it is set.
    os.environ.pop("AWS_CA_BUNDLE", None)
    rclone = (
        options.rclone,
        "--config=/dev/null",
        "--s3-provider=Other",
        "--s3-env-auth",
        f"--s3-endpoint={url}",
        "--s3-no-check-bucket",
        "--transfers=16",
        "--checkers=16",
    )
    aws = (options.aws, "--endpoint-url", url, "s3", "sync", "--only-show-errors")
    here = ("--project", project.root, "--endpoint-url", url, "--quiet")

    def tools(target: str) -> dict[str, tuple[list[str | Path], list[str | Path]]]:
        remote = f":s3:{target.removeprefix('s3://')}"
        return {
            "facethemodel": ([ours, "push", target + "/a", *here], [ours, "verify", target + "/a", *here]),
            "facethemodel --no-pack": (
                [ours, "push", target + "/b", *here, "--no-pack"],
                [ours, "verify", target + "/b", *here],
            ),
            "rclone": (
                [*rclone, "copy", folder, remote + "/c"],
                [*rclone, "check", folder, remote + "/c"],
            ),
            "aws": ([*aws, folder, target + "/d"], [*aws, "--dryrun", folder, target + "/d"]),
        }

    sending, checking = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    cpu = defaultdict[str, list[float]](list)
    for number in range(options.rounds):
        for name, (send, check) in tools(f"{place}/{number}").items():
            time.sleep(SETTLE)
            sent, checked = run(send), run(check)
            sending[name].append(sent.seconds)
            checking[name].append(checked.seconds)
            cpu[name].append(sent.cpu_seconds + checked.cpu_seconds)
    both = {
        name: [one + other for one, other in zip(sending[name], checking[name], strict=True)]
        for name in sending
    }
    best = min(("rclone", "aws"), key=lambda name: sum(both[name]))
    show_table(
        f"{options.files:,} files of {SIZE // 1000} KB, median and range of {options.rounds} rounds",
        ["", "send, s", "check, s", "both, s", "CPU, s", f"times {best}"],
        [
            [
                name,
                spread(sending[name]),
                spread(checking[name]),
                spread(both[name]),
                spread(cpu[name]),
                spread(ratio(both[best], both[name]), digits=2),
            ]
            for name in both
        ],
    )
    print(
        f"against the faster rival ({best}), {verdict(ratio(both[best], both['facethemodel']), least=GOAL)}"
    )


def _packing(place: str, url: str, work: Path, *, rounds: int) -> None:
    rows: list[list[str]] = []
    for count, size in PACKING:
        project = _project(work / f"project-{size}", _files(work / f"files-{size}", count, size))
        speeds = defaultdict[str, list[float]](list)
        for number in range(rounds):
            for name, packing in (("packed", True), ("single", False)):
                bucket = connect(Location.parse(f"{place}/{size}/{number}/{name}"), endpoint_url=url)
                target = work / "back"
                seconds = _seconds(lambda: push(project, bucket, packing=packing))  # noqa: B023
                speeds[f"push {name}"].append(count / seconds)
                seconds = _seconds(lambda: pull(bucket, target))  # noqa: B023
                speeds[f"pull {name}"].append(count / seconds)
                shutil.rmtree(target)
        rows.append(
            [
                f"{size // 1000} KB",
                *(spread(speeds[name], digits=0) for name in ("push single", "push packed")),
                spread(ratio(speeds["push packed"], speeds["push single"])),
                *(spread(speeds[name], digits=0) for name in ("pull single", "pull packed")),
                spread(ratio(speeds["pull packed"], speeds["pull single"])),
            ]
        )
    show_table(
        f"Photos a second, one by one and in archives (archives take photos of up to {SMALL // 1024} KiB)",
        ["size", "push single", "packed", "times", "pull single", "packed", "times"],
        rows,
    )


def _seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _files(folder: Path, count: int, size: int) -> Path:
    """Files that begin as a JPEG does and go on as noise."""
    folder.mkdir()
    generator = np.random.default_rng(size)
    for number in range(count):
        (folder / f"{number:05}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + generator.bytes(size - 4))
    return folder


def _project(root: Path, folder: Path) -> Project:
    project = Project.create(root, person="Nobody")
    add_folder(project, [folder], role="person", link=True)
    return project


def _first_line(command: str) -> str:
    return run([command, "version" if "rclone" in command else "--version"]).output.splitlines()[0]


if __name__ == "__main__":
    main()
