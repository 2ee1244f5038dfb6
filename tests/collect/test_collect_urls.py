from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue.records import Claim
from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.urls import UrlList
from facethemodel.errors import NoUsableDataError, UsageError

PERSON = Claim(role="person")
STRANGER = Claim(role="stranger")


class Nothing:
    def holds(self, key: str) -> bool:
        return False


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def entries(path: Path, claim: Claim | None = PERSON) -> list[Candidate | BadEntry]:
    found = UrlList(path, claim=claim)
    listed = list(found.candidates(Nothing()))
    assert len(listed) == found.total
    return listed


def candidate(path: Path, claim: Claim | None = PERSON) -> Candidate:
    (one,) = entries(path, claim)
    assert isinstance(one, Candidate), one
    return one


def reasons(path: Path, claim: Claim | None = PERSON) -> list[tuple[str, str]]:
    return [(one.where, one.reason) for one in entries(path, claim) if isinstance(one, BadEntry)]


@pytest.mark.parametrize("name", ["list.txt", "list", "list.urls"])
def test_one_address_a_line(tmp_path: Path, name: str) -> None:
    text = "# two of mine\r\n\r\n  http://example.org/a.jpg  \r\nhttps://example.org/b.jpg?x=1#part\r\nhello"
    found = entries(written(tmp_path / name, text))
    assert [one.url for one in found if isinstance(one, Candidate)] == [
        "http://example.org/a.jpg",
        "https://example.org/b.jpg?x=1",
    ]
    assert found[-1] == BadEntry(where=f"{name}, line 5", reason="not an address of the web")


ALL = {
    "url": "http://example.org/a.jpg",
    "role": "Stranger",
    "identity": "Ann Example",
    "query": "ann, outdoors",
    "post": "p1",
    "date": "1969-01-30",
    "author": "Böb",
    "license": "CC0",
    "sha256": "AB" * 32,
    "box": "1, 2.5 3 4",
    "mood": "good",
}


@pytest.mark.parametrize(
    "name", ["list.csv", "semicolons.csv", "list.tsv", "utf16.csv", "list.jsonl", "list.parquet"]
)
def test_all_columns_in_all_formats(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        values = ALL | {"date": datetime.date(1969, 1, 30), "box": [1.0, 2.5, 3.0, 4.0], "picture": b"\xff"}
        parquet.write_table(pyarrow.Table.from_pylist([values]), path)
    elif path.suffix == ".jsonl":
        import json

        written(path, json.dumps(ALL | {"box": [1, 2.5, 3, 4]}) + "\n\n")
    else:
        mark = {"semicolons.csv": ";", "list.tsv": "\t"}.get(name, ",")
        lines = [mark.join(ALL), mark.join(f'"{value}"' for value in ALL.values())]
        text = "\ufeff" + "\n".join(lines)
        written(path, text.encode("utf-16-le" if name == "utf16.csv" else "utf-8"))
    one = candidate(path, None)
    assert one == Candidate(
        key="http://example.org/a.jpg",
        url="http://example.org/a.jpg",
        claim=Claim(role="stranger", identity="Ann Example"),
        query="ann, outdoors",
        post="p1",
        taken="1969-01-30",
        author="Böb",
        licence="CC0",
        sha256="ab" * 32,
        box=(1.0, 2.5, 3.0, 4.0),
    )
    assert UrlList(path).unknown == ("mood",)


@pytest.mark.parametrize(
    ("row", "claim", "expected"),
    [
        ({}, PERSON, PERSON),
        ({"role": "stranger"}, PERSON, STRANGER),
        ({"identity": "Ann"}, STRANGER, Claim(role="stranger", identity="Ann")),
        ({"identity": "Ann"}, Claim(role="stranger", identity="Bob"), Claim(role="stranger", identity="Ann")),
        ({}, Claim(role="stranger", identity="Bob"), Claim(role="stranger", identity="Bob")),
        ({"role": "person"}, Claim(role="stranger", identity="Bob"), PERSON),
        ({"role": "curveball", "category": "cats"}, None, Claim(role="curveball", category="cats")),
        ({"role": "curveball"}, PERSON, "a curveball without a category"),
        ({"role": "alien"}, None, "the role is none of person, stranger, curveball"),
        ({"identity": "Ann"}, PERSON, "role, identity and category do not go together"),
        ({"role": "person", "category": "cats"}, None, "role, identity and category do not go together"),
    ],
)
def test_what_a_line_says_goes_before_what_the_command_says(
    tmp_path: Path, row: dict[str, str], claim: Claim | None, expected: Claim | str
) -> None:
    values = {"url": "http://example.org/a.jpg", "role": "", "identity": "", "category": ""} | row
    path = written(tmp_path / "list.csv", ",".join(values) + "\n" + ",".join(values.values()))
    if claim is None and not row.get("role"):
        claim = PERSON
    (one,) = entries(path, claim)
    assert (one.claim if isinstance(one, Candidate) else one.reason) == expected


def test_bad_lines_are_named_and_the_others_taken(tmp_path: Path) -> None:
    lines = [
        "url,sha256,box",
        "http://example.org/1.jpg,,",
        "ftp://example.org/2.jpg,,",
        ",,",
        "",
        "example.org/3.jpg,,",
        "http://example.org/4.jpg,abc,",
        'http://example.org/5.jpg,,"1,2,3"',
        'http://example.org/6.jpg,,"1,2,0,4"',
        "http://example.org/7.jpg,,,more",
        '"http://example.org/8\n.jpg",,',
        "http://[::1/9.jpg,,",
    ]
    path = written(tmp_path / "list.csv", "\n".join(lines))
    assert reasons(path) == [
        ("list.csv, line 3", "not an address of the web"),
        ("list.csv, line 6", "not an address of the web"),
        ("list.csv, line 7", "sha256 is not 64 hexadecimal digits"),
        ("list.csv, line 8", "the box is not x, y, width, height"),
        ("list.csv, line 9", "the box is not x, y, width, height"),
        ("list.csv, line 10", "more fields than columns"),
        ("list.csv, line 12", "not an address of the web"),
        ("list.csv, line 13", "not an address of the web"),
    ]


def test_bad_lines_of_jsonl(tmp_path: Path) -> None:
    text = '{"url": "http://example.org/a.jpg", "author": "\\ud800"}\n[1]\n{"url"\nnull\n{"url": null}\n'
    path = written(tmp_path / "list.jsonl", text)
    assert reasons(path) == [
        ("list.jsonl, line 2", "not a JSON object"),
        ("list.jsonl, line 3", "not a JSON object"),
        ("list.jsonl, line 4", "not a JSON object"),
        ("list.jsonl, line 5", "no address"),
    ]
    first = entries(path)[0]
    assert isinstance(first, Candidate)
    assert first.author == "?"


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("missing.txt", None, UsageError, "is not there"),
        ("empty.txt", b"", NoUsableDataError, "holds no addresses"),
        ("comments.txt", b"# nothing\n\n", NoUsableDataError, "holds no addresses"),
        ("header.csv", b"url,role\n", NoUsableDataError, "holds no addresses"),
        ("link.csv", b"link,role\nhttp://a.org/a.jpg,person\n", UsageError, "no column url; it has 'link'"),
        ("bare.csv", b"http://example.org/a.jpg\nhttp://example.org/b.jpg\n", UsageError, "no column url"),
        ("latin.txt", b"http://example.org/a.jpg\nB\xf6b", UsageError, r"no text in UTF-8 \(line 2\)"),
        ("list.json", b"[]", UsageError, "one JSON document"),
        ("list.parquet", b"http://example.org/a.jpg", UsageError, "no parquet file"),
        ("torn.parquet", b"PAR1 and no more", UsageError, "no parquet file"),
    ],
)  # fmt: skip
def test_files_that_are_no_lists(
    tmp_path: Path, name: str, content: bytes | None, error: Any, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words):
        UrlList(path, claim=PERSON)


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder") as caught:
        UrlList(tmp_path, claim=PERSON)
    assert caught.value.remedy == f"for photos in a folder: facethemodel add {tmp_path}"


def test_somebody_must_say_what_the_photos_are_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing says what the photos"):
        UrlList(written(tmp_path / "list.txt", "http://example.org/a.jpg"))
    path = written(
        tmp_path / "list.csv", "url,role\nhttp://example.org/a.jpg,person\nhttp://example.org/b.jpg,\n"
    )
    assert reasons(path, None) == [("list.csv, line 3", "no role, and none is given with --as")]
