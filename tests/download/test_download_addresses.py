from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from facethemodel.download.addresses import is_public
from facethemodel.download.answers import PRIVATE

Site = Any
Fetch = Callable[..., Any]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:0001::",
        "2002:c0a8:0101::1",
    ],
)
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0x7f000001", "2130706433", "0"],
)
def test_this_machine_is_not_asked_whatever_it_is_called(site: Site, fetch: Fetch, host: str) -> None:
    result = fetch(site.url("/a", host), allow_private=False, tries=1)
    assert (result.outcome, result.reason) == ("barred", PRIVATE)
    assert site.asked == []


def test_a_redirect_does_not_lead_to_this_machine(
    site: Site, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first host has to count as public for the second check to be reached at all.
    monkeypatch.setattr("facethemodel.download.addresses.is_public", lambda address: address == "127.0.0.1")
    site.scripts["/a"] = lambda asked: asked.answer(302, Location=site.url("/secret", "127.0.0.2"))
    result = fetch(site.url("/a"), allow_private=False)
    assert (result.outcome, result.reason) == ("barred", PRIVATE)
    assert site.paths == ["/a"]


def test_a_name_that_turns_private_gains_nothing(
    site: Site, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rebound(host: str, port: int, *_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    result = fetch(site.url("/a", "photos.example.org"), allow_private=False)
    assert (result.outcome, result.reason) == ("barred", PRIVATE)
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("file:///etc/passwd", "not an address of the web"),
        ("ftp://example.org/a.jpg", "not an address of the web"),
        ("http://", "not an address of the web"),
        ("http://[::1/a", "not an address of the web"),
        ("http://example.org:99999/a", "not an address of the web"),
        ("http://xn--a/", "not an address of the web"),
        ("http://paul:secret@example.org/a.jpg", "the address carries a login"),
    ],
)
def test_addresses_that_are_none(fetch: Fetch, address: str, reason: str) -> None:
    result = fetch(address)
    assert (result.outcome, result.reason) == ("barred", reason)
