"""What `push`, `pull` and `verify` have in common: where, with whose key, which parts, and what was found."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from facethemodel.cli.output import Output

if TYPE_CHECKING:
    from facethemodel.storage.bucket import Bucket
    from facethemodel.storage.verdicts import Finding

PORTIONS = ("photos", "catalogue", "bundles")
SHOWN = 20
"""How many findings are listed for a person; `--json` lists all."""

only = click.option(
    "--only",
    type=click.Choice(PORTIONS),
    multiple=True,
    help="This part of the project; may be repeated. Default: all of it.",
)


def remote(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the address, --endpoint-url and --profile; the command receives `bucket: Bucket`."""

    @click.argument("address", metavar="s3://BUCKET/PREFIX")
    @click.option("--endpoint-url", help="A server other than AWS, e.g. http://127.0.0.1:8333.")
    @click.option("--profile", help="A profile of the shared AWS files; default: the usual AWS chain.")
    @functools.wraps(function)
    def wrapped(*, address: str, endpoint_url: str | None, profile: str | None, **arguments: Any) -> Any:
        from facethemodel.storage.location import Location

        location = Location.parse(address)
        from facethemodel.storage.bucket import connect

        bucket: Bucket = connect(location, endpoint_url=endpoint_url, profile=profile)
        return function(bucket=bucket, **arguments)

    return wrapped


def show_findings(findings: Sequence[Finding], out: Output) -> None:
    """Names what is not as it should be, a line each."""
    for one in findings[:SHOWN]:
        out.line(f"  {one.verdict:<14} {printable(one.name)}" + (f": {one.reason}" if one.reason else ""))
    if len(findings) > SHOWN:
        out.line(f"  ... and {len(findings) - SHOWN:,} more (--json lists all)")


def printable(name: str) -> str:
    """A name on one line, whatever signs are in it."""
    from facethemodel.catalogue.names import readable

    return readable(name.encode("utf-8", "surrogateescape"))


def megabytes(size: int) -> str:
    """A number of bytes as people say it.

    >>> [megabytes(size) for size in (0, 999, 12_345_678)]
    ['0 bytes', '999 bytes', '12.3 MB']
    """
    return f"{size:,} bytes" if size < 100_000 else f"{size / 1e6:,.1f} MB"
