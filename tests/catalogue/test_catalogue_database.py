from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facethemodel.catalogue import photos
from facethemodel.catalogue.database import Database, batches, open_database
from facethemodel.catalogue.records import Photo, Source
from facethemodel.catalogue.schema import MIGRATIONS, migrate
from facethemodel.errors import ProjectBusyError, SchemaError, StorageError, UsageError


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "catalogue.db", create=True) as database:
        yield database


def add(db: Database, number: int) -> None:
    photos.add(db, Photo(sha256=f"{number:064x}", size=1), source=Source(origin=b"/a"), claim=None)


def test_a_transaction_that_fails_leaves_nothing(db: Database) -> None:
    def half() -> None:
        with db.write():
            add(db, 1)
            raise KeyError("interrupted")

    with pytest.raises(KeyError):
        half()
    assert photos.all_photos(db) == []
    add(db, 2)
    assert len(photos.all_photos(db)) == 1


def test_a_durable_write_does_not_hide_in_one_that_is_not(db: Database) -> None:
    with pytest.raises(RuntimeError), db.write(), db.write(durable=True):
        pytest.fail("joined")
    with db.write(durable=True), db.write():
        add(db, 1)
    assert len(photos.all_photos(db)) == 1


@pytest.fixture
def somebodys() -> Iterator[Path]:
    """A folder that everybody may look into and only its owner may change."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def _as_nobody(do: Callable[[], None]) -> None:
    """Does something as somebody who owns nothing; root could write everywhere."""
    if os.geteuid() != 0:
        do()
        return
    child = os.fork()
    if not child:
        failed = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            do()
            failed = 0
        finally:
            if failed:
                traceback.print_exc()
            os._exit(failed)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_where_nothing_can_be_written_it_can_be_read(somebodys: Path) -> None:
    path = somebodys / "kept #1.db"
    with open_database(path, create=True) as db:
        add(db, 7)
    path.chmod(0o444)
    somebodys.chmod(0o555)

    def look() -> None:
        with open_database(path) as db:
            assert len(photos.all_photos(db)) == 1
            with pytest.raises(StorageError, match="cannot be written") as caught:
                add(db, 8)
            assert "writable" in (caught.value.remedy or "")

    _as_nobody(look)
    assert [entry.name for entry in somebodys.iterdir()] == [path.name]


def test_what_is_not_in_the_main_file_yet_is_not_passed_over(somebodys: Path) -> None:
    path = somebodys / "catalogue.db"
    with open_database(path, create=True) as db:
        add(db, 7)
        # As a copy made while a command ran: the log is there, and what it holds is not in the file.
        copy = somebodys / "copy.db"
        for tail in ("", "-wal"):
            shutil.copy(f"{path}{tail}", f"{copy}{tail}")
    for file in somebodys.iterdir():
        file.chmod(0o444)
    somebodys.chmod(0o555)

    def look() -> None:
        with pytest.raises(StorageError, match="cannot be written"):
            open_database(copy)

    _as_nobody(look)


def test_threads_share_one_database(db: Database) -> None:
    def work(start: int) -> None:
        for number in range(start, start + 50):
            add(db, number)
            assert photos.get(db, f"{number:064x}") is not None

    threads = [threading.Thread(target=work, args=(start * 50,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(photos.all_photos(db)) == 200


def test_what_is_committed_is_there_for_a_second_connection(db: Database) -> None:
    add(db, 1)
    with open_database(db.path) as second:
        assert len(photos.all_photos(second)) == 1
        with db.write():
            add(db, 2)
            assert len(photos.all_photos(second)) == 1
        assert len(photos.all_photos(second)) == 2


def test_a_writer_that_waits_in_vain_is_told_that_the_project_is_busy(db: Database, tmp_path: Path) -> None:
    with open_database(db.path) as second:
        second.read("PRAGMA busy_timeout = 50")
        with db.write(), pytest.raises(ProjectBusyError, match="another command"):
            add(second, 1)


def test_a_full_disk_is_a_storage_error_and_costs_only_the_transaction(db: Database) -> None:
    add(db, 1)
    with db.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    def fill() -> None:
        with db.write():
            for number in range(2, 5000):
                add(db, number)

    with pytest.raises(StorageError, match="full"):
        fill()
    assert len(photos.all_photos(db)) == 1


def test_a_missing_catalogue_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not there"):
        open_database(tmp_path / "catalogue.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be made"):
        open_database(tmp_path / "gone" / "catalogue.db", create=True)


def test_a_catalogue_of_a_newer_version_is_refused_unharmed(db: Database) -> None:
    with db.write() as connection:
        connection.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(SchemaError, match="version 99") as caught:
        open_database(db.path)
    assert "update" in str(caught.value.remedy)


@pytest.mark.parametrize("create", [False, True])
def test_another_programs_database_is_refused(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "catalogue.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    with pytest.raises(SchemaError, match="not a catalogue"):
        open_database(path, create=create)


@pytest.mark.parametrize(("content", "error"), [(b"", SchemaError), (b"no database" * 100, StorageError)])
def test_a_file_that_is_no_database_is_refused(
    tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    path = tmp_path / "catalogue.db"
    path.write_bytes(content)
    with pytest.raises(error, match=r"catalogue\.db"):
        open_database(path)
    assert path.read_bytes() == content


def test_an_older_catalogue_is_brought_up_to_date_with_all_it_holds(db: Database) -> None:
    add(db, 1)
    db.close()
    connection = sqlite3.connect(db.path, isolation_level=None)
    steps = [*MIGRATIONS, ["ALTER TABLE photo ADD COLUMN note TEXT"], ["UPDATE photo SET note = 'kept'"]]
    migrate(connection, name="c", create=False, migrations=steps)
    assert connection.execute("SELECT sha256, note FROM photo").fetchall() == [(f"{1:064x}", "kept")]
    assert connection.execute("PRAGMA user_version").fetchone() == (len(steps),)
    connection.close()


def test_a_migration_that_fails_changes_nothing(db: Database) -> None:
    db.close()
    connection = sqlite3.connect(db.path, isolation_level=None)
    steps = [*MIGRATIONS, ["ALTER TABLE photo ADD COLUMN note TEXT", "UPDATE nothing SET note = 1"]]
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, name="c", create=False, migrations=steps)
    connection.close()
    with open_database(db.path) as again:
        columns = [row[1] for row in again.read("PRAGMA table_info(photo)")]
    assert "note" not in columns


def test_batches_keep_order_and_size() -> None:
    assert list(batches(list(range(7)), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []
