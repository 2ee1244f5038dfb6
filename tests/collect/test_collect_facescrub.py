from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import hints, photos
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Claim
from facethemodel.collect.collector import BadEntry, Candidate
from facethemodel.collect.facescrub import FaceScrub
from facethemodel.collect.run import collect
from facethemodel.download.rules import Rules
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.project import Project

Picture = Callable[[int], bytes]
QUICK = Rules(allow_private=True, rate=1000, per_host=16, tries=1)


class Nothing:
    def holds(self, key: str) -> bool:
        return False


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def line(
    name: str, image: int, face: int, url: str, box: str = "10,20,40,60", digest: str = "ab" * 32
) -> str:
    return "\t".join((name, str(image), str(face), url, box, digest))


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def listed(*paths: Path, person: str = "Paul McCartney", **options: Any) -> list[Candidate | BadEntry]:
    return list(FaceScrub(paths, person=person, **options).candidates(Nothing()))


def test_a_line_says_who_where_and_what(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", line("Ada Example", 7, 12, "http://x.example/p/The%20Ada.jpg?s=1"))
    (found,) = listed(path)
    assert isinstance(found, Candidate)
    assert (found.key, found.name, found.sha256) == ("Ada Example/7-12", "The Ada.jpg", "ab" * 32)
    assert found.box == (10.0, 20.0, 30.0, 40.0)
    assert found.claim == Claim(role="stranger", identity="Ada Example")
    (own,) = listed(path, person="ada_example")
    assert isinstance(own, Candidate)
    assert own.claim == Claim(role="person")


def test_a_header_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = (
        "name\timage_id\tface_id\turl\tbbox\tsha256\r\n"
        + line("Ada", 1, 2, "http://x.example/a.jpg")
        + "\r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [type(entry) for entry in listed(path)] == [Candidate]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("Ada\t1\t2\thttp://x.example/cut", "not 6 columns with tabs between them"),
        (line(" ", 1, 2, "http://x.example/a.jpg"), "no name"),
        (line("Ada", 1, 2, "x.example/a.jpg"), "not an address of the web"),
        (line("Ada", 1, 2, "http://[x/a.jpg"), "not an address of the web"),
        (line("Ada", 1, 2, "http://x.example/a.jpg", digest="abc"), "sha256 is not 64 hexadecimal digits"),
        (
            line("Ada", 1, 2, "http://x.example/a.jpg", box="1,2,1,9"),
            "the bbox is not left, top, right, bottom",
        ),
        (line("Ada", 1, 2, "http://x.example/a.jpg", box="1,2"), "the bbox is not left, top, right, bottom"),
        (
            line("Ada", 1, 2, "http://x.example/a.jpg").replace("\t2\t", "\ttwo\t"),
            "image_id or face_id is no number",
        ),
    ],
)
def test_bad_lines_are_told_and_stop_nothing(tmp_path: Path, bad: str, reason: str) -> None:
    path = write(tmp_path / "a.txt", bad, line("Ada", 3, 4, "http://x.example/b.jpg"))
    first, second = listed(path, only=["ada"])
    assert first == BadEntry(where="a.txt, line 1", reason=reason)
    assert isinstance(second, Candidate)


def test_some_people_only(tmp_path: Path) -> None:
    lists = [
        write(
            tmp_path / "a.txt",
            line("Ada One", 1, 1, "http://x.example/1"),
            line("Bo", 2, 2, "http://x.example/2"),
        ),
        write(tmp_path / "b.txt", line("Cy", 3, 3, "http://x.example/3")),
    ]
    assert len(listed(*lists)) == 3
    assert [
        entry.key for entry in listed(*lists, only=["ada_one", "CY"]) if isinstance(entry, Candidate)
    ] == [
        "Ada One/1-1",
        "Cy/3-3",
    ]
    with pytest.raises(UsageError, match="'Ada Onn'") as caught:
        listed(*lists, only=["Ada Onn"])
    assert caught.value.remedy == "did you mean 'Ada One'?"


def test_files_that_are_no_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        listed(tmp_path / "gone.txt")
    with pytest.raises(UsageError, match="no line has six columns"):
        listed(write(tmp_path / "a.txt", "http://x.example/a.jpg", "http://x.example/b.jpg"))
    with pytest.raises(UsageError, match="is a folder") as caught:
        listed(tmp_path)
    assert "name the lists in it" in str(caught.value.remedy)
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is not UTF-8"):
        listed(tmp_path / "b.txt")
    (tmp_path / "c.txt").write_bytes(b"\n\n")
    with pytest.raises(NoUsableDataError, match="holds no lines"):
        listed(tmp_path / "c.txt")


def test_hashes_decide_and_placeholders_are_known(
    project: Project, tmp_path: Path, picture: Picture, pages: Any
) -> None:
    good, gone = picture(1), picture(99)
    pages.answers |= {"/good.png": good, "/a.png": gone, "/b.png": gone, "/c.png": picture(3)}
    path = write(
        tmp_path / "a.txt",
        line("Ada", 1, 1, f"{pages.base}/good.png", digest=sha(good)),
        line("Ada", 2, 2, f"{pages.base}/a.png", digest="aa" * 32),
        line("Ada", 3, 3, f"{pages.base}/b.png", digest="bb" * 32),
        line("Ada", 4, 4, f"{pages.base}/c.png", digest="cc" * 32),
        line("Ada", 5, 5, f"{pages.base}/404.jpg", digest="dd" * 32),
    )
    report = collect(project, FaceScrub([path], person=project.person), rules=QUICK)
    assert {name: count for name, count in report.counts.items() if count} == {
        "kept": 1,
        "dead": 3,
        "wrong hash": 1,
    }
    with project.database() as db:
        (photo,) = photos.all_photos(db)
        (source,) = photos.sources(db, photo.sha256)
        assert photos.find(db, "good.png") == [photo]
        assert hints.boxes(db) == {photo.sha256: ((10, 20, 30, 40),)}
    assert (source.collector, source.origin) == ("facescrub", b"Ada/1-1/good.png")
    asked = len(pages.asked)
    again = collect(project, FaceScrub([path], person=project.person), rules=QUICK)
    assert (again.counts["held"], len(pages.asked)) == (1, asked)


def test_two_people_on_one_photo_are_a_conflict_that_is_told(
    project: Project, tmp_path: Path, picture: Picture, pages: Any
) -> None:
    pages.answers["/both.png"] = picture(1)
    url, digest = f"{pages.base}/both.png", sha(picture(1))
    path = write(
        tmp_path / "a.txt",
        line("Ada", 1, 1, url, "0,0,10,10", digest),
        line("Bo", 1, 2, url, "20,0,30,10", digest),
    )
    report = collect(project, FaceScrub([path], person=project.person), rules=QUICK)
    assert (report.counts["kept"], report.counts["same"], pages.asked) == (1, 1, ["/both.png"])
    (conflict,) = report.conflicts
    assert conflict.conflict == "claimed as stranger Ada and as stranger Bo"
    with project.database() as db:
        assert hints.boxes(db) == {digest: ((0, 0, 10, 10), (20, 0, 10, 10))}


@pytest.mark.real
@pytest.mark.slow
def test_the_real_lists_and_photos(tmp_path: Path, shared_data: Path, pages: Any) -> None:
    """Addresses are mapped to this machine; what is not among the photos is gone, as most of it is today."""
    folder = shared_data / "facescrub"
    with (folder / "bbox.csv").open(encoding="utf-8") as file:
        held = {row["sha256"]: folder / "images" / row["file"] for row in csv.DictReader(file)}
    paths = []
    addresses: dict[str, str] = {}
    for name in ("facescrub_actors.txt", "facescrub_actresses.txt"):
        lines = []
        for text in (folder / name).read_text(encoding="utf-8").splitlines():
            parts = text.split("\t")
            if len(parts) == 6:
                address = addresses.setdefault(parts[3], f"/{len(addresses)}/{Path(parts[3]).name[-40:]}")
                if parts[5] in held:
                    pages.answers[f"/{len(addresses) - 1}/x.jpg"] = held[parts[5]].read_bytes()
                    address = addresses[parts[3]] = f"/{len(addresses) - 1}/x.jpg"
                parts[3] = pages.base + address
            lines.append("\t".join(parts))
        paths.append(write(tmp_path / name, *lines))
    project = Project.create(tmp_path / "project", person="Gerard Butler")
    report = collect(project, FaceScrub(paths, person=project.person), rules=QUICK)
    assert report.entries == 1597
    assert report.counts["bad entry"] == 1
    assert report.counts["kept"] == len(held)
    assert report.counts["dead"] == 1597 - 1 - len(held) - report.counts["same"]
    assert report.conflicts == ()
    with project.database() as db:
        roles = [label.role for label in labels(db, person=project.person).values()]
        assert len(hints.boxes(db)) == len(held)
    assert roles.count("person") == sum(path.parent.name == "Gerard_Butler" for path in held.values())
