from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Label, Photo
from facethemodel.collect import AddReport, add_folder
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.photos.store import PhotoStore
from facethemodel.project import Project

Picture = Callable[[int], bytes]


def lay(folder: Path, files: dict[str | bytes, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name))))  # noqa: PTH118
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def assert_every_file_is_counted_once(report: AddReport) -> None:
    assert report.files == report.new + report.new_source + report.known + report.hidden + len(report.skipped)


def held(project: Project) -> list[Photo]:
    with project.database() as db:
        return photos.all_photos(db)


def labelled(project: Project) -> dict[str, Label]:
    with project.database() as db:
        names = photos.display_names(db)
        return {names[sha]: label for sha, label in labels(db, person=project.person).items()}


def test_a_folder_and_all_below_it(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(
        tmp_path / "in",
        {"a.png": picture(1), "b/c.png": picture(2), "b/d/e": picture(3), "b/copy.png": picture(1)},
    )
    report = add_folder(project, [folder], role="person")
    assert (report.files, report.new, report.new_source, report.known) == (4, 3, 1, 0)
    assert_every_file_is_counted_once(report)
    assert len(held(project)) == 3
    store = PhotoStore(project.photos_dir)
    assert {store.read(photo, max_bytes=10_000) for photo in held(project)} == {picture(n) for n in (1, 2, 3)}
    with project.database() as db:
        (photo,) = photos.find(db, "copy.png")
        origins = [source.origin for source in photos.sources(db, photo.sha256)]
    assert origins == [os.fsencode(folder / "a.png"), os.fsencode(folder / "b" / "copy.png")]


def test_adding_again_changes_nothing(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1), "b.png": picture(2)})
    add_folder(project, [folder], role="person")
    before = labelled(project)
    report = add_folder(project, [folder], role="person")
    assert (report.files, report.new, report.new_source, report.known) == (2, 0, 0, 2)
    assert labelled(project) == before


def test_single_files_and_overlapping_paths(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1), "b/c.png": picture(2), ".hidden.png": picture(3)})
    report = add_folder(
        project, [folder / "a.png", folder / ".hidden.png", folder / "b", folder], role="person"
    )
    assert (report.new, report.known, report.hidden) == (3, 1, 1)
    assert report.without_photos == ()
    assert_every_file_is_counted_once(report)


@pytest.mark.parametrize(
    "name",
    [
        b"with space.png",
        b"line\nend.png",
        b"\xff\xfe.png",
        "ünï.png".encode(),
        b"-rf.png",
        b"no extension",
        b"a.txt",
    ],
)
def test_names_do_not_matter(project: Project, tmp_path: Path, picture: Picture, name: bytes) -> None:
    try:
        folder = lay(tmp_path / "in", {b"dir " + name + b"/" + name: picture(1)})
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    report = add_folder(project, [folder], role="stranger", identity_from="folder")
    assert report.new == 1
    with project.database() as db:
        (photo,) = photos.all_photos(db)
        assert photos.find(db, os.fsdecode(name)) == [photo]
        (source,) = photos.sources(db, photo.sha256)
    assert source.origin == os.fsencode(folder) + b"/dir " + name + b"/" + name
    (label,) = labelled(project).values()
    assert label.identity is not None
    assert label.identity.startswith("dir ")
    assert label.identity.isprintable()


def test_what_is_no_photo_is_listed_with_its_reason(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = lay(
        tmp_path / "in",
        {
            "good.png": picture(1),
            "wrongly named.txt": picture(2),
            "truncated.png": picture(3)[:40],
            "empty.jpg": b"",
            "text.jpg": b"these are words and not an image at all",
            "short.jpg": b"B",
            ".DS_Store": b"x",
            ".hidden/inside.png": picture(4),
        },
    )
    os.mkfifo(folder / "pipe.jpg")
    (folder / "broken.jpg").symlink_to(folder / "gone")
    (folder / "self.jpg").symlink_to(folder / "self.jpg")
    report = add_folder(project, [folder], role="person")
    assert {os.path.basename(skipped.name): skipped.reason for skipped in report.skipped} == {  # noqa: PTH119
        "empty.jpg": "empty file",
        "text.jpg": "not an image",
        "short.jpg": "not an image",
        "pipe.jpg": "not a regular file",
        "broken.jpg": "cannot be opened: no such file or directory",
        "self.jpg": "cannot be opened: too many levels of symbolic links",
    }
    assert (report.new, report.hidden, report.hidden_folders, report.files) == (3, 1, 1, 10)
    assert_every_file_is_counted_once(report)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_listed(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1), "b.png": picture(2), "c/d.png": picture(3)})
    (folder / "b.png").chmod(0)
    (folder / "c").chmod(0)
    try:
        report = add_folder(project, [folder], role="person")
    finally:
        (folder / "c").chmod(0o700)
    assert [skipped.reason for skipped in report.skipped] == ["cannot be opened: permission denied"] * 2
    assert_every_file_is_counted_once(report)


def test_links_to_folders_are_followed_and_loops_end(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = lay(tmp_path / "in", {"a/1.png": picture(1)})
    outside = lay(tmp_path / "outside", {"2.png": picture(2)})
    (folder / "a" / "up").symlink_to(folder)
    (folder / "a" / "out").symlink_to(outside)
    (outside / "back").symlink_to(folder / "a")
    report = add_folder(project, [folder], role="person")
    assert (report.files, report.new) == (2, 2)


def test_the_project_itself_is_not_added(project: Project, tmp_path: Path, picture: Picture) -> None:
    lay(tmp_path, {"a.png": picture(1)})
    for _ in range(2):
        report = add_folder(project, [tmp_path], role="person")
    assert (report.files, report.known) == (1, 1)
    for inside in (project.root, project.photos_dir):
        with pytest.raises(UsageError, match="inside the project"):
            add_folder(project, [inside], role="person")


def test_linked_photos_stay_where_they_are(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1)})
    add_folder(project, [folder], role="person", link=True)
    (photo,) = held(project)
    assert photo.link == os.fsencode(folder / "a.png")
    assert list(project.photos_dir.iterdir()) == []
    add_folder(project, [folder], role="person")
    (photo,) = held(project)
    assert photo.link is None
    (folder / "a.png").unlink()
    assert PhotoStore(project.photos_dir).read(photo, max_bytes=10_000) == picture(1)


def test_a_relative_path_is_remembered_in_full(
    project: Project, tmp_path: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "in", {"a.png": picture(1)})
    monkeypatch.chdir(tmp_path)
    add_folder(project, [Path("in")], role="person", link=True)
    assert held(project)[0].link == os.fsencode(tmp_path / "in" / "a.png")


def test_identities_from_folders(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(
        tmp_path / "in",
        {"Ada_Lovelace/1.png": picture(1), "deep/Ada Lovelace/2.png": picture(2), "_/3.png": picture(3)},
    )
    add_folder(project, [folder], role="stranger", identity_from="folder")
    identities = {name: label.identity for name, label in labelled(project).items()}
    assert identities == {"1.png": "Ada_Lovelace", "2.png": "Ada Lovelace", "3.png": None}


def test_claims_are_kept(project: Project, tmp_path: Path, picture: Picture) -> None:
    for name, number in (("s", 1), ("k", 2), ("u", 3), ("n", 4)):
        lay(tmp_path / name, {f"{name}.png": picture(number)})
    add_folder(project, [tmp_path / "s"], role="stranger", identity="Jo")
    add_folder(project, [tmp_path / "k"], role="curveball", category="cats")
    add_folder(project, [tmp_path / "u"], role="stranger")
    add_folder(project, [tmp_path / "n"])
    found = {name: (label.role, label.identity, label.category) for name, label in labelled(project).items()}
    assert found == {
        "s.png": ("stranger", "Jo", None),
        "k.png": ("curveball", None, "cats"),
        "u.png": ("stranger", None, None),
        "n.png": (None, None, None),
    }


def test_conflicts_are_reported_by_name(project: Project, tmp_path: Path, picture: Picture) -> None:
    lay(tmp_path / "p", {"same.png": picture(1), "p.png": picture(2)})
    lay(tmp_path / "s", {"other.png": picture(1), "s.png": picture(3)})
    lay(tmp_path / "Paul_McCartney", {"name.png": picture(4)})
    assert add_folder(project, [tmp_path / "p"], role="person").conflicts == ()
    report = add_folder(project, [tmp_path / "s"], role="stranger", identity="Jo")
    assert [(c.name, c.conflict) for c in report.conflicts] == [
        ("same.png", "claimed as person and as stranger Jo")
    ]
    report = add_folder(project, [tmp_path / "Paul_McCartney"], role="stranger", identity_from="folder")
    assert [c.name for c in report.conflicts] == ["name.png"]


def test_the_same_folder_with_another_claim_is_a_conflict(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1)})
    add_folder(project, [folder], role="person")
    report = add_folder(project, [folder], role="curveball", category="cats")
    assert (report.new_source, report.known) == (1, 0)
    assert len(report.conflicts) == 1


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ({"role": "person", "identity": "Jo"}, "cannot have the identity"),
        ({"role": "person", "identity_from": "folder"}, "cannot have identities"),
        ({"role": "stranger", "identity": "Jo", "identity_from": "folder"}, "from folders"),
        ({"role": "stranger", "category": "cats"}, "cannot have the category"),
        ({"role": "stranger", "identity": " "}, "is empty"),
        ({"identity": "Jo"}, "without a role"),
        ({"category": "cats"}, "without a role"),
    ],
)
def test_claims_that_do_not_go_together_add_nothing(
    project: Project, tmp_path: Path, picture: Picture, claim: dict[str, Any], said: str
) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1)})
    with pytest.raises(UsageError, match=said):
        add_folder(project, [folder], **claim)
    assert held(project) == []


def test_a_path_that_is_not_there_adds_nothing_of_the_others(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1)})
    with pytest.raises(UsageError, match="gone is not there"):
        add_folder(project, [folder, tmp_path / "gone"], role="person")
    with pytest.raises(UsageError, match="nothing to add"):
        add_folder(project, [], role="person")
    assert held(project) == []
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone")
    for link in (loop, tmp_path / "dangling"):
        with pytest.raises(UsageError, match=f"{link.name} is a link to nowhere") as caught:
            add_folder(project, [link], role="person")
        assert "bring back the file" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "in holds no files"),
        ({"a.jpg": b"", "b.jpg": b"", "c.txt": b"words"}, r"3 files .*2 x empty file; 1 x not an image"),
        ({".a.png": b"x"}, r"1 files .*1 x hidden"),
    ],
)
def test_a_folder_without_photos_is_named_with_what_was_in_it(
    project: Project, tmp_path: Path, files: dict[str | bytes, bytes], said: str
) -> None:
    folder = lay(tmp_path / "in", files)
    with pytest.raises(NoUsableDataError, match=said) as caught:
        add_folder(project, [folder], role="person")
    assert str(folder) in caught.value.what
    assert caught.value.exit_code == 5


def test_an_archive_without_files_is_counted(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = lay(tmp_path / "in", {"a.png": picture(1)})
    for name, inside in (("empty.zip", ()), ("folders.zip", ("b/",))):
        with zipfile.ZipFile(folder / name, "w") as archive:
            for one in inside:
                archive.writestr(one, b"")
    report = add_folder(project, [folder], role="person")
    assert (report.files, report.new, report.archives) == (3, 1, 0)
    assert [skipped.reason for skipped in report.skipped] == ["an archive without files"] * 2
    assert_every_file_is_counted_once(report)
    with pytest.raises(NoUsableDataError, match="1 x an archive without files"):
        add_folder(project, [folder / "empty.zip"], role="person")


def test_a_path_without_photos_beside_one_with_some_is_named(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    lay(tmp_path / "in", {"a.png": picture(1)})
    lay(tmp_path / "empty", {"a.txt": b"words"})
    report = add_folder(project, [tmp_path / "in", tmp_path / "empty"], role="person")
    assert report.new == 1
    assert report.without_photos == (os.fsencode(tmp_path / "empty"),)
