"""Opening the catalogue, reading it and writing to it safely."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

from facethemodel.catalogue.schema import migrate
from facethemodel.errors import FacethemodelError, ProjectBusyError, StorageError, UsageError

BATCH = 500
"""Rows per transaction of a long job: other writers wait some ten milliseconds for one, not seconds."""

_BUSY_SECONDS = 30.0
_NOT_WRITABLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN)

_T = TypeVar("_T")


class Database:
    """One open catalogue, to be shared by the threads of a process; get it from `open_database`.

    Threads take turns: a read waits while another thread writes. Other processes are kept apart by SQLite.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        self._turn = threading.RLock()
        self._writing = False
        self._durable = False

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Gives all rows of a query.

        Raises:
            StorageError: The file cannot be read or is damaged.
        """
        with self._turn, _understandable(self.path):
            return self._connection.execute(sql, tuple(parameters)).fetchall()

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Opens a transaction that is kept as a whole or not at all.

        Within the same thread an inner `write` joins the outer one.

        Args:
            durable: Whether a commit must survive a power cut, and not only the death of the process.

        Raises:
            StorageError: The disk is full, read-only or gone.
            ProjectBusyError: Another process did not finish writing in 30 s.
            RuntimeError: A durable write inside one that is not.
        """
        with self._turn, _understandable(self.path):
            if self._writing:
                if durable and not self._durable:
                    raise RuntimeError("a durable write cannot join one that is not durable")
                yield self._connection
                return
            if durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._writing, self._durable = True, durable
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                finally:
                    self._writing, self._durable = False, False
                    # After an error that SQLite itself answered with a rollback none is open any more.
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            finally:
                if durable:
                    self._connection.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Closes the file; closing twice does no harm."""
        with self._turn:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(path: Path, *, create: bool = False) -> Database:
    """Opens a catalogue and brings it to the newest version.

    One that lies where nothing can be written, in a backup or a snapshot, can be read.

    Args:
        path: The SQLite file. Its folder must be on a local disk: WAL does not work over a network.
        create: Whether to make it when it is not there.

    Raises:
        UsageError: There is none, and `create` is not set.
        SchemaError: The file is no catalogue, or one of a newer version.
        StorageError: The file cannot be opened or written.
    """
    if create:
        _touch(path)
    elif not path.is_file():
        raise UsageError(
            f"the catalogue {path} is not there",
            remedy="restore it from a backup, or start again with: facethemodel new",
        )
    with _understandable(path):
        try:
            connection = _connected(path, create=create)
        except sqlite3.OperationalError as error:
            if _primary(error) not in _NOT_WRITABLE or os.access(path.parent, os.W_OK) or _unfinished(path):
                raise
            # SQLite asks for a file beside it even to read, unless it is told that nobody writes.
            connection = _connected(path, immutable=True)
    return Database(connection, path)


def _connected(path: Path, *, create: bool = False, immutable: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}{'?immutable=1' if immutable else ''}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, name=str(path), create=create)
        # Only once a file, because changing the mode needs the file for oneself.
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal" and not immutable:
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _unfinished(path: Path) -> bool:
    """Whether something is written that is not in the main file yet, which then says less than there is."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def now() -> str:
    """The time as the catalogue writes it: ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def batches(rows: Iterable[_T], size: int = BATCH) -> Iterator[list[_T]]:
    """Cuts rows into lists that one transaction takes."""
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def _touch(path: Path) -> None:
    # SQLite gives its side files the rights of the main one, so private is decided here.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageError(f"{path} cannot be made: {error.strerror}") from error


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _understandable(path: Path) -> Iterator[None]:
    """Turns what SQLite says about disks and locks into errors a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, path) from error


def _translated(error: sqlite3.Error, path: Path) -> FacethemodelError | sqlite3.Error:
    primary = _primary(error)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ProjectBusyError(
            f"another command has been writing to {path} for more than {_BUSY_SECONDS:.0f} s",
            remedy="wait for it to finish, then run this command again",
        )
    if primary == sqlite3.SQLITE_FULL:
        return StorageError(
            f"{path} cannot grow: the disk is full", remedy="free some space and run the command again"
        )
    if primary in _NOT_WRITABLE:
        return StorageError(
            f"{path} cannot be written: {error}",
            remedy="make the project's folder writable, or copy the project to a disk that is",
        )
    if primary == sqlite3.SQLITE_IOERR:
        return StorageError(
            f"{path} cannot be read or written: {error}",
            remedy="see whether the disk is full or failing; network folders do not work",
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageError(f"{path} is damaged: {error}", remedy="restore catalogue.db from a backup")
    return error
