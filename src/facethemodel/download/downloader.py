"""One address after another becomes a file, or a reason why not."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

import aiohttp
from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_base, wait_random_exponential
from yarl import URL

from facethemodel.download import robots
from facethemodel.download.addresses import (
    GuardedResolver,
    PrivateAddressError,
    check_literal,
    is_unknown_name,
    parsed,
)
from facethemodel.download.answers import (
    NO_SUCH_HOST,
    PRIVATE,
    Fetched,
    Missed,
    MissedError,
    PassingError,
    check_status,
)
from facethemodel.download.cookies import Cookies
from facethemodel.download.hosts import Hosts
from facethemodel.download.parts import Part, sweep
from facethemodel.download.receive import receive
from facethemodel.download.rules import Rules
from facethemodel.errors import RemoteError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "image/jpeg,image/png,image/webp,image/*;q=0.8,*/*;q=0.5"

_T = TypeVar("_T")
_P = ParamSpec("_P")
Headers = Sequence[tuple[str, str]]


class Downloader:
    """Fetches files; to be used in an `async with` statement.

    Args:
        rules: Limits and manners.
        folder: For files on their way in. What was cut off is found there and gone on with.
        note: Told, in one line, when a host asks for a pause or is given up.

    Raises:
        CredentialsError: The cookies cannot be read.
    """

    def __init__(
        self, rules: Rules, folder: Path, *, note: Callable[[str], None] = lambda line: None
    ) -> None:
        self.requests = 0
        self._rules = rules
        self._folder = folder
        self._cookies = Cookies(rules.cookies)
        self._hosts = Hosts(rules, note)
        self._sites: dict[str, asyncio.Task[robots.SiteRules]] = {}

    async def __aenter__(self) -> Self:
        sweep(self._folder)
        rules = self._rules
        self._resolver = GuardedResolver(allow_private=rules.allow_private)
        self._session = ClientSession(
            connector=TCPConnector(limit=0, ttl_dns_cache=300, resolver=self._resolver),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(
                total=rules.total_seconds, connect=rules.connect_seconds, sock_read=rules.stall_seconds
            ),
            headers={
                "User-Agent": f"{robots.AGENT}/{version('facethemodel')} (fetches what its user lists)",
                "Accept": _ACCEPT,
                "Accept-Encoding": "identity",
            },
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._sites.values():
            task.cancel()
        await asyncio.gather(*self._sites.values(), return_exceptions=True)
        await self._session.close()
        await self._resolver.close()

    async def fetch(
        self, address: str, *, headers: Headers = (), sha256: str | None = None
    ) -> Fetched | Missed:
        """Fetches one file; the same address must not be fetched twice at the same time.

        Args:
            address: Of the file.
            headers: Sent beside the usual ones, and not to other hosts it redirects to.
            sha256: What the bytes must hash to, in hex.

        Raises:
            RemoteError: A server answered with a status that ends the run.
            StorageError: The disk takes no more.
        """
        part = Part.of(self._folder, address)
        try:
            fetched, resumed = await self._fetch(address, headers, part)
            if resumed and sha256 not in (None, fetched.sha256):
                # Two versions of the file may have been put together.
                part.remove()
                fetched, _ = await self._fetch(address, headers, part)
            if sha256 not in (None, fetched.sha256):
                raise MissedError(
                    "wrong hash", "other bytes than promised", robots=fetched.robots, sha256=fetched.sha256
                )
        except MissedError as error:
            if error.missed.outcome != "failed":
                part.remove()
            return error.missed
        return fetched

    def forget(self, address: str) -> None:
        """Removes what is here of an address whose file is not needed; it must not be fetched meanwhile."""
        Part.of(self._folder, address).remove()

    async def read(self, address: str, *, headers: Headers = (), longest: int) -> bytes:
        """Reads a text that a site offers to programs; its robots.txt, which is about pages, is not asked.

        Args:
            address: Of the text.
            headers: Sent beside the usual ones, and not to other hosts it redirects to.
            longest: Bytes at most.

        Raises:
            MissedError: There is none.
            RemoteError: A server answered with a status that ends the run.
        """
        url = parsed(address)
        try:
            return await self._again_and_again(self._read_once, url, headers, longest)
        except PassingError as error:
            raise MissedError("failed", error.reason) from error

    async def _read_once(self, url: URL, headers: Headers, longest: int) -> bytes:
        async with self._answer(url, headers, ask_site=False) as (response, _):
            check_status(response.status, response.headers)
            text = b""
            async for chunk in response.content.iter_chunked(1 << 16):
                text += chunk
                if len(text) > longest:
                    raise MissedError("refused", f"an answer of more than {longest:,} bytes")
            return text

    async def _fetch(self, address: str, headers: Headers, part: Part) -> tuple[Fetched, bool]:
        url = parsed(address)
        try:
            found, directives, resumed = await self._again_and_again(self._once, url, headers, part)
        except PassingError as error:
            raise MissedError("failed", error.reason) from error
        digest = await asyncio.to_thread(_sha256, part.path)
        fetched = Fetched(path=part.path, sha256=digest, size=part.size, url=str(found), robots=directives)
        return fetched, resumed

    async def _once(self, url: URL, headers: Headers, part: Part) -> tuple[URL, str | None, bool]:
        ranged = part.range_headers()
        async with self._answer(url, [*headers, *ranged.items()], ask_site=True) as (response, found):
            directives = robots.written(response.headers, response.headers.getall("X-Robots-Tag", ()))
            if response.status == 416 and ranged:
                if part.complete_says(response.headers):
                    return found, directives, True
                part.remove()
                raise PassingError("HTTP 416", wait=0.0)
            check_status(response.status, response.headers)
            forbidden = robots.forbids(directives) if self._rules.obey_robots else None
            if forbidden is not None:
                raise MissedError("barred", f"the site says {forbidden}", robots=directives)
            resumed = await receive(response, part, self._rules)
        return found, directives, resumed

    async def _again_and_again(
        self, ask: Callable[_P, Awaitable[_T]], *arguments: _P.args, **options: _P.kwargs
    ) -> _T:
        """Asks until there is an answer, with pauses drawn at random that double in length."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(PassingError),
            stop=stop_after_attempt(self._rules.tries),
            wait=_Backoff(self._rules),
            reraise=True,
        )
        return await retrying(ask, *arguments, **options)

    @asynccontextmanager
    async def _answer(
        self, url: URL, headers: Headers, *, ask_site: bool, way: list[URL] | None = None
    ) -> AsyncIterator[tuple[ClientResponse, URL]]:
        """Opens an answer at the end of all redirects, each of which is checked like the first address.

        Args:
            url: The first address.
            headers: Sent beside the usual ones.
            ask_site: Whether robots.txt has a say.
            way: Receives each address before it is asked, for those who must know where it ended.
        """
        for _ in range(self._rules.redirects + 1):
            if way is not None:
                way.append(url)
            check_literal(url, allow_private=self._rules.allow_private)
            if ask_site and self._rules.obey_robots:
                await self._ask_site(url)
            async with self._request(url, headers) as response:
                if response.status not in _REDIRECTS:
                    yield response, url
                    return
                target = response.headers.get("Location", "")
            url, headers = _redirected(url, target, headers)
        raise MissedError("refused", f"more than {self._rules.redirects} redirects")

    @asynccontextmanager
    async def _request(self, url: URL, headers: Headers) -> AsyncIterator[ClientResponse]:
        host = _host(url)
        cookies = self._cookies.for_address(str(url))
        sent = dict(headers) | ({"Cookie": cookies} if cookies else {})
        async with self._hosts.turn(host):
            self.requests += 1
            try:
                async with self._session.get(url, headers=sent, allow_redirects=False) as response:
                    self._hosts.reached(host)
                    if response.status in self._rules.abort_on:
                        raise RemoteError(
                            f"{host} answered HTTP {response.status}, which ends the run",
                            remedy="wait for some hours; the same command then goes on where it stopped",
                        )
                    yield response
            except PassingError as error:
                if error.wait:
                    self._hosts.pause(host, error.wait)
                raise
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                passing = _understood(error, self._rules)
                if passing.unreachable:
                    self._hosts.not_reached(host)
                raise passing from error

    async def _ask_site(self, url: URL) -> None:
        """Raises `MissedError` where a site's robots.txt does not allow an address."""
        origin = url.origin()
        if str(origin) not in self._sites:
            self._sites[str(origin)] = asyncio.create_task(self._read_site(origin))
        # Shielded: one address that is given up must not take the answer from the others.
        site = await asyncio.shield(self._sites[str(origin)])
        if not site.allows(str(url)):
            raise MissedError("barred", "the site's robots.txt says no")

    async def _read_site(self, origin: URL) -> robots.SiteRules:
        way: list[URL] = []
        try:
            site = await self._again_and_again(self._read_site_once, origin, way)
        except PassingError as error:
            # Nobody knows what the site wants, which by RFC 9309 is a no for now.
            reason = error.reason if error.unreachable else f"its robots.txt cannot be read: {error.reason}"
            self._hosts.close(_host(origin), reason)
            raise MissedError("failed", reason) from error
        except MissedError as error:
            if error.missed.outcome == "refused":
                # Sent round in circles, or something stranger: by RFC 9309 as if there were none.
                site = robots.SiteRules("")
            elif way[-1].origin() != origin:
                # Of the host that it was sent on to this says something, of the site's own photos nothing.
                reason = f"its robots.txt cannot be read: {error.missed.reason}"
                self._hosts.close(_host(origin), reason)
                raise MissedError("failed", reason) from error
            else:
                raise
        self._hosts.slow_down(_host(origin), site.delay)
        return site

    async def _read_site_once(self, origin: URL, way: list[URL]) -> robots.SiteRules:
        async with self._answer(origin / "robots.txt", (), ask_site=False, way=way) as (response, _):
            empty = response.status in (204, 205)
            if empty or (400 <= response.status < 500 and response.status != 429):
                return robots.SiteRules("")
            check_status(response.status, response.headers)
            text = b""
            async for chunk in response.content.iter_chunked(robots.LONGEST):
                text += chunk
                if len(text) >= robots.LONGEST:
                    break
            return robots.SiteRules(text[: robots.LONGEST].decode("utf-8", "replace"))


class _Backoff(wait_base):
    """Full jitter: a wait between 0 and a bound that doubles; what a server asks for comes on top."""

    def __init__(self, rules: Rules) -> None:
        self._longest = rules.longest_wait
        self._jitter = wait_random_exponential(multiplier=rules.backoff_seconds, max=rules.longest_wait)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome is not None else None
        asked = error.wait if isinstance(error, PassingError) else None
        if asked is None:
            return self._jitter(retry_state)
        # Who asks for too much is not waited for at all: the host is closed by now.
        return 0.0 if asked > self._longest else asked + random.uniform(0, min(1.0, asked))


def _understood(error: Exception, rules: Rules) -> PassingError:
    """Says what went wrong with a connection; raises `MissedError` for what is final."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if isinstance(error.os_error, PrivateAddressError):
            raise MissedError("barred", PRIVATE) from error
        if is_unknown_name(error.os_error):
            raise MissedError("dead", NO_SUCH_HOST) from error
        return PassingError("the name cannot be looked up", unreachable=True)
    if isinstance(error, aiohttp.ClientSSLError):
        raise MissedError("barred", "no valid certificate") from error
    if isinstance(error, aiohttp.InvalidURL):
        raise MissedError("barred", "not an address of the web") from error
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return PassingError(f"no connection within {rules.connect_seconds:g} s", unreachable=True)
    if isinstance(error, aiohttp.SocketTimeoutError):
        return PassingError(f"nothing came for {rules.stall_seconds:g} s")
    if isinstance(error, TimeoutError):
        return PassingError(f"not complete after {rules.total_seconds:g} s")
    if isinstance(error, aiohttp.ClientConnectorError):
        return PassingError("no connection", unreachable=True)
    if isinstance(error, aiohttp.ClientResponseError):
        return PassingError("an answer that is no HTTP")
    return PassingError("the connection was cut")


def _redirected(url: URL, target: str, headers: Headers) -> tuple[URL, Headers]:
    try:
        following = parsed(str(url.join(URL(target))))
    except ValueError as error:
        raise MissedError("refused", "a redirect to nowhere") from error
    if following.origin() != url.origin():
        headers = [
            (name, value) for name, value in headers if name.lower() in ("range", "if-range", "referer")
        ]
    return following, headers


def _host(url: URL) -> str:
    return f"{url.host}:{url.explicit_port}" if url.explicit_port else str(url.host)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
