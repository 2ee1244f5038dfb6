"""Where things are kept: a bucket and a prefix in it, as the user writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from facethemodel.errors import UsageError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A bucket and what all keys begin with: nothing, or a path that ends in a slash."""

    bucket: str
    prefix: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `s3://bucket/prefix`.

        Raises:
            UsageError: It is written otherwise, or names no bucket that there can be.
        """
        remedy = "write it like s3://bucket/prefix"
        scheme, mark, rest = text.partition("://")
        if scheme != "s3" or not mark:
            raise UsageError(f"{text!r} is no address in S3", remedy=remedy)
        bucket, _, path = rest.partition("/")
        if not _BUCKET.fullmatch(bucket):
            raise UsageError(
                f"{bucket!r} cannot be the name of a bucket",
                remedy="bucket names have 3 to 63 small letters, digits, dots and hyphens",
            )
        path = path.strip("/")
        if any(part in ("", ".", "..") for part in path.split("/")) and path:
            raise UsageError(f"the prefix {path!r} has an empty part, '.' or '..' in it", remedy=remedy)
        if "\\" in path or not path.isprintable():
            raise UsageError(f"the prefix {path!r} has a backslash or an unprintable sign", remedy=remedy)
        return cls(bucket=bucket, prefix=f"{path}/" if path else "")

    def key(self, name: str) -> str:
        """The whole key of something below the prefix."""
        return self.prefix + name

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")
