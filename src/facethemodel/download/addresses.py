"""Which addresses may be asked: what is written is checked, and what a name stands for when connecting."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from facethemodel.download.answers import NO_SUCH_HOST, PRIVATE, MissedError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Names are looked up by the C library, which waits for seconds where a name server is gone.
_LOOKUPS = 16
_UNKNOWN = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class PrivateAddressError(OSError):
    """A name that stands for private addresses only."""


def parsed(text: str) -> URL:
    """Reads an address.

    Raises:
        MissedError: It is none, or not of the web, or carries a login, which would be written down with it.
    """
    try:
        url = URL(text)
        # Both are looked at only when asked for.
        url.port, url.host  # noqa: B018
    except (ValueError, TypeError) as error:
        raise MissedError("barred", "not an address of the web") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise MissedError("barred", "not an address of the web")
    if url.user is not None or url.password is not None:
        raise MissedError("barred", "the address carries a login")
    return url


def is_public(text: str) -> bool:
    """Tells whether an IP address belongs to a machine of the internet.

    What carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is judged by that one too.

    Raises:
        ValueError: The text is no IP address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    inner: list[ipaddress.IPv4Address | None] = []
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:
            return False
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        inner = [address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    if not all(is_public(str(one)) for one in inner if one is not None):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not (special or address.is_link_local or address.is_private)


def check_literal(url: URL, *, allow_private: bool) -> None:
    """Refuses a private address that is written as numbers; names are the resolver's business.

    Raises:
        MissedError: It is private.
    """
    host = url.host or ""
    if allow_private or not _is_number(host):
        return
    with suppress(OSError):
        # Spellings such as 127.1 and 2130706433, which the C library takes for addresses.
        host = socket.inet_ntoa(socket.inet_aton(host))
    try:
        public = is_public(host)
    except ValueError:
        public = False
    if not public:
        raise MissedError("barred", PRIVATE)


def _is_number(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2][:1].isdigit()


class GuardedResolver(AbstractResolver):
    """Looks names up and leaves private addresses out; aiohttp connects to nothing but what it gives.

    So a name that is public when checked and private when used gains nothing. Names that do not exist are
    remembered.

    Args:
        allow_private: Whether private addresses stay in.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._pool = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="names")
        self._unknown: dict[str, socket.gaierror] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Gives the addresses that a name stands for.

        Raises:
            PrivateAddressError: They are all private.
            socket.gaierror: There are none, or the name servers cannot be asked.
        """
        if host in self._unknown:
            raise self._unknown[host]
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._pool, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
            )
        except socket.gaierror as error:
            if error.errno in _UNKNOWN:
                self._unknown[host] = error
            raise
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, NO_SUCH_HOST) from error
        results = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
            if kind in (socket.AF_INET, socket.AF_INET6)
        ]
        allowed = [one for one in results if self._allow_private or is_public(one["host"])]
        if not allowed:
            raise PrivateAddressError(f"{host} is {PRIVATE}")
        return allowed

    async def close(self) -> None:
        """Lets go of the threads; a look-up that still waits is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def is_unknown_name(error: OSError) -> bool:
    """Tells whether a look-up ended with the answer that there is no such name."""
    return isinstance(error, socket.gaierror) and error.errno in _UNKNOWN
