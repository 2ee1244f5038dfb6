"""What was done on the review page: acts on one photo or many, undone and done again without limit.

An act appends to the log of decisions; undoing it appends the decisions that bring the former state back.
Every function that writes returns only when that is on the disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from facethemodel.catalogue import tags
from facethemodel.catalogue.database import Database, now
from facethemodel.catalogue.decisions import STANDINGS, Actor
from facethemodel.catalogue.records import ROLES
from facethemodel.errors import UsageError

What = Literal["keep", "aside", "unsure", "role", "tag", "untag"]
Way = Literal["done", "undone"]

REASONS = ("absent", "obstructed", "low quality", "another person", "drawing", "duplicate")
"""Why a photo is rejected, in the order of their digits on the page."""
LONGEST_REASON = 80
MOST = 5_000
"""Photos that one act may touch: it is one transaction, and other writers wait for it."""

PACE_MINUTES = 10
_STANDING = "({})".format(", ".join(f"'{kind}'" for kind in STANDINGS))
_ROLE = "('role', 'claimed')"
_SAID = "kind, role, identity, category, reason, actor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing done to photos.

    Attributes:
        key: Chosen by who asks, once for each act: the same key again changes nothing and is answered alike.
        what: `aside` needs a reason as its `word`, `role` a role, `tag` and `untag` a tag.
    """

    key: str
    what: What
    shas: tuple[str, ...]
    word: str = ""
    actor: Actor = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it.

    Attributes:
        what: Of the act that was done, undone or done again.
        word: Of that act.
        shas: Photos that the act is about and that it found otherwise; none where nothing had to change.
        left: Photos that an undo left alone because something else was decided about them since.
        way: Whether the act holds now.
    """

    what: What
    word: str
    shas: tuple[str, ...]
    left: int = 0
    way: Way = "done"


def act(db: Database, wanted: Act) -> Done:
    """Does something to photos, all or none, and forgets what could have been done again.

    Raises:
        UsageError: An act that makes no sense, on no photo, on too many, or on one that the catalogue lacks.
    """
    wanted = _checked(wanted)
    with db.write(durable=True) as connection:
        known = _known(connection, wanted.key)
        if known is not None:
            return known
        _require_photos(connection, wanted.shas)
        at = now()
        made = connection.execute(
            "INSERT INTO review_act (what, word, actor, state, at) VALUES (?, ?, ?, 'done', ?)",
            (wanted.what, wanted.word, wanted.actor, at),
        ).lastrowid
        assert made is not None
        changed = [sha for sha in wanted.shas if _do(connection, made, wanted, sha, at=at)]
        if changed:
            connection.execute("UPDATE review_act SET state = 'dropped' WHERE state = 'undone'")
            connection.execute("INSERT INTO review_request VALUES (?, ?)", (wanted.key, made))
        else:
            connection.execute("DELETE FROM review_act WHERE id = ?", (made,))
            connection.execute("INSERT INTO review_request VALUES (?, NULL)", (wanted.key,))
    return Done(what=wanted.what, word=wanted.word, shas=tuple(changed))


def undo(db: Database, *, key: str) -> Done | None:
    """Undoes the latest act that holds, whoever did it; None where there is none."""
    return _turn(db, key=key, to="undone")


def redo(db: Database, *, key: str) -> Done | None:
    """Does again what was undone last; None where there is none, or something was done since."""
    return _turn(db, key=key, to="done")


def can_turn(db: Database) -> tuple[bool, bool]:
    """Tells whether there is something to undo, and something to do again."""
    ((undo, redo),) = db.read(
        "SELECT EXISTS (SELECT 1 FROM review_act WHERE state = 'done'), "
        "EXISTS (SELECT 1 FROM review_act WHERE state = 'undone')"
    )
    return bool(undo), bool(redo)


def pace(db: Database) -> float | None:
    """Photos decided by the user in a minute, over the last ten minutes; None with too little to say."""
    rows = db.read(
        "SELECT strftime('%s', at), count(*) FROM review_act JOIN review_change ON act = id "
        "WHERE actor = 'user' AND state = 'done' AND julianday(at) > julianday('now') - ? GROUP BY id",
        (PACE_MINUTES / 1440,),
    )
    times = [int(at) for at, _ in rows]
    if len(times) < 3 or max(times) - min(times) < 5:
        return None
    # The first act began the clock and was not done within it.
    photos = sum(count for _, count in rows[1:])
    return float(photos / ((max(times) - min(times)) / 60))


def tag_keys(db: Database) -> dict[str, str]:
    """Gives the tag that each digit stands for on the page."""
    return dict(db.read("SELECT digit, tag FROM review_key ORDER BY digit"))


def set_tag_key(db: Database, digit: str, tag: str) -> None:
    """Makes a digit stand for a tag, or for nothing where the tag is empty.

    Raises:
        UsageError: No digit, or a tag that cannot be used.
    """
    if len(digit) != 1 or digit not in "0123456789":
        raise UsageError(f"{digit!r} is no digit", remedy="tags are given with the digits 0 to 9")
    word = tags.checked_tag(tag) if tag.strip() else ""
    with db.write(durable=True) as connection:
        connection.execute("DELETE FROM review_key WHERE digit = ?", (digit,))
        if word:
            connection.execute("INSERT INTO review_key VALUES (?, ?)", (digit, word))


def _turn(db: Database, *, key: str, to: Way) -> Done | None:
    with db.write(durable=True) as connection:
        known = _known(connection, key)
        if known is not None:
            return known if known.shas or known.left else None
        order = "state = 'done' ORDER BY id DESC" if to == "undone" else "state = 'undone' ORDER BY id"
        found = connection.execute(
            f"SELECT id, what, word, actor FROM review_act WHERE {order} LIMIT 1"
        ).fetchone()
        connection.execute("INSERT INTO review_request VALUES (?, ?)", (key, found[0] if found else None))
        if found is None:
            return None
        number, what, word, actor = found
        connection.execute("UPDATE review_act SET state = ? WHERE id = ?", (to, number))
        changes = connection.execute(
            "SELECT sha256, before, role_before, after FROM review_change WHERE act = ?", (number,)
        ).fetchall()
        at, turned = now(), []
        for sha, before, role_before, after in changes:
            if what in ("tag", "untag"):
                _tag(connection, sha, word, on=(what == "tag") == (to == "done"), at=at)
            elif _standing(connection, sha) != (after if to == "undone" else before) or (
                what == "role" and not _role_is_ours(connection, sha, word, actor, role_before, to=to)
            ):
                continue
            elif to == "undone":
                if what == "role":
                    _copy(connection, sha, role_before, instead="claimed", at=at)
                copy = _copy(connection, sha, before, instead="back", at=at)
                _repeats(connection, sha, copy, before)
                connection.execute(
                    "UPDATE review_again SET second = NULL WHERE sha256 = ? AND second = ?", (sha, after)
                )
            else:
                _repeats(connection, sha, _decide(connection, what, word, actor, sha, at=at), after)
                connection.execute(
                    "UPDATE review_again SET second = ? WHERE sha256 = ? AND second IS NULL", (after, sha)
                )
            turned.append(sha)
    return Done(what=what, word=word, shas=tuple(turned), left=len(changes) - len(turned), way=to)


def _checked(wanted: Act) -> Act:
    shas = tuple(dict.fromkeys(wanted.shas))
    if not shas:
        raise UsageError("no photo named")
    if len(shas) > MOST:
        raise UsageError(f"{len(shas):,} photos at once", remedy=f"at most {MOST:,}")
    if not 8 <= len(wanted.key) <= 64:
        raise UsageError(f"the key {wanted.key!r} of an act has 8 to 64 signs")
    word = wanted.word.strip()
    if wanted.what == "aside" and not (0 < len(word) <= LONGEST_REASON and word.isprintable()):
        raise UsageError(
            f"the reason {wanted.word!r} cannot be used", remedy=f"give one of at most {LONGEST_REASON} signs"
        )
    if wanted.what == "role" and word not in ROLES:
        raise UsageError(f"there is no role {wanted.word!r}", remedy=f"roles: {', '.join(ROLES)}")
    if wanted.what in ("tag", "untag"):
        word = tags.checked_tag(wanted.word)
    elif wanted.what in ("keep", "unsure"):
        word = ""
    return Act(key=wanted.key, what=wanted.what, shas=shas, word=word, actor=wanted.actor)


def _known(connection: sqlite3.Connection, key: str) -> Done | None:
    """The answer that an act with this key was given before."""
    found = connection.execute("SELECT act FROM review_request WHERE key = ?", (key,)).fetchone()
    if found is None:
        return None
    if found[0] is None:
        return Done(what="keep", word="", shas=())
    what, word, state = connection.execute(
        "SELECT what, word, state FROM review_act WHERE id = ?", found
    ).fetchone()
    shas = connection.execute("SELECT sha256 FROM review_change WHERE act = ?", found).fetchall()
    return Done(
        what=what, word=word, shas=tuple(sha for (sha,) in shas), way="done" if state == "done" else "undone"
    )


def _require_photos(connection: sqlite3.Connection, shas: Sequence[str]) -> None:
    for sha in shas:
        if connection.execute("SELECT 1 FROM photo WHERE sha256 = ?", (sha,)).fetchone() is None:
            raise UsageError(f"the catalogue holds no photo {sha[:64]}", remedy="load the page again")


def _do(connection: sqlite3.Connection, number: int, wanted: Act, sha: str, *, at: str) -> bool:
    """Does one photo's share of an act; False where it is so already."""
    if wanted.what in ("tag", "untag"):
        if not _tag(connection, sha, wanted.word, on=wanted.what == "tag", at=at):
            return False
        connection.execute("INSERT INTO review_change (act, sha256) VALUES (?, ?)", (number, sha))
        return True
    before, role_before = _standing(connection, sha), _counting(connection, sha, _ROLE)
    asked = connection.execute(
        "SELECT 1 FROM review_again WHERE sha256 = ? AND second IS NULL", (sha,)
    ).fetchone()
    if asked is None and _is_so(connection, wanted, before, role_before):
        return False
    after = _decide(connection, wanted.what, wanted.word, wanted.actor, sha, at=at)
    connection.execute(
        "INSERT INTO review_change VALUES (?, ?, ?, ?, ?)", (number, sha, before, role_before, after)
    )
    if asked is not None and wanted.actor == "user":
        connection.execute("UPDATE review_again SET second = ? WHERE sha256 = ?", (after, sha))
    return True


def _is_so(connection: sqlite3.Connection, wanted: Act, before: int | None, role_before: int | None) -> bool:
    if before is None:
        return False
    kind, reason, actor = _decision(connection, before, "kind, reason, actor")
    if wanted.what == "role":
        role = None if role_before is None else _decision(connection, role_before, "role")[0]
        return bool(role == wanted.word and kind == "keep")
    return bool(kind == wanted.what and reason == wanted.word and (actor == "user" or wanted.actor == "auto"))


def _decide(connection: sqlite3.Connection, what: What, word: str, actor: Actor, sha: str, *, at: str) -> int:
    """Appends what an act means for one photo; gives the decision that its standing rests on."""
    if what == "role":
        connection.execute(
            "INSERT INTO decision (sha256, kind, role, reason, actor, at) "
            "VALUES (?, 'role', ?, 'review', ?, ?)",
            (sha, word, actor, at),
        )
        what, word = "keep", ""
    return _append(connection, sha, kind=what, reason=word, actor=actor, at=at)


def _copy(connection: sqlite3.Connection, sha: str, decision: int | None, *, instead: str, at: str) -> int:
    """Appends a copy of an earlier decision, or `instead` where there was none."""
    if decision is None:
        return _append(connection, sha, kind=instead, reason="undo", actor="user", at=at)
    return int(
        connection.execute(
            "INSERT INTO decision (sha256, kind, role, identity, category, reason, actor, at) "
            "SELECT sha256, kind, role, identity, category, reason, actor, ? FROM decision WHERE id = ? "
            "RETURNING id",
            (at, decision),
        ).fetchone()[0]
    )


def _append(
    connection: sqlite3.Connection, sha: str, *, kind: str, reason: str, actor: Actor, at: str
) -> int:
    return int(
        connection.execute(
            "INSERT INTO decision (sha256, kind, reason, actor, at) VALUES (?, ?, ?, ?, ?) RETURNING id",
            (sha, kind, reason, actor, at),
        ).fetchone()[0]
    )


def _repeats(connection: sqlite3.Connection, sha: str, decision: int, repeated: int | None) -> None:
    connection.execute(
        "INSERT INTO review_repeat VALUES (?, ?, ?) ON CONFLICT (sha256) "
        "DO UPDATE SET decision = excluded.decision, repeats = excluded.repeats",
        (sha, decision, repeated),
    )


def _standing(connection: sqlite3.Connection, sha: str) -> int | None:
    """The decision that a photo's standing rests on: the one that the newest repeats, where it is a copy."""
    newest = _counting(connection, sha, _STANDING)
    copied = connection.execute(
        "SELECT repeats FROM review_repeat WHERE sha256 = ? AND decision = ?", (sha, newest)
    ).fetchone()
    return newest if copied is None else copied[0]


def _counting(connection: sqlite3.Connection, sha: str, kinds: str) -> int | None:
    found = connection.execute(
        f"SELECT id FROM decision WHERE sha256 = ? AND kind IN {kinds} ORDER BY id DESC LIMIT 1", (sha,)
    ).fetchone()
    return None if found is None else int(found[0])


def _role_is_ours(
    connection: sqlite3.Connection, sha: str, word: str, actor: Actor, role_before: int | None, *, to: Way
) -> bool:
    """Tells whether a photo's role is the one that an act gave it (to undo) or that its undo gave back.

    Acts and their repetitions write the role and, next in the log, the standing. A role that was decided
    elsewhere lacks that companion, also where it says the same.
    """
    ours: tuple[object, ...]
    if to == "undone":
        ours = ("role", word, None, None, "review", actor)
    elif role_before is None:
        ours = ("claimed", None, None, None, "undo", "user")
    else:
        ours = _decision(connection, role_before, _SAID)
    found = connection.execute(
        f"SELECT EXISTS (SELECT 1 FROM decision AS next WHERE next.id = decision.id + 1 "
        f"AND next.sha256 = decision.sha256 AND next.kind IN {_STANDING}), {_SAID} "
        f"FROM decision WHERE sha256 = ? AND kind IN {_ROLE} ORDER BY id DESC LIMIT 1",
        (sha,),
    ).fetchone()
    return found is not None and bool(found[0]) and tuple(found[1:]) == ours


def _decision(connection: sqlite3.Connection, number: int, columns: str) -> tuple[str, ...]:
    found: tuple[str, ...] = connection.execute(
        f"SELECT {columns} FROM decision WHERE id = ?", (number,)
    ).fetchone()
    return found


def _tag(connection: sqlite3.Connection, sha: str, tag: str, *, on: bool, at: str) -> bool:
    if on:
        done = connection.execute(
            "INSERT INTO tag (sha256, tag, added_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (sha, tag, at)
        )
    else:
        done = connection.execute("DELETE FROM tag WHERE sha256 = ? AND tag = ?", (sha, tag))
    return done.rowcount > 0
