"""Sending a large file in parts, taking up an upload that a kill left unfinished."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress

from facethemodel.errors import CredentialsError, RemoteError
from facethemodel.storage.bucket import Bucket, Stored
from facethemodel.storage.local import PART, UnreadableFileError, chunks, etag_of_parts


def put_large(bucket: Bucket, name: str, path: bytes, *, sha256: str, replace: Stored | None = None) -> None:
    """Writes a file in parts of `PART` bytes, each with its SHA-256.

    Parts that an earlier, unfinished upload of the same name brought over are not sent again. The object
    appears only when all parts are there and the file has proved to be the one that was meant.

    Args:
        bucket: Where to.
        name: Under which name.
        path: The file.
        sha256: What its bytes must come to.
        replace: As for `Bucket.put`.

    Raises:
        UnreadableFileError: The file cannot be read, or its bytes come to something else.
        OtherContentError: There is something else under that name.
        RemoteError: The server does not take it.
    """
    key = bucket.location.key(name)
    upload = _unfinished(bucket, key) or _begin(bucket, key, name)
    held = _parts(bucket, key, upload, name)
    whole, size = hashlib.sha256(), 0
    parts: list[dict[str, object]] = []
    digests: list[bytes] = []
    try:
        for number, chunk in enumerate(chunks(path, PART), start=1):
            whole.update(chunk)
            size += len(chunk)
            digests.append(hashlib.md5(chunk, usedforsecurity=False).digest())
            checksum = base64.b64encode(hashlib.sha256(chunk).digest()).decode()
            etag = f'"{digests[-1].hex()}"'
            if held.get(number) != (etag, len(chunk)):
                etag = bucket.client_call(
                    f"write part {number} of {name!r}",
                    "upload_part",
                    Key=key,
                    UploadId=upload,
                    PartNumber=number,
                    Body=chunk,
                    ChecksumSHA256=checksum,
                )["ETag"]
            parts.append({"PartNumber": number, "ETag": etag, "ChecksumSHA256": checksum})
        if whole.hexdigest() != sha256:
            raise UnreadableFileError("it changed meanwhile")
    except UnreadableFileError:
        _abort(bucket, key, upload)
        raise
    _finish(bucket, key, upload, parts=parts, name=name, replace=replace)
    bucket.confirm(name, size=size, etags={etag_of_parts(digests)}, sha256=sha256)


def _begin(bucket: Bucket, key: str, name: str) -> str:
    answer = bucket.client_call(
        f"write {name!r}", "create_multipart_upload", Key=key, ChecksumAlgorithm="SHA256"
    )
    return str(answer["UploadId"])


def _unfinished(bucket: Bucket, key: str) -> str | None:
    """The newest upload of that key that was begun and never finished."""
    try:
        found = bucket.client_call("list unfinished uploads", "list_multipart_uploads", Prefix=key)
    except CredentialsError:
        return None  # May write, but not look for these: it begins anew.
    uploads = [one for one in found.get("Uploads", ()) if one["Key"] == key]
    return str(max(uploads, key=lambda one: one["Initiated"])["UploadId"]) if uploads else None


def _parts(bucket: Bucket, key: str, upload: str, name: str) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    marker = 0
    while True:
        page = bucket.client_call(
            f"list the parts of {name!r}", "list_parts", Key=key, UploadId=upload, PartNumberMarker=marker
        )
        found |= {one["PartNumber"]: (one["ETag"], one["Size"]) for one in page.get("Parts", ())}
        if not page.get("IsTruncated"):
            return found
        marker = page["NextPartNumberMarker"]


def _finish(
    bucket: Bucket,
    key: str,
    upload: str,
    *,
    parts: list[dict[str, object]],
    name: str,
    replace: Stored | None,
) -> None:
    held = {"IfNoneMatch": "*"} if replace is None else {"IfMatch": f'"{replace.etag}"'}
    try:
        bucket.client_call(
            f"write {name!r}",
            "complete_multipart_upload",
            Key=key,
            UploadId=upload,
            MultipartUpload={"Parts": parts},
            **held,
        )
    except RemoteError as error:
        # Under that name is something already, or the answer to a first try was lost: `confirm` tells.
        if name not in bucket.list(name):
            raise error
        _abort(bucket, key, upload)


def _abort(bucket: Bucket, key: str, upload: str) -> None:
    with suppress(RemoteError, CredentialsError):
        bucket.client_call("give up an upload", "abort_multipart_upload", Key=key, UploadId=upload)
