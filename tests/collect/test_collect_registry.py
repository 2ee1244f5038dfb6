"""Collectors of other packages, which are installed as packages are: a folder of code and one of facts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from facethemodel.collect.registry import make, others
from facethemodel.errors import UsageError

ATTIC = '''
from facethemodel.collect.collector import Candidate
from facethemodel.errors import UsageError


class Attic:
    """Photos from the attic."""

    name = "attic"
    total = None

    def __init__(self, words):
        if not words:
            raise UsageError("which box?", remedy="facethemodel collect attic BOX")
        self.words = words

    def candidates(self, archive):
        for word in self.words:
            yield Candidate(key=word, url=f"http://localhost:9/{word}.jpg")


def nothing(words):
    """Gives no collector."""


def fails(words):
    """Fails when it is called."""
    return words[7]


number = 7
'''

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a distribution of one module with these entry points."""

    def put(distribution: str, module: str, code: str, **points: str) -> None:
        facts = tmp_path / f"{distribution}-1.2.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        lines = [f"{name} = {module}:{target}" for name, target in points.items()]
        (facts / "entry_points.txt").write_text("[facethemodel.collectors]\n" + "\n".join(lines) + "\n")
        (tmp_path / f"{module}.py").write_text(code)

    monkeypatch.syspath_prepend(str(tmp_path))
    return put


def test_another_packages_collector_is_found_and_made(install: Install) -> None:
    install("attic_photos", "attic_of_test", ATTIC, attic="Attic")
    (found,) = others()
    assert (found.name, found.package, found.problem) == ("attic", "attic_photos 1.2", None)
    assert found.summary == "Photos from the attic."
    assert make("attic", ["box"]).name == "attic"
    with pytest.raises(UsageError, match="which box"):
        make("attic", [])


def test_a_broken_one_is_named_and_breaks_no_other(install: Install) -> None:
    install("attic_photos", "attic_of_test_2", ATTIC, attic="Attic", urls="Attic", number="number")
    install("broken_photos", "broken_of_test", "import no_such_module_anywhere", broken="Broken")
    found = {one.name: one for one in others(taken={"urls"})}
    assert found["attic"].problem is None
    assert found["urls"].problem == "the name 'urls' is taken"
    assert "number cannot be called" in (found["number"].problem or "")
    assert "broken_photos 1.2" in (found["broken"].problem or "")
    assert "no_such_module_anywhere" in (found["broken"].problem or "")


def test_one_that_gives_no_collector_is_named(install: Install) -> None:
    install("attic_photos", "attic_of_test_3", ATTIC, nothing="nothing", fails="fails")
    with pytest.raises(UsageError, match="what it gives is no collector"):
        make("nothing", [])
    with pytest.raises(UsageError, match=r"'fails' of attic_photos 1.2 cannot be used: IndexError"):
        make("fails", [])
    with pytest.raises(UsageError, match="no collector 'cellar'"):
        make("cellar", [])
