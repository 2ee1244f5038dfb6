"""An image of the catalogue: one consistent file whose bytes depend on its content alone."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

from facethemodel.catalogue.database import Database
from facethemodel.errors import StorageError

# Offsets in the header of an SQLite file (https://www.sqlite.org/fileformat.html, section 1.3).
_CHANGE_COUNTER, _SCHEMA_COOKIE, _VALID_FOR, _LIBRARY = 24, 40, 92, 96
_FIXED = {_CHANGE_COUNTER: 1, _SCHEMA_COOKIE: 1, _VALID_FOR: 1, _LIBRARY: 3_040_000}


def copy(db: Database, to: Path) -> None:
    """Writes the catalogue as it is at this moment, while others may go on writing to it.

    Args:
        db: The catalogue.
        to: A file that is not there yet.

    Raises:
        StorageError: There is no room for it.
    """
    db.read("VACUUM INTO ?", (str(to),))


def seal(source: Path, to: Path) -> None:
    """Makes the image from a copy.

    Links to files of this machine are taken out, as the bytes travel with the snapshot, and so are the rows
    of the crop cache, which does not. Four numbers in the file's header, that only count how often and by
    which version of SQLite it was written, are set to fixed values.

    Args:
        source: From `copy`; it is changed.
        to: A file that is not there yet.

    Raises:
        StorageError: There is no room for it.
    """
    try:
        connection = sqlite3.connect(source, isolation_level=None)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("UPDATE photo SET link = NULL WHERE link IS NOT NULL")
            connection.execute("DELETE FROM crop")
            connection.execute("VACUUM INTO ?", (str(to),))
        finally:
            connection.close()
        with to.open("r+b") as file:
            for offset, value in _FIXED.items():
                file.seek(offset)
                file.write(struct.pack(">I", value))
    except (sqlite3.Error, OSError) as error:
        raise StorageError(
            f"the copy of the catalogue cannot be written: {error}",
            remedy=f"make room in {to.parent}",
        ) from error
