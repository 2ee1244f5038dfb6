"""One line per photo of the project, judged or not, so that nothing drops out of a denominator."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from facethemodel.bundle.decision import Thresholds, VerdictName, decide
from facethemodel.bundle.evidence import Evidence
from facethemodel.catalogue.records import NO_CATEGORY, Part, Role, drawn_as, normalise_identity
from facethemodel.dataset.samples import Sample
from facethemodel.errors import UsageError

Outcome = Literal[
    "judged",
    "no_face",
    "not_judged",
    "copy",
    "unreadable",
    "not_inspected",
    "label_conflict",
    "put_aside",
    "no_role",
    "left_out",
]
"""What became of a photo:

* `judged`: the gate accepted a face and the network scored it.
* `no_face`: the photo was looked at, and the gate accepted no face in it.
* `not_judged`: of the train, tune or calibrate part, with an accepted face or without; those are not judged.
* `copy`: the same picture as another photo of the test or of the curveballs, which counts for both.
* `unreadable`, `not_inspected`, `label_conflict`, `put_aside`, `no_role`: why it takes part in nothing.
* `left_out`: the split gave it no part; `reason` says why.
"""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One photo.

    Attributes:
        sha256: Which photo.
        name: Its readable file name.
        role: Its role, None where sources disagree or none says.
        identity: Who is on it, for strangers whose name is known.
        category: What is on it, for curveballs.
        part: Its part of the split.
        outcome: What became of it.
        verdict: What was said of it, for `judged` and `no_face`.
        score: The highest logit among its accepted faces.
        probability: How probable it is that it shows the person, at the prior that was set.
        best_face: The index of the face with that score.
        main_score: The logit of its main face, where it has one.
        ungated_score: The logit it would have got without a gate.
        faces: How many faces the gate accepted.
        reason: Why, in words, for the outcomes that have a reason.
        group: Which photos it stays together with in a split: near copies, one post, one stranger.
    """

    sha256: str
    name: str
    role: Role | None
    outcome: Outcome
    identity: str | None = None
    category: str | None = None
    part: Part | None = None
    verdict: VerdictName | None = None
    score: float | None = None
    probability: float | None = None
    best_face: int | None = None
    main_score: float | None = None
    ungated_score: float | None = None
    faces: int = 0
    reason: str = ""
    group: str | None = None

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}, got {self.outcome}")
        if (self.outcome == "judged") != (self.score is not None):
            raise ValueError(f"photo {self.sha256[:12]}: outcome {self.outcome} with score {self.score}")
        if (self.outcome in ("judged", "no_face")) != (self.verdict is not None):
            raise ValueError(f"photo {self.sha256[:12]}: outcome {self.outcome} with verdict {self.verdict}")

    @property
    def draw(self) -> str:
        """What is drawn as one, see `catalogue.records.drawn_as`."""
        return drawn_as(self.identity, group=self.group, sha256=self.sha256)

    @property
    def answered(self) -> bool:
        """Whether a verdict was given, `no_face` included."""
        return self.verdict is not None


def own_families(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Gathers the user's own curveballs by what they are, in whatever spelling; in the order of the names.

    Args:
        rows: The whole table, so that a family is called the same wherever it is counted.

    Returns:
        The photos of each family, asked about or not, by the first spelling of its name in the table.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.part == "curveball" and row.role == "curveball":
            found.setdefault(normalise_identity(row.category or NO_CATEGORY), []).append(row)
    return {some[0].category or NO_CATEGORY: some for _, some in sorted(found.items())}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoScores:
    """What the network said of one photo.

    Attributes:
        faces: The logit of each accepted face, by face index; `WHOLE_PHOTO` for a network that sees no faces.
        main: The index of the main face among them, if there is one.
        ungated: The logit of the crop that would have been judged without a gate.
    """

    faces: Mapping[int, float]
    main: int | None = None
    ungated: float | None = None


def row_for(
    sample: Sample, *, scores: PhotoScores | None, thresholds: Thresholds, evidence: Evidence | None = None
) -> Row:
    """The line of one photo.

    Args:
        sample: What is known of it.
        scores: What the network said of it, None when it was not asked. The verdict is the one that a bundle
            would give.
        thresholds: Where the lines lie.
        evidence: From scores to probabilities, where that is known.
    """
    label = sample.label
    row = partial(
        Row,
        sha256=sample.sha256,
        name=sample.name,
        role=label.role,
        identity=label.identity,
        group=None if sample.assignment is None else sample.assignment.group,
        category=label.category,
        part=sample.part,
    )
    if scores is None:
        outcome, reason = _outcome(sample)
        return row(outcome=outcome, reason=reason)
    best = max(scores.faces, key=lambda index: scores.faces[index], default=None)
    return row(
        outcome="no_face" if best is None else "judged",
        verdict=decide(tuple(scores.faces.values()), thresholds),
        score=None if best is None else float(scores.faces[best]),
        probability=None if evidence is None else evidence.probability(tuple(scores.faces.values())),
        best_face=best,
        main_score=None if scores.main is None else float(scores.faces[scores.main]),
        ungated_score=None if scores.ungated is None else float(scores.ungated),
        faces=len(scores.faces),
    )


def _outcome(sample: Sample) -> tuple[Outcome, str]:
    """Why a photo was not judged: the first obstacle on its way."""
    label, inspection = sample.label, sample.inspection
    if label.conflict is not None:
        return "label_conflict", label.conflict
    if label.aside is not None:
        return "put_aside", label.aside
    if label.role is None:
        return "no_role", "no source says what it is for"
    if inspection is None:
        return "not_inspected", ""
    if inspection.reason is not None:
        return "unreadable", inspection.reason
    if sample.part is None:
        return "left_out", "" if sample.assignment is None else sample.assignment.reason
    if sample.copy_of is not None and sample.part in ("test", "curveball"):
        return "copy", f"the same picture as {sample.copy_of[:12]}, which counts"
    return "not_judged", ""


def check_complete(rows: Sequence[Row], photos: Iterable[str]) -> Counter[tuple[Part | None, Outcome]]:
    """Proves that every photo of the project is exactly one line.

    Args:
        rows: The table.
        photos: The sha256 of every photo in the catalogue.

    Returns:
        How many lines each part and outcome has; the counts add up to the number of photos.

    Raises:
        UsageError: A photo without a line, a line without a photo, or two lines of one photo.
    """
    lines = Counter(row.sha256 for row in rows)
    known = set(photos)
    missing = sorted(known - lines.keys())
    strange = sorted(lines.keys() - known)
    twice = sorted(sha for sha, count in lines.items() if count > 1)
    for what, shas in (
        ("have no line", missing),
        ("are not in the catalogue", strange),
        ("stand twice", twice),
    ):
        if shas:
            raise UsageError(
                f"{len(shas)} photos {what} in the table of verdicts, {shas[0][:12]} among them",
                remedy="the project changed in the meantime: run `facethemodel evaluate` again",
            )
    return Counter((row.part, row.outcome) for row in rows)


COLUMNS = tuple(field.name for field in fields(Row))


def write_table(rows: Iterable[Row], path: Path) -> None:
    """Writes the table as CSV (UTF-8, RFC 4180 quoting, a header line; empty is None)."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            values = (getattr(row, column) for column in COLUMNS)
            writer.writerow(["" if value is None else value for value in values])


def read_table(path: Path) -> list[Row]:
    """Reads what `write_table` wrote.

    Raises:
        UsageError: The file has other columns, or a value that no such table holds.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise UsageError(
                f"{path} is not a table of verdicts: its columns are {reader.fieldnames}",
                remedy="run `facethemodel evaluate` to write it again",
            )
        try:
            return [_parse(line) for line in reader]
        except (ValueError, KeyError) as error:
            raise UsageError(
                f"{path}, line {reader.line_num}: {error}",
                remedy="run `facethemodel evaluate` to write it again",
            ) from error


def _parse(line: dict[str, str]) -> Row:
    def number(column: str) -> float | None:
        return float(line[column]) if line[column] else None

    return Row(
        sha256=line["sha256"],
        name=line["name"],
        role=line["role"] or None,  # type: ignore[arg-type]
        outcome=line["outcome"],  # type: ignore[arg-type]
        identity=line["identity"] or None,
        group=line["group"] or None,
        category=line["category"] or None,
        part=line["part"] or None,  # type: ignore[arg-type]
        verdict=line["verdict"] or None,  # type: ignore[arg-type]
        score=number("score"),
        probability=number("probability"),
        best_face=int(line["best_face"]) if line["best_face"] else None,
        main_score=number("main_score"),
        ungated_score=number("ungated_score"),
        faces=int(line["faces"]),
        reason=line["reason"],
    )
