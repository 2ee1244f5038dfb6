"""Servers and lines that fail: what is acknowledged is there, and nothing else is said to be."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from facethemodel.errors import CredentialsError, RemoteError
from facethemodel.project import Project
from facethemodel.storage.bucket import Bucket, Patience, connect
from facethemodel.storage.held import look
from facethemodel.storage.location import Location
from facethemodel.storage.pull import pull
from facethemodel.storage.push import push
from facethemodel.storage.verify import verify

BUCKET = "photos"
PLACE = Location(bucket=BUCKET, prefix="faults/")


def status(code: int, name: str = "") -> Callable[[Any, bytes], bool]:
    """Answers with an error instead of passing the request on."""

    def fault(handler: Any, body: bytes) -> bool:
        handler.answer(code, [], f"<Error><Code>{name}</Code></Error>".encode())
        return True

    return fault


def hang_up(handler: Any, body: bytes) -> bool:
    """Breaks the connection after the request came, which never reaches the server."""
    handler.close_connection = True
    return True


def lose_answer(handler: Any, body: bytes) -> bool:
    """The server does what it was asked; the connection breaks before it can say so."""
    handler.ask(body)
    handler.close_connection = True
    return True


def cut_answer(handler: Any, body: bytes) -> bool:
    """The answer breaks off in its middle."""
    code, headers, data = handler.ask(body)
    handler.answer(code, headers, data, cut=len(data) // 2)
    return True


def spoil_answer(handler: Any, body: bytes) -> bool:
    """One bit of the answer is wrong, and its length is right."""
    code, headers, data = handler.ask(body)
    handler.answer(code, headers, data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])
    return True


def spoil_request(handler: Any, body: bytes) -> bool:
    """One bit of what was sent is wrong when it reaches the server."""
    handler.answer(*handler.ask(body[:50] + bytes([body[50] ^ 4]) + body[51:]))
    return True


def slow(handler: Any, body: bytes) -> bool:
    """The answer takes a while."""
    time.sleep(0.5)
    handler.answer(*handler.ask(body))
    return True


@pytest.mark.parametrize(
    "fault",
    [status(500, "InternalError"), status(503, "SlowDown"), hang_up, lose_answer, slow],
    ids=["500", "503", "hang up", "answer lost", "slow"],
)
def test_a_push_through_a_burst_of_faults(
    project: Project, through: Bucket, bucket: Bucket, proxy: Any, fault: Callable[[Any, bytes], bool]
) -> None:
    proxy.plant("PUT", "/objects/", fault, times=8)
    proxy.plant("PUT", "/snapshots/", fault, times=1)
    proxy.plant("GET", "list-type", fault, times=1)
    report = push(project, through)
    assert (report.contents, report.sent, report.findings, proxy.pending) == (14, 14, (), 0)
    assert not verify(project, bucket, deep=True).differences


def test_bytes_spoilt_on_the_way_there_are_refused(
    project: Project, through: Bucket, bucket: Bucket, proxy: Any
) -> None:
    """The server gets the SHA-256 with the bytes, and says no; they are sent again."""
    proxy.plant("PUT", "/objects/", spoil_request, times=3)
    assert push(project, through).sent == 14
    assert proxy.pending == 0
    assert not verify(project, bucket, deep=True).differences


@pytest.mark.parametrize("fault", [spoil_answer, cut_answer], ids=["spoilt", "cut"])
def test_bytes_spoilt_on_the_way_back(
    large_project: Project, through: Bucket, bucket: Bucket, proxy: Any, tmp_path: Path, fault: Any
) -> None:
    push(large_project, bucket)
    proxy.plant("GET", "/objects/", fault, times=1)
    proxy.plant("GET", ".tar", fault, times=1)
    report = pull(through, tmp_path / "back")
    assert (report.files, report.findings, proxy.pending) == (62, (), 0)
    assert push(Project.open(tmp_path / "back"), bucket).known


def test_what_always_comes_back_wrong_is_never_the_same(
    project: Project, through: Bucket, proxy: Any, tmp_path: Path
) -> None:
    push(project, through)
    held = [name for name in look(through).listed if name.startswith("objects/")]
    proxy.plant("GET", held[0], spoil_answer, times=99)
    proxy.plant("GET", held[1], status(500, "InternalError"), times=99)
    counts = verify(project, through, deep=True).counts
    assert (counts["same"], counts["differs"]) == (13, 2)


def test_a_server_that_is_gone(project: Project) -> None:
    gone = connect(
        PLACE, endpoint_url="http://127.0.0.1:1", patience=Patience(retry=0.5, connect=1, answer=1)
    )
    with pytest.raises(RemoteError, match="cannot be reached"):
        push(project, gone)


def test_a_server_that_never_answers(project: Project, proxy: Any) -> None:
    def silence(handler: Any, body: bytes) -> bool:
        time.sleep(2)
        return hang_up(handler, body)

    proxy.plant("GET", "list-type", silence, times=99)
    deaf = connect(PLACE, endpoint_url=proxy.url, patience=Patience(retry=0.5, connect=1, answer=0.3))
    with pytest.raises(RemoteError, match="does not answer in time"):
        push(project, deaf)


@pytest.mark.parametrize(
    ("key", "secret"), [("writer", "a wrong one"), ("nobody", "nobody-secret")], ids=["secret", "key"]
)
def test_a_refused_login_is_tried_once(
    project: Project, proxy: Any, aws: Callable[..., None], key: str, secret: str
) -> None:
    aws(key, secret)
    with pytest.raises(CredentialsError, match="refused the access key") as refused:
        push(project, connect(PLACE, endpoint_url=proxy.url))
    assert len(proxy.requests) == 1
    assert secret not in f"{refused.value.what} {refused.value.remedy}"


def test_a_clock_that_is_wrong(project: Project, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own answer to a request of an hour ago."""
    import botocore.auth

    right = botocore.auth.get_current_datetime

    def wrong(*arguments: Any, **options: Any) -> Any:
        return right(*arguments, **options) - timedelta(hours=1)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", wrong)
    with pytest.raises(CredentialsError, match="clock"):
        push(project, connect(PLACE, endpoint_url=server.url))


def test_no_such_bucket(project: Project, server: Any, s3: Any) -> None:
    nowhere = connect(Location(bucket="nowhere", prefix=""), endpoint_url=server.url)
    with pytest.raises(RemoteError, match="there is no bucket 'nowhere'"):
        push(project, nowhere)
    assert "nowhere" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]


def test_who_may_not_list_is_told_nothing_about_what_is_there(
    project: Project, server: Any, bucket: Bucket, aws: Callable[..., None]
) -> None:
    push(project, bucket)
    aws("blind")
    blind = connect(bucket.location, endpoint_url=server.url)
    for action in (push, verify):
        with pytest.raises(CredentialsError, match="not allowed to list"):
            action(project, blind)


def test_no_credentials_and_no_profile(aws: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        connect(PLACE)
    with pytest.raises(CredentialsError, match="no AWS profile 'mine'"):
        connect(PLACE, profile="mine")


def test_a_profile_of_the_shared_files(
    server: Any, project: Project, prefix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "aws-credentials").write_text(
        "[home]\naws_access_key_id = writer\naws_secret_access_key = writer-secret\n"
    )
    (tmp_path / "aws-config").write_text(f"[profile home]\nendpoint_url = {server.url}\n")
    home = connect(Location(bucket=BUCKET, prefix=f"{prefix}/"), profile="home")
    assert push(project, home).sent == 14


def test_an_object_that_vanishes_before_the_manifest(
    project: Project, through: Bucket, bucket: Bucket, proxy: Any, s3: Any
) -> None:
    """A server that takes something, says so, and loses it: no snapshot is promised."""

    def forget(handler: Any, body: bytes) -> bool:
        answer = handler.ask(body)
        s3.delete_object(Bucket=BUCKET, Key=handler.path.removeprefix(f"/{BUCKET}/"))
        handler.answer(*answer)
        return True

    proxy.plant("PUT", "/objects/", forget, times=1)
    report = push(project, through)
    assert report.snapshot is None
    assert [one.verdict for one in report.findings] == ["missing there"]
    assert not [name for name in bucket.list() if name.startswith("snapshots/")]
    assert push(project, through).sent == 1
