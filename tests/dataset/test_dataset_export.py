from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facethemodel.catalogue import decisions, tags
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.records import ROLES, normalise_identity
from facethemodel.collect.folder import add_folder
from facethemodel.dataset.export import ExportReport, Shape, export
from facethemodel.dataset.export_names import LEDGER, class_folder
from facethemodel.dataset.samples import samples
from facethemodel.dataset.selection import Selection, select
from facethemodel.errors import NoUsableDataError, ProjectBusyError, SchemaError, UsageError
from facethemodel.inspection.run import inspect
from facethemodel.project import Project
from facethemodel.synthetic.people import Identity, draw_photo

Export = Callable[..., ExportReport]


def _draw(folder: Path, who: int, count: int, *, first: int = 0, suffix: str = ".jpg") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        pixels = draw_photo(Identity.from_seed(who), 100 * who + number)
        cv2.imwrite(str(folder / f"{number}{suffix}"), pixels[..., ::-1])
    return folder


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    _draw(folder / "person", 1, 4)
    _draw(folder / "strangers" / "Bo_Derek", 2, 2)
    _draw(folder / "strangers" / "Cy", 3, 1, suffix=".png")
    return folder


@pytest.fixture
def project(tmp_path: Path, drawn: Path) -> Project:
    made = Project.create(tmp_path / "project", person="Drawn Person")
    add_folder(made, [drawn / "person"], role="person")
    add_folder(made, [drawn / "strangers"], role="stranger", identity_from="folder")
    inspect(made, jobs=1)
    return made


@pytest.fixture
def write(project: Project, tmp_path: Path) -> Export:
    def run(
        to: str = "out", *, shape: Shape | None = None, link: bool = False, selection: Selection | None = None
    ) -> ExportReport:
        with project.database() as db:
            chosen = select(db, samples(db, person=project.person), selection or Selection())
            return export(project, db, chosen, tmp_path / to, shape=shape or Shape(), link=link)

    return run


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("**/*.*g") if path.is_file()
    }


def _manifest(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "manifest.csv").open(newline="")))


def test_a_folder_for_each_class_and_a_manifest(write: Export, tmp_path: Path, drawn: Path) -> None:
    report = write()
    assert (report.written, report.left_out, dict(report.classes)) == (7, [], {"person": 4, "stranger": 3})
    files, rows = _files(tmp_path / "out"), _manifest(tmp_path / "out")
    assert sorted(row["file"] for row in rows) == sorted(files)
    originals = {path.read_bytes() for path in drawn.glob("**/*.*") if path.is_file()}
    assert set(files.values()) == originals
    for row in rows:
        folder, name = row["file"].split("/")
        assert folder == row["role"]
        assert name[:13] == f"{name[:4]}_{row['sha256'][:8]}"
        assert name.endswith(".png" if row["identity"] == "Cy" else ".jpg")


def test_a_folder_for_each_stranger(write: Export, tmp_path: Path) -> None:
    report = write(shape=Shape(classes="identity", by_part=True))
    assert dict(report.classes) == {"no_part/person": 4, "no_part/bo_derek": 2, "no_part/cy": 1}


def test_names_stay_when_photos_come_and_go(write: Export, project: Project, tmp_path: Path) -> None:
    write()
    before, rows = _files(tmp_path / "out"), _manifest(tmp_path / "out")
    gone = next(row for row in rows if row["role"] == "person")
    with project.database() as db:
        decisions.record(db, [Decision(sha256=gone["sha256"], kind="aside", reason="blurred")])
    add_folder(project, [_draw(tmp_path / "more", 1, 3, first=50)], role="person")
    inspect(project, jobs=1)
    report = write()
    assert (report.written, report.present, report.stale) == (3, 6, 1)
    after = _files(tmp_path / "out")
    assert {name: after[name] for name in before} == before
    assert len(after) == 10
    assert gone["file"] not in {row["file"] for row in _manifest(tmp_path / "out")}
    numbers = sorted(name.split("/")[1][:4] for name in after if name.startswith("person/"))
    assert numbers == [f"{number:04d}" for number in range(1, 8)]


def test_an_interrupted_export_is_completed(write: Export, tmp_path: Path) -> None:
    write("whole")
    write()
    out = tmp_path / "out"
    (out / "manifest.csv").unlink()
    for row in _manifest(tmp_path / "whole")[::2]:
        (out / row["file"]).unlink()
    with (out / LEDGER).open("ab") as ledger:
        ledger.write(b'{"folder": "person", "sha')
    report = write()
    assert (report.written, report.present) == (4, 3)
    assert _files(out) == _files(tmp_path / "whole")


def test_no_file_is_overwritten(write: Export, tmp_path: Path) -> None:
    write()
    (name, *_) = sorted(_files(tmp_path / "out"))
    (tmp_path / "out" / name).write_bytes(b"edited")
    report = write()
    assert [reason for _, reason in report.left_out] == [f"another file is in the way: {name}"]
    assert (tmp_path / "out" / name).read_bytes() == b"edited"
    assert name not in {row["file"] for row in _manifest(tmp_path / "out")}


def test_links_share_the_bytes_of_the_store(write: Export, tmp_path: Path) -> None:
    write(link=True)
    for name in _files(tmp_path / "out"):
        assert (tmp_path / "out" / name).stat().st_nlink == 2
    assert write().present == 7


def test_a_hard_link_leads_to_the_bytes_and_not_to_a_link(tmp_path: Path, drawn: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "0.jpg").symlink_to(os.path.relpath(drawn / "person" / "0.jpg", links))
    project = Project.create(tmp_path / "project", person="Drawn Person")
    add_folder(project, [links], role="person", link=True)
    inspect(project, jobs=1)
    with project.database() as db:
        chosen = select(db, samples(db, person=project.person), Selection())
        export(project, db, chosen, tmp_path / "out", shape=Shape(), link=True)
    (name,) = _files(tmp_path / "out")
    target = tmp_path / "out" / name
    assert not target.is_symlink()
    assert target.samefile(drawn / "person" / "0.jpg")


def test_faces_are_the_crops_of_main_faces(write: Export, tmp_path: Path) -> None:
    write(shape=Shape(faces=True))
    for name in _files(tmp_path / "out"):
        crop = cv2.imread(str(tmp_path / "out" / name))
        assert crop is not None
        assert crop.shape == (112, 112, 3)
        assert name.endswith(".png")
    with pytest.raises(UsageError, match="another shape: classes role, parts together, what faces"):
        write()


def test_a_photo_that_is_gone_is_reported_and_the_others_written(write: Export, project: Project) -> None:
    lost = next(path for path in project.photos_dir.glob("*/*") if path.is_file())
    lost.unlink()
    report = write()
    assert report.written == 6
    assert [sha for sha, _ in report.left_out] == [lost.name]


def test_folders_that_are_not_ours(write: Export, project: Project, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with pytest.raises(UsageError, match="holds something else"):
        write("full")
    with pytest.raises(UsageError, match="inside the project"):
        write("project/photos/x")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="holds something else"):
        write("file")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / LEDGER).write_text("nonsense\n")
    with pytest.raises(SchemaError, match="damaged"):
        write("broken")


def test_two_exports_to_one_folder_do_not_meet(write: Export, tmp_path: Path) -> None:
    import fcntl

    write()
    with (tmp_path / "out" / LEDGER).open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ProjectBusyError):
            write()


def test_what_is_selected(project: Project) -> None:
    with project.database() as db:
        known = samples(db, person=project.person)
        tags.add(db, [known[0].sha256], ["beard"])
        known = samples(db, person=project.person)
        assert len(select(db, known, Selection(roles=("stranger",)))) == 3
        assert len(select(db, known, Selection(identities=("bo derek", "Cy")))) == 3
        assert [one.sha256 for one in select(db, known, Selection(tags=("Beard",)))] == [known[0].sha256]
        with pytest.raises(UsageError, match="no stranger 'Bo Derik'") as failed:
            select(db, known, Selection(identities=("Bo Derik",)))
        assert failed.value.remedy == "did you mean 'Bo_Derek'?"
        with pytest.raises(UsageError, match="no check 'blury-face'"):
            select(db, known, Selection(flags=("blury-face",)))
        with pytest.raises(NoUsableDataError):
            select(db, known, Selection(parts=("test",)))


_NAMES = st.text(min_size=1, max_size=12).filter(normalise_identity)


@given(first=_NAMES, second=_NAMES)
def test_two_names_have_two_folders(first: str, second: str) -> None:
    one, other = (class_folder(name) for name in (first, second))
    assert (one == other) == (normalise_identity(first) == normalise_identity(second))
    for folder in (one, other):
        assert folder not in ROLES
        assert folder
        assert len(os.fsencode(folder)) < 256
        assert not set("/\\.\0") & set(folder)


@pytest.mark.parametrize(
    ("name", "folder"), [("John_Lennon", "john_lennon"), ("Zoë", "zoë"), ("person", "person_"), ("...", "")]
)
def test_folders_of_names(name: str, folder: str) -> None:
    assert class_folder(name).startswith(folder)


def test_the_ledger_is_lines_of_json(write: Export, tmp_path: Path) -> None:
    write()
    head, *lines = map(json.loads, (tmp_path / "out" / LEDGER).read_text().splitlines())
    assert head == {"format": 1, "what": "photos", "classes": "role", "parts": "together"}
    assert len(lines) == 7
