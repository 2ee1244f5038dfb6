from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from facethemodel.errors import ProjectBusyError, StorageError, UsageError
from facethemodel.project import Project, find_project
from facethemodel.settings import Settings


@pytest.fixture(autouse=True)
def _no_project_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACETHEMODEL_PROJECT", raising=False)


def test_create_makes_a_project_that_only_its_owner_can_read(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "deep" / "paul", person="Paul McCartney")
    assert project == Project.open(tmp_path / "deep" / "paul")
    assert project.person == "Paul McCartney"
    for folder in (project.root, project.photos_dir, project.cache_dir, project.runs_dir):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert project.catalogue_path.stat().st_mode & 0o777 == 0o600
    with project.database() as db:
        assert db.read("SELECT count(*) FROM photo") == [(0,)]


@example_settings(max_examples=40, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(str.strip))
def test_any_name_survives_the_settings_file(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Project.create(Path(folder) / "p", person=name)
        assert Project.open(Path(folder) / "p").person == name.strip()


@pytest.mark.parametrize("person", ["", "  ", "Zo\udceb"])
def test_a_name_that_cannot_be_used_makes_nothing(tmp_path: Path, person: str) -> None:
    with pytest.raises(UsageError, match="name"):
        Project.create(tmp_path / "p", person=person)
    assert not (tmp_path / "p").exists()


def test_a_project_is_not_made_twice(tmp_path: Path) -> None:
    Project.create(tmp_path / "p", person="A")
    with pytest.raises(UsageError, match="already a project"):
        Project.create(tmp_path / "p", person="B")
    assert Project.open(tmp_path / "p").person == "A"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not empty"):
        Project.create(tmp_path, person="A")
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_is_no_place_for_a_project(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="not a folder"):
            Project.create(root, person="A")


def test_an_interrupted_create_is_taken_up_again(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    (project.root / "facethemodel.toml").unlink()
    assert Project.create(tmp_path / "p", person="B").person == "B"


def test_a_project_that_lost_its_settings_but_has_photos_is_not_taken_over(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    (project.root / "facethemodel.toml").unlink()
    (project.photos_dir / "ab").mkdir()
    with pytest.raises(UsageError, match="not empty"):
        Project.create(tmp_path / "p", person="B")


@pytest.mark.parametrize(
    ("kind", "said"), [("folder", "has no"), ("file", "is a file"), ("nothing", "is not there")]
)
def test_what_is_no_project_is_refused(tmp_path: Path, kind: str, said: str) -> None:
    root = tmp_path / "x"
    if kind == "folder":
        root.mkdir()
    elif kind == "file":
        root.write_text("x")
    with pytest.raises(UsageError, match=f"not a project: it {said}") as caught:
        Project.open(root)
    assert "facethemodel new" in str(caught.value.remedy)


def test_a_lost_catalogue_is_not_quietly_begun_anew(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    project.catalogue_path.unlink()
    with pytest.raises(UsageError, match="not there"):
        project.database()
    assert not project.catalogue_path.exists()


class TestFindProject:
    def test_upward(self, tmp_path: Path) -> None:
        root = Project.create(tmp_path / "p", person="A").root
        assert find_project(root) == root
        assert find_project(root / "runs") == root

    def test_the_only_one_below(self, tmp_path: Path) -> None:
        root = Project.create(tmp_path / "p", person="A").root
        (tmp_path / "other").mkdir()
        assert find_project(tmp_path) == root

    def test_several_below_are_listed(self, tmp_path: Path) -> None:
        for name in ("p1", "p2"):
            Project.create(tmp_path / name, person="A")
        with pytest.raises(UsageError, match="several projects: p1, p2"):
            find_project(tmp_path)

    def test_none_says_how_to_make_one(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError) as caught:
            find_project(tmp_path)
        assert "facethemodel new" in str(caught.value.remedy)

    def test_named_wins_over_environment_wins_over_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, named, around = (Project.create(tmp_path / name, person="A").root for name in "abc")
        monkeypatch.setenv("FACETHEMODEL_PROJECT", str(around))
        assert find_project(here) == around
        assert find_project(here, named) == named

    def test_a_wrong_environment_names_the_variable(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FACETHEMODEL_PROJECT", str(tmp_path / "gone"))
        with pytest.raises(UsageError, match="FACETHEMODEL_PROJECT"):
            find_project(tmp_path)


HOLDER = """
import sys, time
from pathlib import Path
from facethemodel.project import Project
with Project.open(Path(sys.argv[1])).exclusive("facethemodel train"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_told_who_holds_the_project_until_that_dies(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(project.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(ProjectBusyError, match=rf"'facethemodel train' \(process {holder.pid}\)"),
            project.exclusive("facethemodel split"),
        ):
            pytest.fail("two hold the project")
        holder.send_signal(signal.SIGKILL)
    with project.exclusive("facethemodel split"):
        pass


def test_a_thread_may_hold_again_what_it_holds_and_others_may_not(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    refused: list[str] = []

    def other() -> None:
        try:
            with project.exclusive("inspect"):
                pass
        except ProjectBusyError as error:
            refused.append(error.what)

    with project.exclusive("build"):
        with project.exclusive("split"):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert f"'build' (process {os.getpid()})" in refused[0]
    other()
    assert len(refused) == 1


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write: /proc")
def test_a_folder_that_cannot_be_written_is_told_beforehand() -> None:
    project = Project(root=Path("/proc/self"), settings=Settings(person="A"))
    with pytest.raises(StorageError, match="cannot be written"):
        project.check_writable()
    with pytest.raises(StorageError) as caught, project.exclusive("train"):
        pytest.fail("there is no lock")
    assert "writable" in (caught.value.remedy or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told_beforehand(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    project.root.chmod(0o500)
    try:
        with pytest.raises(StorageError, match="cannot be written"):
            project.check_writable()
    finally:
        project.root.chmod(0o700)


def test_a_folder_that_can_be_written_passes_and_stays_clean(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", person="A")
    before = sorted(entry.name for entry in project.root.iterdir())
    project.check_writable()
    assert sorted(entry.name for entry in project.root.iterdir()) == before


def test_from_a_folder_that_is_gone_a_project_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Project.create(tmp_path / "p", person="Ada").root
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="is gone"):
        find_project()
    assert find_project(explicit=root) == root
