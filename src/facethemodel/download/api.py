"""Asking the interfaces that sites offer to programs, which answer in JSON."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from facethemodel.download.answers import MissedError
from facethemodel.download.downloader import Downloader
from facethemodel.download.rules import Rules
from facethemodel.errors import RemoteError

LONGEST = 20_000_000
"""Bytes of an answer."""


class NoAnswerError(RemoteError):
    """An interface that gave no answer.

    Args:
        what: What happened.
        reason: In the words of `Missed`, such as `HTTP 401`.
        remedy: What to do about it.
    """

    def __init__(self, what: str, *, reason: str, remedy: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.reason = reason


@dataclass(slots=True)
class Api:
    """One interface, asked one question at a time, for a thread without an event loop of its own.

    Questions go the same way as downloads: limits, pauses, redirects, private addresses. Headers and
    addresses of questions are written down nowhere, as they may hold a key.

    Attributes:
        name: What to call it in errors.
        base: Its address.
        rules: Limits and manners.
        headers: For every question, such as one with a key.
        interval: Seconds between two questions, at least.
    """

    name: str
    base: str
    rules: Rules
    headers: Sequence[tuple[str, str]] = ()
    interval: float = 1.0
    _free_at: float = field(default=0.0, init=False)

    def ask(self, parameters: Mapping[str, str | int]) -> Any:
        """Asks, and gives the answer as plain values.

        Raises:
            NoAnswerError: It did not answer, or not in JSON.
            RemoteError: It answered with a status that ends the run.
        """
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        try:
            text = asyncio.run(self._read(f"{self.base}?{urlencode(parameters)}"))
        except MissedError as error:
            reason = error.missed.reason
            raise NoAnswerError(f"{self.name} gave no answer: {reason}", reason=reason) from error
        finally:
            self._free_at = time.monotonic() + self.interval
        try:
            answer = json.loads(text)
            # Halves of signs, as in titles that were cut, can be neither written down nor asked with.
            return json.loads(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise NoAnswerError(f"{self.name} answered, but not in JSON", reason="no JSON") from error

    async def _read(self, address: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            async with Downloader(self.rules, Path(folder)) as downloader:
                headers = [("Accept", "application/json"), *self.headers]
                return await downloader.read(address, headers=headers, longest=LONGEST)
