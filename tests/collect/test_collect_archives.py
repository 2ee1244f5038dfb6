from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.labels import labels
from facethemodel.collect import AddReport, add_folder
from facethemodel.collect.archives import ArchiveError, ArchiveLimits, Member, archive_kind, members
from facethemodel.errors import NoUsableDataError, UsageError
from facethemodel.project import Project

WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from facethemodel.collect import add_folder
from facethemodel.errors import StorageError
from facethemodel.project import Project
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
try:
    add_folder(Project.open(Path(sys.argv[1])), [Path(sys.argv[2])], role="person")
except StorageError as error:
    print(error.what)
"""

Picture = Callable[[int], bytes]
Files = dict[str, bytes]


def make_zip(path: Path, files: Files, *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return path


def tar_bytes(files: Files, *others: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in others:
            archive.addfile(info)
    return target.getvalue()


def reasons(report: AddReport) -> dict[str, str]:
    return {skipped.name.rpartition("!/")[2]: skipped.reason for skipped in report.skipped}


def origins(project: Project) -> set[str]:
    with project.database() as db:
        every = photos.all_photos(db)
        return {os.fsdecode(one.origin) for photo in every for one in photos.sources(db, photo.sha256)}


def assert_every_file_is_counted_once(report: AddReport) -> None:
    assert report.files == report.new + report.new_source + report.known + report.hidden + len(report.skipped)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("in.tar", bytes),
        ("in.tar.gz", gzip.compress),
        ("in.tgz", gzip.compress),
        ("in.tar.bz2", bz2.compress),
        ("in.tar.xz", lzma.compress),
    ],
)
def test_photos_of_a_tar_file(
    project: Project, tmp_path: Path, picture: Picture, name: str, pack: Callable[[bytes], bytes]
) -> None:
    archive = tmp_path / name
    archive.write_bytes(pack(tar_bytes({"./a.png": picture(1), "b/c.png": picture(2), "b/d.txt": b"words"})))
    report = add_folder(project, [archive], role="person")
    assert (report.archives, report.files, report.new, reasons(report)) == (
        1,
        3,
        2,
        {"b/d.txt": "not an image"},
    )
    assert origins(project) == {f"{archive}!/a.png", f"{archive}!/b/c.png"}
    again = add_folder(project, [archive], role="person")
    assert (again.new, again.new_source, again.known) == (0, 0, 2)
    assert_every_file_is_counted_once(again)


def test_zip_files_by_name_and_in_folders(project: Project, tmp_path: Path, picture: Picture) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    make_zip(folder / "named.ZIP", {"a.png": picture(1), "d/": b"", "d/b.png": picture(2)})
    make_zip(folder / "letter.docx", {"media/c.png": picture(3)})
    (folder / "page.zip").write_bytes(b"<html>no such file</html>")
    report = add_folder(project, [folder], role="person")
    assert (report.archives, report.files, report.new) == (1, 4, 2)
    found = {Path(name).name: reason for name, reason in reasons(report).items()}
    assert found == {"letter.docx": "not an image", "page.zip": "neither an image nor an archive"}
    assert_every_file_is_counted_once(report)
    report = add_folder(project, [folder / "letter.docx"], role="person")
    assert (report.archives, report.new, report.without_photos) == (1, 1, ())
    with project.database() as db:
        assert len(photos.find(db, "c.png")) == 1
        assert set(photos.display_names(db).values()) == {"a.png", "b.png", "c.png"}


def test_members_that_lead_elsewhere_are_left_alone(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    place = tmp_path / "deep" / "er"
    place.mkdir(parents=True)
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    evil = {"../../up.png": 1, "/abs.png": 2, "..\\win.png": 3, "C:\\abs.png": 4, "\\\\host\\x.png": 5}
    with zipfile.ZipFile(place / "evil.zip", "w") as archive:
        for name, number in evil.items():
            archive.writestr(zipfile.ZipInfo(name), picture(number))
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.png", picture(6))
    symlink, hard, device = (tarfile.TarInfo(name) for name in ("s.png", "h.png", "d.png"))
    symlink.type, symlink.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard.type, hard.linkname = tarfile.LNKTYPE, "../up.png"
    device.type = tarfile.CHRTYPE
    files = {"../up.png": picture(7), "/abs.png": picture(8), "fine.png": picture(9)}
    (place / "evil.tar").write_bytes(tar_bytes(files, symlink, hard, device))
    before = {path for path in tmp_path.rglob("*") if project.root not in path.parents}
    report = add_folder(project, [place], role="person")
    assert {path for path in tmp_path.rglob("*") if project.root not in path.parents} == before
    assert origins(project) == {f"{place}/evil.zip!/good.png", f"{place}/evil.tar!/fine.png"}
    out, absolute = "has a path that leads out of the archive", "has an absolute path in the archive"
    assert sorted(skipped.reason for skipped in report.skipped) == sorted(
        [out] * 3 + [absolute] * 4 + ["a link inside the archive"] * 3 + ["not a regular file"]
    )
    assert_every_file_is_counted_once(report)


def test_identities_from_the_folders_inside(project: Project, tmp_path: Path, picture: Picture) -> None:
    make_zip(tmp_path / "lfw.zip", {"lfw/Ada_Lovelace/1.png": picture(1)})
    (tmp_path / "Jo_March.tar.gz").write_bytes(gzip.compress(tar_bytes({"2.png": picture(2)})))
    add_folder(
        project, [tmp_path / "lfw.zip", tmp_path / "Jo_March.tar.gz"], role="stranger", identity_from="folder"
    )
    with project.database() as db:
        found = {label.identity for label in labels(db, person="Paul").values()}
    assert found == {"Ada_Lovelace", "Jo_March"}


@pytest.mark.parametrize("cut", [False, True])
def test_a_member_without_a_name_is_left_alone(
    project: Project, tmp_path: Path, picture: Picture, cut: bool
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.png", picture(1))
        nameless = zipfile.ZipInfo("x")
        nameless.filename = ""
        archive.writestr(nameless, picture(2))
        archive.writestr("b.png", picture(3))
    if cut:
        (folder / "a.zip").write_bytes((folder / "a.zip").read_bytes()[:-30])
    make_zip(folder / "b.zip", {"c.png": picture(4)})
    report = add_folder(project, [folder], role="person")
    assert (report.new, report.archives, reasons(report)[""]) == (3, 2, "has no name in the archive")
    assert_every_file_is_counted_once(report)


def test_hidden_members_and_archives_inside(project: Project, tmp_path: Path, picture: Picture) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"a.png": picture(1)}).read_bytes()
    outer = make_zip(
        tmp_path / "outer.zip",
        {
            "a.png": picture(2),
            ".b.png": picture(3),
            ".thumbs/c.png": picture(4),
            "__MACOSX/._a.png": b"x",
            "__MACOSX/a.png": picture(5),
            "inner.zip": inner,
            "empty.png": b"",
        },
    )
    report = add_folder(project, [outer], role="person")
    assert (report.new, report.hidden, report.files) == (1, 4, 7)
    assert reasons(report) == {
        "inner.zip": "an archive inside the archive: unpack it first",
        "empty.png": "empty file",
    }


def test_linking_into_an_archive_is_refused(project: Project, tmp_path: Path, picture: Picture) -> None:
    archive = make_zip(tmp_path / "x.zip", {"a.png": picture(1)})
    with pytest.raises(UsageError, match=r"x\.zip is an archive"):
        add_folder(project, [archive], role="person", link=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.png").write_bytes(picture(2))
    archive.rename(tmp_path / "in" / "x.zip")
    report = add_folder(project, [tmp_path / "in"], role="person", link=True)
    assert (report.new, len(report.skipped)) == (1, 1)
    assert "cannot be linked to" in report.skipped[0].reason


def test_an_encrypted_zip_is_named_as_such(project: Project, tmp_path: Path, picture: Picture) -> None:
    archive = make_zip(tmp_path / "secret.zip", {"a.png": picture(1)})
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(NoUsableDataError, match="encrypted in the archive"):
        add_folder(project, [archive], role="person")


def test_what_can_be_read_of_a_damaged_zip_is_added(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    files = {f"{number}.png": picture(number) for number in range(5)}
    archive = make_zip(tmp_path / "x.zip", files, compression=zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[data.index(picture(2)) + 50] ^= 0xFF
    archive.write_bytes(data)
    report = add_folder(project, [archive], role="person")
    assert (report.new, report.files, list(reasons(report))) == (4, 5, ["2.png"])
    assert "damaged in the archive: bad crc" in reasons(report)["2.png"]
    assert not list(project.photos_dir.glob(".incoming*"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_can_be_read_of_a_cut_zip_is_added(
    project: Project, tmp_path: Path, picture: Picture, compression: int
) -> None:
    noise = {f"ä{number}.png": picture(number) + os.urandom(2_000) for number in range(5)}
    archive = make_zip(tmp_path / "x.zip", noise, compression=compression)
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    report = add_folder(project, [archive], role="person")
    assert (report.new, report.files, report.archives) == (2, 4, 1)
    assert reasons(report) == {
        "ä2.png": "damaged in the archive: cut off",
        str(archive): "damaged archive: cut off (after 3 of its files)",
    }
    archive.write_bytes(data[:-30])
    assert add_folder(project, [archive], role="person").new == 3


def test_a_cut_zip_with_its_sizes_behind_says_so(project: Project, tmp_path: Path, picture: Picture) -> None:
    archive = make_zip(tmp_path / "x.zip", {"a.png": picture(1)})
    data = bytearray(archive.read_bytes()[:-30])
    data[6] |= 8
    archive.write_bytes(data)
    with pytest.raises(NoUsableDataError, match="damaged archive: cut off"):
        add_folder(project, [archive], role="person")


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
@pytest.mark.parametrize("share", [0.45, 0.7])
def test_what_can_be_read_of_a_cut_tar_is_added(
    project: Project, tmp_path: Path, picture: Picture, pack: Callable[[bytes], bytes], share: float
) -> None:
    noise = {f"{number}.png": picture(number) + os.urandom(20_000) for number in range(5)}
    data = pack(tar_bytes(noise))
    archive = tmp_path / "x.tar"
    archive.write_bytes(data[: int(len(data) * share)])
    report = add_folder(project, [archive], role="person")
    assert 1 <= report.new < 5
    assert str(archive) in reasons(report)
    assert "damaged archive" in reasons(report)[str(archive)]
    assert_every_file_is_counted_once(report)


def test_a_damaged_header_is_not_taken_for_the_end(
    project: Project, tmp_path: Path, picture: Picture
) -> None:
    data = bytearray(tar_bytes({f"{number}.png": picture(number) for number in range(3)}))
    data[1024 + 20] ^= 0xFF
    archive = tmp_path / "x.tar"
    archive.write_bytes(data)
    report = add_folder(project, [archive], role="person")
    assert (report.new, report.files) == (1, 2)
    assert "after 1 of its files" in report.skipped[0].reason


@pytest.mark.parametrize(
    ("kind", "size", "number"),
    [
        (tarfile.XHDTYPE, 1_100_000, 1),
        (tarfile.GNUTYPE_LONGNAME, 1_100_000, 1),
        (tarfile.GNUTYPE_LONGLINK, 1_100_000, 1),
        (tarfile.XHDTYPE, 300_000, 4),
        (tarfile.XGLTYPE, 300_000, 4),
    ],
)
def test_headers_without_end_are_not_read(
    project: Project, tmp_path: Path, picture: Picture, kind: bytes, size: int, number: int
) -> None:
    header = tarfile.TarInfo("long")
    header.type, header.size = kind, size
    start = b"%d comment=" % size
    body = start + b"a" * (size - len(start) - 1) + b"\n" + bytes(-size % 512)
    before = tar_bytes({"a.png": picture(1)})[:1024]
    after = tar_bytes({"b.png": picture(2)})
    archive = tmp_path / "x.tar.gz"
    # Facts about all files may stand between these.
    between = before if kind == tarfile.XGLTYPE else b""
    long = (header.tobuf(tarfile.USTAR_FORMAT) + body + between) * number
    archive.write_bytes(gzip.compress(before + long + after))
    report = add_folder(project, [archive], role="person")
    said = reasons(report)[str(archive)]
    assert "headers of more than 1,048,576 bytes (after" in said
    assert report.new == 1
    assert_every_file_is_counted_once(report)


def test_long_names_are_read(project: Project, tmp_path: Path, picture: Picture) -> None:
    files = {f"{number}/{'long' * 60}.png": picture(number) for number in range(1_200)}
    archive = tmp_path / "x.tar"
    archive.write_bytes(tar_bytes(files))
    assert add_folder(project, [archive], role="person").new == 1_200


@pytest.mark.parametrize("name", ["x.rar", "x.7z", "x.gz"])
def test_archives_that_cannot_be_opened_say_so(project: Project, tmp_path: Path, name: str) -> None:
    heads = {"x.rar": b"Rar!\x1a\x07\x01\x00", "x.7z": b"7z\xbc\xaf\x27\x1c", "x.gz": gzip.compress(b"words")}
    (tmp_path / name).write_bytes(heads[name])
    with pytest.raises(NoUsableDataError, match="unpack it"):
        add_folder(project, [tmp_path / name], role="person")


def test_zip_bombs_are_stopped(project: Project, tmp_path: Path, picture: Picture) -> None:
    bomb = picture(1) + bytes(30_000_000)
    archive = make_zip(tmp_path / "x.zip", {"bomb.png": bomb, "good.png": picture(2)})
    report = add_folder(project, [archive], role="person")
    assert (report.new, list(reasons(report))) == (1, ["bomb.png"])
    assert "a zip bomb?" in reasons(report)["bomb.png"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_the_limits_of_one_member_and_of_all_together(tmp_path: Path, kind: str) -> None:
    files = {f"{number}.png": bytes(5_000) for number in range(4)}
    path = os.fsencode(tmp_path / "x")
    if kind == "zip":
        make_zip(tmp_path / "x", files)
    else:
        (tmp_path / "x").write_bytes(gzip.compress(tar_bytes(files)))
    found = archive_kind((tmp_path / "x").read_bytes())
    assert found == ("zip" if kind == "zip" else "gz")
    small = ArchiveLimits(member_bytes=4_999)
    assert {member.reason for member in members(path, found, limits=small)} == {
        "5,000 bytes, more than the limit of 4,999"
    }
    # Three members fit into it and a fourth does not, nor does the padding of a tar file.
    tight = ArchiveLimits(total_bytes=18_000, total_ratio=0)
    with pytest.raises(ArchiveError, match="a zip bomb"):
        read_all(members(path, found, limits=tight))


def read_all(found: Iterator[Member]) -> None:
    for member in found:
        assert member.stream is not None
        while member.stream.read(1000):
            pass


def test_what_is_added_when_the_disk_is_full_stays(tmp_path: Path, picture: Picture) -> None:
    """Runs in a process of its own, whose files cannot grow beyond a limit, as on a full disk."""
    project = Project.create(tmp_path / "project", person="Ada Example")
    files = {f"{number:03}.png": picture(number) for number in range(100)}
    files["050.png"] += bytes(3_000_000)
    archive = make_zip(tmp_path / "x.zip", files, compression=zipfile.ZIP_STORED)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, project.root, archive],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the 50 new photos added so far stay in the project" in done.stdout
    assert not list(project.photos_dir.glob(".incoming*"))
    report = add_folder(project, [archive], role="person")
    assert (report.new, report.known) == (50, 50)
