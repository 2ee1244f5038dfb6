"""`facethemodel verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from facethemodel.cli.bucket import PORTIONS, only, remote, show_findings
from facethemodel.cli.options import UserPath, example, shared
from facethemodel.cli.output import Output
from facethemodel.errors import UsageError

if TYPE_CHECKING:
    from facethemodel.storage.bucket import Bucket
    from facethemodel.storage.verdicts import VerifyReport

MEANINGS = {
    "missing here": "there, and not here",
    "missing there": "here, and not there",
    "differs": "other bytes there, or here altered",
    "unreadable": "could not be compared",
    "extra": "there, and belongs to nothing here",
}


@click.command(
    "verify",
    epilog=example(
        "facethemodel verify s3://my-bucket/paul",
        "facethemodel verify s3://my-bucket/paul --deep --fix",
        "facethemodel verify s3://my-bucket/uploads ~/Pictures/paul --json",
    ),
)
@remote
@click.argument("folder", required=False, type=UserPath())
@click.option("--deep", is_flag=True, help="Read every byte back instead of trusting stated checksums.")
@click.option("--fix", is_flag=True, help="Send what is missing there or differs, and verify again.")
@only
@click.option("--project", "project_folder", type=UserPath(), help="The project's folder.")
@shared
def command(
    bucket: Bucket,
    folder: Path | None,
    deep: bool,
    fix: bool,
    only: tuple[str, ...],
    project_folder: Path | None,
    out: Output,
) -> int:
    """Check that all that is here is also there, by checksum or byte for byte.

    Without FOLDER it is the project that is compared with what `push` keeps of it. With FOLDER any folder
    is compared with the objects of the same names, whoever uploaded them; no project is needed, and --fix
    writes over what differs there.

    Exit code 1 when anything is not the same.
    """
    if folder is not None:
        if project_folder is not None or only:
            raise UsageError("a folder is compared as a whole", remedy="leave --project and --only out")
        from facethemodel.storage.folder import verify_folder

        report = verify_folder(folder, bucket, deep=deep, fix=fix, progress=out.progress())
        what = str(folder)
    else:
        from facethemodel.project import Project, find_project
        from facethemodel.storage.verify import verify

        project = Project.open(find_project(explicit=project_folder))
        report = verify(
            project,
            bucket,
            portions=only or PORTIONS,  # type: ignore[arg-type]
            deep=deep,
            fix=fix,
            progress=out.progress(),
        )
        what = str(project.root)
    return _show(report, what, bucket, out)


def _show(report: VerifyReport, here: str, bucket: Bucket, out: Output) -> int:
    differences = report.differences
    out.data(
        {
            "here": here,
            "there": str(bucket.location),
            "deep": report.deep,
            "snapshot": report.snapshot,
            "fixed": report.fixed,
            "counts": report.counts,
            "findings": [
                {"verdict": one.verdict, "name": one.name, "reason": one.reason} for one in differences
            ],
        }
    )
    how = "every byte read back" if report.deep else "by size and the checksum that the server states"
    meanings = {"same": how} | MEANINGS
    rows = [(verdict, number, meanings[verdict]) for verdict, number in report.counts.items()]
    out.line(f"{here} · {bucket.location}")
    out.table(("", "files", ""), [row for row in rows if row[1] or row[0] == "same"])
    show_findings(differences, out)
    if report.fixed:
        out.hint(f"{report.fixed:,} sent; the table shows what is there now")
    if not differences and not report.deep:
        out.hint("bytes were not read back; to do that: --deep")
    elif any(one.verdict in ("missing there", "differs") for one in differences) and not report.fixed:
        out.hint("to send what is missing or wrong there: --fix")
    return 1 if differences else 0
