"""The tables of the catalogue and the steps that bring an older catalogue up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from facethemodel.errors import NEWER, SchemaError

APPLICATION_ID = 0x46544D31
"""Written into the file's header, so that a stranger's SQLite file is never taken for a catalogue."""

Migration = Sequence[str]

_FIRST: Migration = (
    """
    CREATE TABLE photo (
        sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
        size INTEGER NOT NULL CHECK (size >= 0),
        link BLOB,
        added_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL REFERENCES photo (sha256) ON DELETE CASCADE,
        collector TEXT NOT NULL,
        origin BLOB NOT NULL,
        url TEXT,
        query TEXT,
        post TEXT,
        taken TEXT,
        author TEXT,
        licence TEXT,
        added_at TEXT NOT NULL,
        UNIQUE (sha256, collector, origin)
    ) STRICT
    """,
    # Rows of their own: a source that changes its mind adds one, and the disagreement stays visible.
    """
    CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('person', 'stranger', 'curveball')),
        identity TEXT,
        category TEXT,
        added_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE UNIQUE INDEX claim_once ON claim (source, role, ifnull(identity, ''), ifnull(category, ''))",
    """
    CREATE TABLE decision (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL REFERENCES photo (sha256),
        kind TEXT NOT NULL CHECK (kind IN ('role', 'aside', 'back')),
        role TEXT CHECK (role IN ('person', 'stranger', 'curveball')),
        identity TEXT,
        category TEXT,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor IN ('user', 'auto')),
        at TEXT NOT NULL,
        CHECK ((kind = 'role') = (role IS NOT NULL))
    ) STRICT
    """,
    "CREATE INDEX decision_of ON decision (sha256)",
    """
    CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
    BEGIN SELECT RAISE (ABORT, 'decisions are never altered: record a new one'); END
    """,
    """
    CREATE TRIGGER decision_kept BEFORE DELETE ON decision
    BEGIN SELECT RAISE (ABORT, 'decisions are never deleted: record a new one'); END
    """,
    """
    CREATE TABLE inspection (
        sha256 TEXT NOT NULL PRIMARY KEY REFERENCES photo (sha256) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        reason TEXT,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        format TEXT NOT NULL,
        mode TEXT NOT NULL,
        frames INTEGER NOT NULL,
        phash INTEGER,
        sharpness REAL NOT NULL,
        brightness REAL NOT NULL,
        at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE face (
        sha256 TEXT NOT NULL REFERENCES inspection (sha256) ON DELETE CASCADE,
        face INTEGER NOT NULL CHECK (face >= 0),
        x REAL NOT NULL,
        y REAL NOT NULL,
        width REAL NOT NULL,
        height REAL NOT NULL,
        landmarks TEXT NOT NULL,
        detector_score REAL NOT NULL,
        gate_score REAL NOT NULL,
        accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
        main INTEGER NOT NULL CHECK (main IN (0, 1)),
        sharpness REAL NOT NULL,
        brightness REAL NOT NULL,
        PRIMARY KEY (sha256, face)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE crop (
        sha256 TEXT NOT NULL REFERENCES inspection (sha256) ON DELETE CASCADE,
        face INTEGER NOT NULL CHECK (face >= -1),
        view TEXT NOT NULL,
        row INTEGER NOT NULL CHECK (row >= 0),
        PRIMARY KEY (sha256, view, face),
        UNIQUE (view, row)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE assignment (
        sha256 TEXT NOT NULL PRIMARY KEY REFERENCES photo (sha256) ON DELETE CASCADE,
        part TEXT CHECK (part IN ('train', 'tune', 'calibrate', 'test', 'curveball')),
        grp TEXT NOT NULL,
        reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE opening (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL,
        why TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT
    """,
    f"PRAGMA application_id = {APPLICATION_ID}",
)

_TAGS: Migration = (
    """
    CREATE TABLE tag (
        sha256 TEXT NOT NULL REFERENCES photo (sha256) ON DELETE CASCADE,
        tag TEXT NOT NULL CHECK (tag != ''),
        added_at TEXT NOT NULL,
        PRIMARY KEY (sha256, tag)
    ) STRICT, WITHOUT ROWID
    """,
)

_COLLECTED: Migration = (
    "ALTER TABLE source ADD COLUMN robots TEXT",
    # Where a list says the person's face is, in pixels of the photo as that source has it.
    """
    CREATE TABLE face_hint (
        source INTEGER NOT NULL PRIMARY KEY REFERENCES source (id) ON DELETE CASCADE,
        x REAL NOT NULL,
        y REAL NOT NULL,
        width REAL NOT NULL,
        height REAL NOT NULL
    ) STRICT
    """,
    # What became of each address, so that nothing is asked for twice.
    """
    CREATE TABLE fetch (
        collector TEXT NOT NULL,
        key TEXT NOT NULL,
        url TEXT,
        outcome TEXT NOT NULL,
        reason TEXT,
        sha256 TEXT REFERENCES photo (sha256) ON DELETE SET NULL,
        tries INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (collector, key),
        CHECK ((outcome = 'kept') = (reason IS NULL))
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX fetch_address ON fetch (url)",
)

_CHECKED: Migration = (
    """
    CREATE TABLE check_score (
        sha256 TEXT NOT NULL REFERENCES inspection (sha256) ON DELETE CASCADE,
        name TEXT NOT NULL,
        score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
        measure REAL,
        PRIMARY KEY (sha256, name)
    ) STRICT, WITHOUT ROWID
    """,
    # Small grey pictures of a photo (face -1) and of its faces, to look for copies with.
    """
    CREATE TABLE fingerprint (
        sha256 TEXT NOT NULL REFERENCES inspection (sha256) ON DELETE CASCADE,
        face INTEGER NOT NULL CHECK (face >= -1),
        digest TEXT NOT NULL,
        patch BLOB NOT NULL,
        PRIMARY KEY (sha256, face)
    ) STRICT
    """,
    # What the user says about duplicates: which of them is best, and which are none.
    """
    CREATE TABLE ruling (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('best', 'different', 'same')),
        sha256 TEXT NOT NULL REFERENCES photo (sha256),
        other TEXT REFERENCES photo (sha256),
        at TEXT NOT NULL,
        CHECK ((kind = 'best') = (other IS NULL)),
        CHECK (other IS NULL OR sha256 < other)
    ) STRICT
    """,
    """
    CREATE TRIGGER ruling_stays BEFORE UPDATE ON ruling
    BEGIN SELECT RAISE (ABORT, 'rulings are never altered: record a new one'); END
    """,
    """
    CREATE TRIGGER ruling_kept BEFORE DELETE ON ruling
    BEGIN SELECT RAISE (ABORT, 'rulings are never deleted: record a new one'); END
    """,
)

_REVIEWED: Migration = (
    # SQLite cannot alter a CHECK: the log moves, entry by entry, into a table that knows more kinds.
    """
    CREATE TABLE decision_with_more_kinds (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sha256 TEXT NOT NULL REFERENCES photo (sha256),
        kind TEXT NOT NULL CHECK (kind IN ('role', 'claimed', 'aside', 'back', 'keep', 'unsure')),
        role TEXT CHECK (role IN ('person', 'stranger', 'curveball')),
        identity TEXT,
        category TEXT,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor IN ('user', 'auto')),
        at TEXT NOT NULL,
        CHECK ((kind = 'role') = (role IS NOT NULL))
    ) STRICT
    """,
    "INSERT INTO decision_with_more_kinds SELECT * FROM decision",
    "DROP TABLE decision",
    "ALTER TABLE decision_with_more_kinds RENAME TO decision",
    "CREATE INDEX decision_of ON decision (sha256)",
    """
    CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
    BEGIN SELECT RAISE (ABORT, 'decisions are never altered: record a new one'); END
    """,
    """
    CREATE TRIGGER decision_kept BEFORE DELETE ON decision
    BEGIN SELECT RAISE (ABORT, 'decisions are never deleted: record a new one'); END
    """,
    # What was done on the review page, one row a key press, so that it can be undone and done again.
    """
    CREATE TABLE review_act (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        what TEXT NOT NULL CHECK (what IN ('keep', 'aside', 'unsure', 'role', 'tag', 'untag')),
        word TEXT NOT NULL,
        actor TEXT NOT NULL CHECK (actor IN ('user', 'auto')),
        state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'dropped')),
        at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX review_act_state ON review_act (state, id)",
    # Which decisions counted before the act, and which one after it.
    """
    CREATE TABLE review_change (
        act INTEGER NOT NULL REFERENCES review_act (id),
        sha256 TEXT NOT NULL REFERENCES photo (sha256) ON DELETE CASCADE,
        before INTEGER,
        role_before INTEGER,
        after INTEGER,
        PRIMARY KEY (act, sha256)
    ) STRICT, WITHOUT ROWID
    """,
    # The decision that an undo or redo appended, and the earlier one that it repeats (none: back).
    """
    CREATE TABLE review_repeat (
        sha256 TEXT NOT NULL PRIMARY KEY REFERENCES photo (sha256) ON DELETE CASCADE,
        decision INTEGER NOT NULL,
        repeats INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    # A page that had no answer asks again; a key that is known here is not acted on twice.
    """
    CREATE TABLE review_request (
        key TEXT NOT NULL PRIMARY KEY,
        act INTEGER REFERENCES review_act (id)
    ) STRICT, WITHOUT ROWID
    """,
    # Photos shown a second time without their first decision; `second` is empty until they are decided.
    """
    CREATE TABLE review_again (
        sha256 TEXT NOT NULL PRIMARY KEY REFERENCES photo (sha256) ON DELETE CASCADE,
        first INTEGER NOT NULL,
        second INTEGER,
        at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE review_key (
        digit TEXT NOT NULL PRIMARY KEY CHECK (digit GLOB '[0-9]'),
        tag TEXT NOT NULL CHECK (tag != '')
    ) STRICT, WITHOUT ROWID
    """,
)

_REMEMBERED: Migration = (
    # The part of a photo that was left out since: where it belongs when it comes back.
    """
    ALTER TABLE assignment ADD COLUMN earlier TEXT
    CHECK (earlier IS NULL
        OR (part IS NULL AND earlier IN ('train', 'tune', 'calibrate', 'test', 'curveball')))
    """,
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST, _TAGS, _COLLECTED, _CHECKED, _REVIEWED, _REMEMBERED)


def migrate(
    connection: sqlite3.Connection, *, name: str, create: bool, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Brings a catalogue to the newest version, all steps in one transaction.

    Args:
        connection: In autocommit mode.
        name: What to call the file in errors.
        create: Whether an empty file may become a catalogue.
        migrations: Step k leads from version k to version k + 1.

    Raises:
        SchemaError: The file is no catalogue, or one of a newer version.
    """
    if _checked_version(connection, name=name, create=create, newest=len(migrations)) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again under the lock: another process may have migrated in between.
        version = _checked_version(connection, name=name, create=create, newest=len(migrations))
        for step in migrations[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _checked_version(connection: sqlite3.Connection, *, name: str, create: bool, newest: int) -> int:
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION_ID:
        tables = int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if not create or tables or version or application:
            raise SchemaError(
                f"{name} is not a catalogue of facethemodel",
                remedy="name the folder of a project, or make one with: facethemodel new",
            )
    if version > newest:
        raise SchemaError(
            f"{name} has version {version}; this facethemodel knows versions up to {newest}",
            remedy=NEWER,
        )
    return version
