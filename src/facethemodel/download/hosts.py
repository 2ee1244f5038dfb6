"""How often each host is asked, and when it is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from facethemodel.download.answers import MissedError
from facethemodel.download.rules import Rules

_LONGEST_DELAY = 30.0
_UNREACHABLE = 8
"""Connections in a row that did not come about, after which a host is left alone."""


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    interval: float
    free_at: float = 0.0
    unreachable: int = 0
    closed: str | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hosts:
    """Keeps requests apart, by host.

    Args:
        rules: Rates and numbers.
        note: Told when a host asks for a pause that a person would notice.
    """

    def __init__(self, rules: Rules, note: Callable[[str], None]) -> None:
        self._rules = rules
        self._note = note
        self._all = asyncio.Semaphore(rules.in_all)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Waits until a host may be asked, and counts as asking until the block ends.

        Raises:
            MissedError: The host is left alone for the rest of the run.
        """
        one = self._get(host)
        async with one.slots:
            async with one.asking:
                self._check(one)
                await self._until_free(one)
                self._check(one)
                one.free_at = self._now() + one.interval
            async with self._all:
                yield

    def slow_down(self, host: str, seconds: float) -> None:
        """Leaves at least so many seconds between two requests, at most 30."""
        one = self._get(host)
        one.interval = max(one.interval, min(seconds, _LONGEST_DELAY))

    def pause(self, host: str, seconds: float) -> None:
        """Asks nothing of a host for a while, or, where that is too long, for the rest of the run."""
        one = self._get(host)
        if seconds > self._rules.longest_wait:
            self.close(host, f"the host asks to be left alone for {seconds:,.0f} s")
            return
        until = self._now() + seconds
        if seconds >= 5 and until > one.free_at + 1:
            self._note(f"{host} asks for a pause of {seconds:,.0f} s")
        one.free_at = max(one.free_at, until)

    def close(self, host: str, reason: str) -> None:
        """Leaves a host alone for the rest of the run."""
        one = self._get(host)
        if one.closed is None:
            one.closed = reason
            self._note(f"{host} is not asked any more: {reason}")

    def reached(self, host: str) -> None:
        """Notes that a host gave an answer of any kind."""
        self._get(host).unreachable = 0

    def not_reached(self, host: str) -> None:
        """Notes that no connection came about."""
        one = self._get(host)
        one.unreachable += 1
        if one.unreachable >= _UNREACHABLE:
            self.close(host, "the host cannot be reached")

    def _get(self, host: str) -> _Host:
        if host not in self._hosts:
            self._hosts[host] = _Host(asyncio.Semaphore(self._rules.per_host), 1 / self._rules.rate)
        return self._hosts[host]

    async def _until_free(self, one: _Host) -> None:
        # A pause may be asked for while this waits.
        while (wait := one.free_at - self._now()) > 0:
            await asyncio.sleep(wait)

    @staticmethod
    def _check(one: _Host) -> None:
        if one.closed is not None:
            raise MissedError("failed", one.closed)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
