"""`facethemodel push`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from facethemodel.cli.bucket import PORTIONS, megabytes, only, remote, show_findings
from facethemodel.cli.options import example, on_project
from facethemodel.cli.output import Output
from facethemodel.project import Project

if TYPE_CHECKING:
    from facethemodel.storage.bucket import Bucket


@click.command(
    "push",
    epilog=example(
        "facethemodel push s3://my-bucket/paul",
        "facethemodel push s3://photos/paul --endpoint-url http://127.0.0.1:8333 --profile home",
        "facethemodel push s3://my-bucket/paul --only bundles",
    ),
)
@only
@click.option("--no-pack", is_flag=True, help="One object for each photo, also for small ones.")
@remote
@on_project
def command(bucket: Bucket, only: tuple[str, ...], no_pack: bool, project: Project, out: Output) -> int:
    """Keep the project as it is now, as a snapshot in S3.

    Photos, the catalogue and trained models go there under the hash of their bytes, with checksums that
    the server checks; only what is new is sent, and nothing there is ever written over. The snapshot's
    name is the sha256 of the manifest: the version of the dataset. Stopped or killed, the same command
    goes on from there.

    Photos are personal data: they leave this machine by this command and by `verify --fix` alone, and neither
    encrypts them.
    """
    from facethemodel.storage.push import push

    report = push(
        project,
        bucket,
        portions=only or PORTIONS,  # type: ignore[arg-type]
        packing=not no_pack,
        progress=out.progress(),
    )
    out.data({"destination": str(bucket.location)} | asdict(report))
    if report.findings:
        out.line(f"{len(report.findings):,} not as it should be:")
        show_findings(report.findings, out)
    out.line(
        f"{report.contents:,} contents, {report.sent:,} new ({megabytes(report.sent_bytes)} sent) · "
        f"{bucket.location}"
    )
    if report.snapshot is None:
        out.warning("no snapshot was made: not all of it is there, or what is there is wrong")
        out.hint("  what was sent stays; look closer with: facethemodel verify, mend with: verify --fix")
        return 1
    already = " (was there already)" if report.known else ""
    out.line(f"snapshot {report.snapshot}{already}")
    if any(one.verdict in ("missing here", "unreadable") for one in report.findings):
        out.hint("photos that cannot be read here stand in the snapshot as lost, unless they are whole there")
    return 1 if report.findings else 0
