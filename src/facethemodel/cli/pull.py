"""`facethemodel pull`."""

from __future__ import annotations

import shlex
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.cli.bucket import PORTIONS, megabytes, only, remote, show_findings
from facethemodel.cli.options import UserPath, example, shared
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError

if TYPE_CHECKING:
    from facethemodel.storage.bucket import Bucket


@click.command(
    "pull",
    epilog=example(
        "facethemodel pull s3://my-bucket/paul restored",
        "facethemodel pull s3://my-bucket/paul --list",
        "facethemodel pull s3://my-bucket/paul march --snapshot 3f2a91c0",
        "facethemodel pull s3://my-bucket/paul model --only bundles",
    ),
)
@remote
@click.argument("folder", required=False, type=UserPath())
@click.option("--snapshot", help="First letters of its name; default: the newest.")
@click.option("--list", "listing", is_flag=True, help="Only list the snapshots.")
@only
@shared
def command(
    bucket: Bucket,
    folder: Path | None,
    snapshot: str | None,
    listing: bool,
    only: tuple[str, ...],
    out: Output,
) -> int:
    """Restore a snapshot from S3 into a new folder.

    Every byte is checked before a file gets its name. The restored project has the same photos, labels
    and split; crops are made anew by the next `inspect` or `build`. Stopped or killed, or with the disk
    full, the same command goes on from there.
    """
    from facethemodel.storage.pull import pull

    if listing:
        return _list(bucket, out)
    if folder is None:
        raise UsageError("pull needs a folder to restore into", remedy="name one that is not there yet")
    report = pull(
        bucket,
        folder,
        snapshot=snapshot,
        portions=only or PORTIONS,  # type: ignore[arg-type]
        progress=out.progress(),
    )
    out.data({"source": str(bucket.location), "folder": str(folder)} | asdict(report))
    if report.findings:
        out.line(f"{len(report.findings):,} could not be had:")
        show_findings(report.findings, out)
    out.line(f"{report.files:,} files, {megabytes(report.fetched_bytes)} fetched · {folder}")
    out.line(f"snapshot {report.snapshot}")
    if report.project:
        out.hint(f"next: facethemodel status --project {shlex.quote(str(folder))}")
    return 1 if report.findings else 0


def _list(bucket: Bucket, out: Output) -> int:
    from facethemodel.storage.pull import snapshots

    lines = snapshots(bucket)
    out.data(
        [
            {
                "snapshot": one.name,
                "pushed": one.pushed.isoformat(),
                "portions": one.manifest.portions if one.manifest else None,
                "photos": len(one.manifest.photos) if one.manifest else None,
                "bytes": sum(one.manifest.contents.values()) if one.manifest else None,
                "problem": one.reason or None,
            }
            for one in lines
        ]
    )
    if not lines:
        out.hint(f"no snapshot in {bucket.location}; make one with: facethemodel push")
        return 0
    rows = [
        (
            one.name[:12],
            one.pushed.strftime("%Y-%m-%d %H:%M:%S"),
            len(one.manifest.photos) if one.manifest else "",
            megabytes(sum(one.manifest.contents.values())) if one.manifest else one.reason,
            _holds(one.manifest.portions) if one.manifest else "",
        )
        for one in lines
    ]
    out.table(
        ("snapshot", "pushed (UTC)", "photos", "size", "holds"), rows, title="Snapshots, the newest first"
    )
    return 1 if any(one.manifest is None for one in lines) else 0


def _holds(portions: Collection[str]) -> str:
    return "all of it" if set(portions) == set(PORTIONS) else ", ".join(portions)
