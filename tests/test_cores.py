"""The count of cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from facethemodel import cores


def test_a_containers_share_of_the_cores_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "cpu.max"
    monkeypatch.setattr(cores, "_CGROUP_LIMIT", limit)
    free = cores.available_cores()
    assert free >= 1
    for text, expected in (
        ("max 100000", free),
        ("100000 100000", 1),
        ("30000 100000", 1),
        ("nonsense", free),
    ):
        limit.write_text(text)
        assert cores.available_cores() == expected
