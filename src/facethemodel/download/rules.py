"""How a download behaves towards other people's machines, and what it lets them do to this one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits and manners; the defaults are polite and safe.

    Attributes:
        rate: Requests a second to one host, at most; a longer `Crawl-delay` in its robots.txt goes before,
            up to 30 seconds.
        per_host: Requests to one host at the same time.
        in_all: Requests to all hosts at the same time.
        tries: How often one address is asked before it is given up for this run.
        redirects: How many a request may follow; each goes through every check anew.
        connect_seconds: For a connection to stand.
        stall_seconds: Without a byte; after so long an answer must also have come at `slowest` on average.
        slowest: Bytes a second.
        total_seconds: For one answer from first to last byte.
        longest_wait: Seconds a server's `Retry-After` is obeyed for; who asks for more is left alone for the
            rest of the run.
        backoff_seconds: The first wait between tries is drawn from 0 to this; it doubles with each, and no
            wait is longer than `longest_wait`.
        max_bytes: A larger answer is not read to its end.
        allow_private: Whether addresses of this machine and of local networks may be asked.
        obey_robots: Whether robots.txt and `X-Robots-Tag` are obeyed; they are recorded in any case.
        cookies: A Netscape cookies.txt; read, sent to the hosts it names, never stored.
        abort_on: HTTP status codes that end the run at once.
    """

    rate: float = 5.0
    per_host: int = 2
    in_all: int = 16
    tries: int = 4
    redirects: int = 5
    connect_seconds: float = 15.0
    stall_seconds: float = 30.0
    slowest: float = 500.0
    total_seconds: float = 600.0
    longest_wait: float = 120.0
    backoff_seconds: float = 1.0
    max_bytes: int = 100_000_000
    allow_private: bool = False
    obey_robots: bool = True
    cookies: Path | None = None
    abort_on: frozenset[int] = frozenset()
