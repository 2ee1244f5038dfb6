from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

ATTIC = """
from facethemodel.collect.collector import Candidate

class Attic:
    name = "attic"
    total = None

    def __init__(self, words):
        self.words = words

    def candidates(self, archive):
        for word in self.words:
            yield Candidate(key=word, url=f"https://attic.example/{word}.jpg")
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def project(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRAVE_API_KEY", raising=False)
    assert cli("new", "paul", "--person", "Paul McCartney")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("web", "ada"), 2, "nothing says what the photos are for"),
        (("web", " ", "--as", "person"), 2, "a query is empty"),
        (("web", "ad\udcff", "--as", "person"), 2, r"the query ad\xff is no text in UTF-8"),
        (("web", "ada", "--as", "person", "--engine", "google"), 2, "google"),
        (("web", "ada", "--as", "person", "--key-file", "x"), 2, "--engine commons takes no key"),
        (("web", "ada", "--as", "person", "--engine", "brave"), 3, "there is no key in BRAVE_API_KEY"),
        (("web", "ada", "--as", "person", "--engine", "brave", "--key-file", "gone"), 3, "cannot be read"),
        (("web", "ada", "--as", "person", "--engine-address", "http://127.0.0.1:9/x"), 4, "local network"),
        (("web", "ada", "--as", "person", "--engine-address", ""), 4, "not an address of the web"),
        (("instagram", "ada"), 2, "nothing says what the photos are for"),
        (("instagram", "ada", "--as", "person", "--session", "session-x"), 3, "there is no session"),
        (("facescrub", "gone.txt"), 2, "gone.txt is not there"),
        (("facescrub", "gone.txt", "--as", "person"), 2, "say themselves who is on their photos"),
        (("facscrub", "gone.txt"), 2, "Did you mean 'facescrub'?"),
        (("attic",), 2, "There is no command 'attic'"),
    ],
)
def test_mistakes_are_explained(cli: Run, words: tuple[str, ...], code: int, said: str) -> None:
    got, _, error = cli("collect", *words)
    assert (got, said in error) == (code, True), error


def test_a_key_is_shown_nowhere(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAVE_API_KEY", "two words")
    code, out, error = cli("collect", "web", "ada", "--as", "person", "--engine", "brave")
    assert (code, "two words" in out + error) == (3, False)
    (tmp_path / "key").write_text("secret-key\n")
    words = ("--engine", "brave", "--key-file", "key", "--engine-address", "http://127.0.0.1:9/", "--debug")
    code, out, error = cli("collect", "web", "ada", "--as", "person", *words)
    assert (code, "secret-key" in out + error) == (4, False)
    files = [path for path in (tmp_path / "paul").rglob("*") if path.is_file()]
    assert not any(b"secret-key" in path.read_bytes() for path in files)


def test_all_collectors_are_listed(cli: Run) -> None:
    code, out, _ = cli("collect", "--list")
    assert code == 0
    assert all(name in out for name in ("urls", "facescrub", "instagram", "web", "gallery"))
    for words in (("--list", "--json"), ("--json", "--list")):
        code, out, _ = cli("collect", *words)
        names = [one["name"] for one in json.loads(out)["collectors"]]
        assert (code, names) == (0, ["urls", "facescrub", "instagram", "web", "gallery"])
    code, out, error = cli("collect", "--json", "urls", "list.txt")
    assert (code, out, "give it after the collector" in error) == (2, "", True)


def test_another_packages_collector_is_a_command(
    cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "attic_photos-1.2.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: attic-photos\nVersion: 1.2\n")
    (facts / "entry_points.txt").write_text(
        "[facethemodel.collectors]\nattic = attic_of_cli_test:Attic\nbroken = no_such_module:Broken\n"
    )
    (tmp_path / "attic_of_cli_test.py").write_text(ATTIC)
    monkeypatch.syspath_prepend(str(tmp_path))
    code, out, error = cli("collect", "attic", "box", "chest", "--as", "person", "--dry-run")
    assert (code, "2 addresses: 2 not asked" in out) == (0, True)
    code, out, error = cli("collect", "--list")
    assert (code, "attic-photos 1.2" in out, "no_such_module" in error) == (1, True, True)
    found = json.loads(cli("collect", "--list", "--json")[1])
    assert {"name": "attic", "from": "attic-photos 1.2", "summary": found["collectors"][-1]["summary"]} in (
        found["collectors"]
    )
    assert "no_such_module" in found["problems"][0]
    code, _, error = cli("collect", "broken", "--as", "person")
    assert (code, "the collector 'broken' of attic-photos 1.2 cannot be used" in error) == (2, True)
