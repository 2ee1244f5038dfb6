"""What can go wrong between here and a server, and what each means for whoever waits for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import botocore.exceptions
import obstore.exceptions

from facethemodel.errors import CredentialsError, FacethemodelError, RemoteError
from facethemodel.storage.location import Location

REMOTE_ERRORS = (
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    obstore.exceptions.BaseError,
    FileNotFoundError,
    TimeoutError,
    ConnectionError,
)
"""All that a request may raise; obstore says `FileNotFoundError` where there is no such object."""

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_REFUSED = frozenset(
    {
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_PASSING = frozenset({"408", "425", "429", "500", "502", "503", "504"})
_PASSING_CODES = frozenset(
    {
        "BadDigest",  # What came there was not what was sent.
        "InternalError",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    }
)


class NotThereError(RemoteError):
    """There is no such object."""


class OtherContentError(RemoteError):
    """There is an object of that key already, with other bytes; it was left alone."""


class ServerError(RemoteError):
    """The server answered that it could not do what was asked, and went on answering so."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the user is told it, and whether it may be gone at the next try."""

    error: FacethemodelError
    passing: bool = False


def understood(error: BaseException, *, what: str, where: Location) -> Fault:
    """Says what an error of a client means.

    Neither the request nor the server's answer is quoted, only its code: they may hold what is secret.

    Args:
        error: One of `REMOTE_ERRORS`.
        what: What was tried, as in "cannot <what>".
        where: At which place.
    """
    code, status = _code_and_status(error)
    if code in _REFUSED or status == "401":
        return Fault(
            CredentialsError(
                f"the server refused the access key or its secret ({code or status}) for {where}",
                remedy="check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile, and --endpoint-url",
            )
        )
    if code == "RequestTimeTooSkewed":
        return Fault(
            CredentialsError(
                f"the server refused a request to {where}: this machine's clock and the server's are too far "
                "apart",
                remedy="set the clock (for example: timedatectl set-ntp true), then repeat the command",
            )
        )
    if code == "NoSuchBucket":
        return Fault(
            RemoteError(
                f"there is no bucket {where.bucket!r} at that server",
                remedy=f"check the name, or make it: aws s3 mb s3://{where.bucket}",
            )
        )
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed") or status == "301":
        return Fault(
            RemoteError(
                f"the bucket {where.bucket!r} is in another region", remedy="name its region: AWS_REGION=..."
            )
        )
    if code in ("AccessDenied", "AllAccessDisabled") or status == "403":
        return Fault(
            CredentialsError(
                f"this access key is not allowed to {what} in {where} ({code or status})",
                remedy="use one that may list, read and write there: --profile NAME",
            )
        )
    if status == "404" or isinstance(error, FileNotFoundError):
        return Fault(NotThereError(f"cannot {what} in {where}: it is not there"))
    if status is not None:
        return Fault(
            ServerError(
                f"cannot {what} in {where}: the server answers {status}{f' ({code})' if code else ''}",
                remedy="what was done stays done; repeat the command later",
            ),
            passing=status in _PASSING or code in _PASSING_CODES,
        )
    return Fault(
        RemoteError(
            f"cannot {what} in {where}: {_plain(error)}",
            remedy="check the network and --endpoint-url; what was done stays done, repeat the command",
        ),
        passing=True,
    )


def _code_and_status(error: BaseException) -> tuple[str | None, str | None]:
    if isinstance(error, botocore.exceptions.ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return (None if code.isdigit() else code or None), None if status is None else str(status)
    text = str(error)
    code_found, status_found = _CODE.search(text), _STATUS.search(text)
    return code_found and code_found[1], status_found and status_found[1]


def _plain(error: BaseException) -> str:
    """The kind of a network failure in a few words, without what the client quotes."""
    text = str(error).lower()
    if isinstance(error, botocore.exceptions.EndpointConnectionError) or "connect" in text:
        return "the server cannot be reached, or the connection broke"
    if "time" in text and "out" in text:
        return "the server does not answer in time"
    return "the connection broke"
