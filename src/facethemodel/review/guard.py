"""Keeps everything away from the page but the browser window that it was opened in.

A server on 127.0.0.1 can be reached by every web page that the user has open and by every user of the
machine. So a request has to name this server as its host (a foreign name could be made to point here), must
not come from another site, must bear the cookie that was given for the one-time token, and to change anything
also the word that only the page itself knows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1 << 20
"""Of a request's body."""
CSRF_HEADER = "x-review-word"
HEADERS = (
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
)
_SAFE = ("GET", "HEAD")


@dataclass(slots=True)
class Keys:
    """The secrets of one run of the server.

    Attributes:
        token: Stands in the address that is printed; good for one exchange.
        session: What the cookie holds.
        word: What the page sends along with everything that changes something.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    word: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    spent: bool = False


class Guard:
    """The outermost layer of the application.

    Args:
        app: What lies behind.
        keys: The secrets.
        port: Where the server listens.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, port: int) -> None:
        self._app = app
        self._keys = keys
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._cookie = f"facethemodel-review-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers what is refused, and the exchange of the token, by itself."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = _Headers(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _answer(send, *refusal)
            return
        token = parse_qs(scope["query_string"].decode("ascii", "replace")).get("token", [""])[0]
        if scope["path"] == "/" and token:
            await self._exchange(send, token, headers)
            return
        if not self._known(headers):
            await _answer(send, 403, NO_COOKIE)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_encoded(HEADERS)]
            await send(message)

        await self._app(scope, _Limited(receive, MOST_BYTES), guarded)

    def _refusal(self, scope: Scope, headers: _Headers) -> tuple[int, str] | None:
        hosts = headers.all("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "This server answers only under its own address.\n"
        origins = headers.all("origin")
        if any(origin != f"http://{hosts[0].lower()}" for origin in origins):
            return 403, "Requests of other sites are not answered.\n"
        if any(site not in ("same-origin", "none") for site in headers.all("sec-fetch-site")):
            return 403, "Requests of other sites are not answered.\n"
        if scope["method"] in _SAFE:
            return None
        if scope["method"] != "POST":
            return 405, "There is nothing here for that method.\n"
        if len(origins) != 1 or not _same(headers.one(CSRF_HEADER), self._keys.word):
            return 403, "Only the page itself can change anything.\n"
        if headers.one("content-type").split(";")[0].strip() != "application/json":
            return 415, "Send JSON.\n"
        length = headers.one("content-length")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return 413, "Too much at once.\n"
        return None

    async def _exchange(self, send: Send, token: str, headers: _Headers) -> None:
        """Takes the token once, for a cookie; a browser that merely fetches ahead does not use it up."""
        if "prefetch" in headers.one("sec-purpose") or "prefetch" in headers.one("purpose"):
            await _answer(send, 403, "Not ahead of time.\n")
            return
        if not self._keys.spent and _same(token, self._keys.token):
            self._keys.spent = True
            cookie = f"{self._cookie}={self._keys.session}; Path=/; HttpOnly; SameSite=Strict"
            await _answer(send, 303, "", (("location", "/"), ("set-cookie", cookie)))
        elif self._known(headers):
            await _answer(send, 303, "", (("location", "/"),))
        else:
            await _answer(send, 403, NO_COOKIE)

    def _known(self, headers: _Headers) -> bool:
        for line in headers.all("cookie"):
            try:
                cookie = SimpleCookie(line).get(self._cookie)
            except CookieError:
                continue
            if cookie is not None and _same(cookie.value, self._keys.session):
                return True
        return False


NO_COOKIE = (
    "This address works once, and only in the browser it was first opened in.\n\n"
    "Stop the server with Ctrl+C, start it again with: facethemodel review\n"
    "and open the address that it prints. Nothing that was decided is lost.\n"
)


class _Headers:
    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]

    def all(self, name: str) -> list[str]:
        return [value for known, value in self._raw if known == name]

    def one(self, name: str) -> str:
        """The value of a header that is there once; empty otherwise."""
        found = self.all(name)
        return found[0] if len(found) == 1 else ""


class _Limited:
    """Receives a body up to a limit; what was announced is compared before, what comes is counted here."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else {"type": "http.disconnect"}


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]


async def _answer(send: Send, status: int, text: str, headers: Iterable[tuple[str, str]] = ()) -> None:
    body = text.encode()
    own = (("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))))
    rest = (("cache-control", "no-store"), *HEADERS)
    await send(
        {"type": "http.response.start", "status": status, "headers": _encoded((*own, *headers, *rest))}
    )
    await send({"type": "http.response.body", "body": body})
