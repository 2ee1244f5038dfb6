"""One place in S3: listing it, reading from it, writing to it without ever writing over other content."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import botocore.config
import botocore.exceptions
import botocore.session
import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from facethemodel.errors import CredentialsError, RemoteError, UsageError
from facethemodel.storage.faults import REMOTE_ERRORS, OtherContentError, understood
from facethemodel.storage.local import md5
from facethemodel.storage.location import Location

if TYPE_CHECKING:
    from obstore.store import S3Credential

T = TypeVar("T")

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 8.0
_STREAM = 4 << 20
_ASK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for a server, in seconds.

    Attributes:
        first: For a server that has not answered yet at all; its address may be wrong.
        retry: For one request that keeps failing, from its first try: long enough for a server to restart.
        connect: For a connection.
        answer: For the next byte of an answer.
    """

    first: float = 10.0
    retry: float = 60.0
    connect: float = 10.0
    answer: float = 120.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object, as the server lists it."""

    size: int
    etag: str
    modified: datetime


class Bucket:
    """What lies below a prefix; names are keys without it. Threads may share one. From `connect`.

    Every request is repeated while its failure may pass, with growing pauses, until `Patience.retry` is over
    or `stop` is set. A refused login is never repeated.
    """

    def __init__(self, location: Location, client: Any, store: S3Store, patience: Patience) -> None:
        self.location = location
        self.stop = threading.Event()
        self._met = False
        self._client = client
        self._store = store
        self._patience = patience

    def list(self, below: str = "") -> dict[str, Stored]:
        """Lists every object whose name begins with `below`, whatever its name is made of.

        Raises:
            CredentialsError: The login was refused, or may not list.
            RemoteError: There is no such bucket, or no such server.
        """
        found: dict[str, Stored] = {}
        more: dict[str, str] = {"Prefix": self.location.key(below)} if self.location.key(below) else {}
        while True:
            page = self.client_call("list what is", "list_objects_v2", **more)
            for one in page.get("Contents", ()):
                found[one["Key"][len(self.location.prefix) :]] = Stored(
                    size=one["Size"], etag=one["ETag"].strip('"'), modified=one["LastModified"]
                )
            if not page.get("IsTruncated"):
                return found
            more = more | {"ContinuationToken": page["NextContinuationToken"]}

    def read(self, name: str) -> bytes:
        """Reads an object into memory.

        Raises:
            NotThereError: There is none.
            RemoteError: The server does not give it.
        """
        key = self.location.key(name)
        if not _plain(key):
            return self.request(f"read {name!r}", lambda: self._read_odd(key))
        return self.request(f"read {name!r}", lambda: bytes(obstore.get(self._store, key).bytes()))

    def digest(self, name: str) -> tuple[int, str]:
        """Reads every byte of an object, and gives their number and sha256.

        Raises:
            NotThereError: There is none.
            RemoteError: The server does not give it.
        """
        key = self.location.key(name)

        def once() -> tuple[int, str]:
            if not _plain(key):
                data = self._read_odd(key)
                return len(data), hashlib.sha256(data).hexdigest()
            sha, size = hashlib.sha256(), 0
            for chunk in obstore.get(self._store, key).stream(_STREAM):
                sha.update(chunk)
                size += len(chunk)
            return size, sha.hexdigest()

        return self.request(f"read {name!r}", once)

    def download(self, name: str, to: Path) -> tuple[int, str]:
        """Writes an object into a file that is made anew, and gives number and sha256 of its bytes.

        Raises:
            NotThereError: There is no such object.
            RemoteError: The server does not give it.
            OSError: The file cannot be written.
        """
        key = self.location.key(name)

        def once() -> tuple[int, str]:
            sha, size = hashlib.sha256(), 0
            stream = obstore.get(self._store, key).stream(_STREAM)
            with to.open("wb") as file:
                for chunk in stream:
                    sha.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
            return size, sha.hexdigest()

        return self.request(f"read {name!r}", once)

    def put(self, name: str, data: bytes, *, replace: Stored | None = None) -> None:
        """Writes an object; its SHA-256 goes with it and the server refuses what does not come to that.

        Args:
            name: Its name.
            data: All of it.
            replace: What was listed under that name and is to be replaced; an object that is not this one
                stays. None: whatever is there stays.

        Raises:
            OtherContentError: There is something else under that name.
            RemoteError: The server does not take it.
        """
        key = self.location.key(name)
        try:
            self.request(f"write {name!r}", lambda: self._put(key, data, replace))
        except _OccupiedError:
            # Also the answer to a second try after a first whose own answer was lost.
            self.confirm(name, size=len(data), etags={md5(data)}, sha256=hashlib.sha256(data).hexdigest())

    def confirm(self, name: str, *, size: int, etags: set[str], sha256: str) -> None:
        """Makes sure that what is under a name is what was to be written.

        Raises:
            OtherContentError: It is not.
        """
        stored = self.list(name).get(name)
        if stored is None or stored.size != size or stored.etag not in etags:
            if stored is not None and self.digest(name) == (size, sha256):
                return
            raise OtherContentError(
                f"{self.location}/{name} is there already, with other content",
                remedy="see what differs with: facethemodel verify",
            )

    def client_call(self, what: str, operation: str, **arguments: Any) -> Any:
        """Asks for something that only the S3 client proper can do, on this bucket, with retries."""
        call = getattr(self._client, operation)
        return self.request(what, lambda: call(Bucket=self.location.bucket, **arguments))

    def request(self, what: str, action: Callable[[], T]) -> T:
        """Does something remote, again and again while its failure may pass.

        Raises:
            CredentialsError: The login was refused.
            RemoteError: All else; `NotThereError` and `ServerError` tell two kinds apart.
        """
        patience = self._patience
        until = time.monotonic() + (patience.retry if self._met else min(patience.first, patience.retry))
        pause = _FIRST_PAUSE
        while True:
            try:
                answer = action()
                self._met = True
                return answer
            except (AlreadyExistsError, PreconditionError) as error:
                raise _OccupiedError from error
            except REMOTE_ERRORS as error:
                if _code(error) == "PreconditionFailed":
                    raise _OccupiedError from error
                fault = understood(error, what=what, where=self.location)
                if not fault.passing or time.monotonic() + pause > until:
                    raise fault.error from error
            if self.stop.wait(pause * random.uniform(0.5, 1)):
                raise RemoteError("stopped")
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _put(self, key: str, data: bytes, replace: Stored | None) -> None:
        if _plain(key):
            mode: Any = "create" if replace is None else {"e_tag": f'"{replace.etag}"'}
            obstore.put(self._store, key, data, mode=mode, use_multipart=False)
            return
        held = {"IfNoneMatch": "*"} if replace is None else {"IfMatch": f'"{replace.etag}"'}
        self._client.put_object(
            Bucket=self.location.bucket, Key=key, Body=data, ChecksumAlgorithm="SHA256", **held
        )

    def _read_odd(self, key: str) -> bytes:
        return bytes(self._client.get_object(Bucket=self.location.bucket, Key=key)["Body"].read())


class _OccupiedError(RemoteError):
    """Something is under that key already."""

    def __init__(self) -> None:
        super().__init__("something is under that name already")


def connect(
    location: Location,
    *,
    endpoint_url: str | None = None,
    profile: str | None = None,
    patience: Patience = PATIENCE,
) -> Bucket:
    """Prepares to work with a bucket; nothing is sent yet.

    Credentials come by the usual chain: environment, shared files, container, instance.

    Args:
        location: Which bucket and prefix.
        endpoint_url: A server other than AWS; None takes it from the environment or the profile.
        profile: A name in the shared AWS files.
        patience: How long to wait.

    Raises:
        CredentialsError: There is no such profile, or no credentials at all.
        UsageError: The endpoint is no address.
    """
    try:
        # Not boto3: half of the time that a command takes to start would go into importing it.
        session = botocore.session.Session(profile=profile)
        credentials = session.get_credentials()
    except botocore.exceptions.ProfileNotFound as error:
        raise CredentialsError(
            f"there is no AWS profile {profile!r}", remedy="see which there are: aws configure list-profiles"
        ) from error
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsError(
            "the AWS credentials cannot be used", remedy="check the files in ~/.aws, or --profile"
        ) from error
    if credentials is None:
        raise CredentialsError(
            "there are no AWS credentials",
            remedy="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile: --profile NAME",
        )
    region = session.get_config_variable("region") or "us-east-1"
    try:
        client = session.create_client(
            "s3",
            region_name=region,
            endpoint_url=endpoint_url,
            config=botocore.config.Config(
                connect_timeout=patience.connect,
                read_timeout=patience.answer,
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
            ),
        )
    except ValueError as error:
        raise UsageError(
            f"{endpoint_url!r} is no address of a server", remedy="write it like http://127.0.0.1:8333"
        ) from error
    return Bucket(location, client, _store(location, client, credentials, region, patience), patience)


def _store(location: Location, client: Any, credentials: Any, region: str, patience: Patience) -> S3Store:
    """The fast client, at the very server that the other one has found in its settings."""
    endpoint = str(client.meta.endpoint_url)
    at = {} if endpoint.endswith(".amazonaws.com") else {"endpoint": endpoint}
    return S3Store(
        location.bucket,
        region=region,
        checksum_algorithm="SHA256",
        credential_provider=lambda: _current(credentials),
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=patience.connect),
            "read_timeout": timedelta(seconds=patience.answer),
            "timeout": timedelta(hours=6),
        },
        retry_config={"max_retries": 0},
        **at,  # type: ignore[arg-type]
    )


def _current(credentials: Any) -> S3Credential:
    """The credentials as they are now; those of a role change by the hour."""
    frozen = credentials.get_frozen_credentials()
    return {
        "access_key_id": frozen.access_key,
        "secret_access_key": frozen.secret_key,
        "token": frozen.token,
        "expires_at": datetime.now(UTC) + _ASK_AGAIN,
    }


def _plain(key: str) -> bool:
    """Whether the fast client takes a key as it is: it knows no control signs and bends backslashes."""
    return key.isprintable() and "\\" not in key


def _code(error: BaseException) -> str | None:
    if isinstance(error, botocore.exceptions.ClientError):
        return str(error.response.get("Error", {}).get("Code"))
    return None
