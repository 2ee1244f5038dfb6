from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facethemodel.download.answers import Fetched, Missed
from facethemodel.download.downloader import Downloader
from facethemodel.download.rules import Rules

QUICK = Rules(
    allow_private=True, rate=1000, per_host=8, backoff_seconds=0.01, stall_seconds=20, longest_wait=2.0
)


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A PNG of noise, some 30 kB, which no packing makes smaller."""
    import cv2

    pixels = np.random.default_rng(1).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


@pytest.fixture
def fetch(incoming: Path) -> Callable[..., Any]:
    """Fetches one address, or several at the same time, with quick rules that may be changed by name."""

    def call(*urls: str, sha256: str | None = None, headers: Any = (), **changes: Any) -> Any:
        async def all_of_them() -> list[Fetched | Missed]:
            async with Downloader(replace(QUICK, **changes), incoming) as downloader:
                return await asyncio.gather(
                    *(downloader.fetch(url, sha256=sha256, headers=headers) for url in urls)
                )

        results = asyncio.run(all_of_them())
        return results[0] if len(urls) == 1 else results

    return call
