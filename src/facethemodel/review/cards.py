"""What the page shows of each photo, read from the catalogue in a few passes however many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from facethemodel.catalogue import decisions, labels, tags
from facethemodel.catalogue.checks import FLAGGED
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.names import last_part, readable

NOT_INSPECTED, UNREADABLE, CONFLICT = "not-inspected", "unreadable", "label-conflict"
# As the checks call them, which know more but are not there for every photo.
NO_FACE, SEVERAL_FACES = "no-face", "several-faces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One photo on the page.

    Attributes:
        sha256: Which photo.
        name: Its readable file name.
        role: What it is for; None while nobody says or sources disagree.
        label: Whom or what it shows, where that is known; for a conflict, how the sources disagree.
        source: Where it came from: the end of its folder's path, or a host.
        part: Its part of the split.
        standing: `keep`, `aside` or `unsure`; None for a photo that nobody has looked at.
        reason: Why it is aside.
        automatic: Whether the standing was not given by a person.
        face: The accepted face that stands for it; None where there is none, and the photo itself is shown.
        version: Of the inspection that cut its crops; 0 where there was none.
        gate: How surely that face is one; of a photo without an accepted face, the best candidate's score.
        sharpness: Of that face, else of the photo; see `catalogue.records`.
        size: Of that face, in pixels.
        worst: The highest score of a check.
        doubt: How much its label is doubted, see `evaluation.doubts.Doubt.suspicion`.
        flags: What is noteworthy about it.
        tags: The user's words for it.
    """

    sha256: str
    name: str
    role: str | None = None
    label: str | None = None
    source: str = ""
    part: str | None = None
    standing: str | None = None
    reason: str = ""
    automatic: bool = False
    face: int | None = None
    version: int = 0
    gate: float | None = None
    sharpness: float | None = None
    size: float | None = None
    worst: float | None = None
    doubt: float | None = None
    flags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What deciding can change on a card; see `Card`."""

    sha256: str
    standing: str | None
    reason: str
    automatic: bool
    role: str | None
    label: str | None
    conflict: bool
    tags: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """What inspection and checks found in one photo."""

    version: int = 0
    face: int | None = None
    gate: float | None = None
    sharpness: float | None = None
    size: float | None = None
    worst: float | None = None
    flags: list[str] = field(default_factory=list)


def read_cards(db: Database, *, person: str, doubts: Mapping[str, float]) -> Iterator[Card]:
    """Gives the card of every photo, in ascending order of sha256.

    A photo that is being shown a second time (see `catalogue.rechecks`) has no standing.

    Args:
        db: The catalogue.
        person: Name of the person the project is about.
        doubts: How much each label is doubted, for the photos that a model has looked at.
    """
    known = labels.labels(db, person=person)
    standings = decisions.latest_standings(db)
    shown_again = {row[0] for row in db.read("SELECT sha256 FROM review_again WHERE second IS NULL")}
    words = tags.tags(db)
    parts = dict(db.read("SELECT sha256, part FROM assignment"))
    origins = {
        sha: (origin, url)
        for sha, origin, url in db.read("SELECT sha256, origin, url FROM source ORDER BY id DESC")
    }
    seen = _seen(db)
    for sha, label in known.items():
        standing = None if sha in shown_again else standings.get(sha)
        origin, url = origins.get(sha, (sha[:8].encode(), None))
        found = seen.get(sha) or _Seen(flags=[NOT_INSPECTED])
        yield Card(
            sha256=sha,
            name=readable(last_part(origin)),
            role=label.role,
            label=label.conflict or label.identity or label.category,
            source=_place(origin, url),
            part=parts.get(sha),
            standing=None if standing is None else standing.kind,
            reason="" if standing is None else standing.reason,
            automatic=standing is not None and standing.actor == "auto",
            face=found.face,
            version=found.version,
            gate=found.gate,
            sharpness=found.sharpness,
            size=found.size,
            worst=found.worst,
            doubt=doubts.get(sha),
            flags=(*((CONFLICT,) if label.conflict else ()), *found.flags),
            tags=words.get(sha, ()),
        )


def read_mark(db: Database, sha256: str, *, person: str) -> Mark:
    """Gives what was decided about one photo, as `read_cards` would; it must be in the catalogue."""
    label = labels.label_of(db, sha256, person=person)
    standing = decisions.standing_of(db, sha256)
    if db.read("SELECT 1 FROM review_again WHERE sha256 = ? AND second IS NULL", (sha256,)):
        standing = None
    words = db.read("SELECT tag FROM tag WHERE sha256 = ? ORDER BY tag", (sha256,))
    return Mark(
        sha256=sha256,
        standing=None if standing is None else standing.kind,
        reason="" if standing is None else standing.reason,
        automatic=standing is not None and standing.actor == "auto",
        role=label.role,
        label=label.conflict or label.identity or label.category,
        conflict=label.conflict is not None,
        tags=tuple(word for (word,) in words),
    )


def _seen(db: Database) -> dict[str, _Seen]:
    found: dict[str, _Seen] = {}
    for sha, version, reason, sharpness in db.read(
        "SELECT sha256, version, reason, sharpness FROM inspection"
    ):
        found[sha] = _Seen(version=version)
        if reason is None:
            found[sha].sharpness = sharpness
        else:
            found[sha].flags.append(UNREADABLE)
    for sha, name, score in db.read("SELECT sha256, name, score FROM check_score ORDER BY score DESC, name"):
        one = found[sha]
        one.worst = max(one.worst or 0.0, score)
        if score >= FLAGGED:
            one.flags.append(name)
    rows = db.read(
        "SELECT sha256, max(1e6 * accepted + 1e3 * main + gate_score), face, accepted, gate_score, "
        "sharpness, width * height, sum(accepted) FROM face GROUP BY sha256"
    )
    for sha, _, face, accepted, gate, sharpness, area, count in rows:
        one = found[sha]
        one.gate = gate
        if accepted:
            one.face, one.sharpness, one.size = face, sharpness, max(area, 0.0) ** 0.5
        if count > 1 and one.worst is None:
            one.flags.append(SEVERAL_FACES)
    for one in found.values():
        if one.face is None and not one.flags:
            one.flags.append(NO_FACE)
    return found


def _place(origin: bytes, url: str | None) -> str:
    """Where a photo came from, in one or two words."""
    if url:
        return urlsplit(url).hostname or readable(last_part(origin))
    folders = [part for part in origin.split(b"/")[:-1] if part]
    return readable(b"/".join(folders[-2:]))
