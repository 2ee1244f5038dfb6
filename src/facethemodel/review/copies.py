"""Copies of one picture for the page: looked for once in the background, grouped anew after each ruling."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from facethemodel.catalogue import fingerprints, inspections, photos, rulings
from facethemodel.catalogue.labels import labels
from facethemodel.catalogue.records import Inspection
from facethemodel.catalogue.rulings import Kind, Ruling
from facethemodel.duplicates.best import choose, traits
from facethemodel.duplicates.conflicts import label_conflicts
from facethemodel.duplicates.groups import Group, group_copies
from facethemodel.duplicates.project import matches
from facethemodel.duplicates.search import Match
from facethemodel.errors import FacethemodelError, UsageError
from facethemodel.project import Project

MOST = 1_000
"""Groups that one page shows; settle these, then load it again."""


class Copies:
    """The groups of one project; threads may share it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._db = project.database()
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None
        self._found: tuple[Match, ...] | None = None
        self._problem: FacethemodelError | None = None
        self._inspections: dict[str, Inspection] = {}
        self._sizes: dict[str, int] = {}

    def look(self) -> None:
        """Begins to look for copies among the photos that are not aside now, unless that is under way."""
        with self._turn:
            if self._thread is None or not self._thread.is_alive():
                self._found = None
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def groups(self) -> dict[str, Any] | None:
        """Gives the groups as the rulings leave them, contradicting labels first; None while it is looking.

        Raises:
            FacethemodelError: What went wrong while looking.
        """
        with self._turn:
            found, problem = self._found, self._problem
        if problem is not None:
            raise problem
        if found is None:
            return None
        said = rulings.rulings(self._db)
        groups = group_copies(found, said.different)
        conflicts = label_conflicts(groups, labels(self._db, person=self._project.person))
        groups.sort(key=lambda group: conflicts.keys().isdisjoint(group.members))
        return {
            "all": len(groups),
            "waiting": fingerprints.missing(self._db),
            "groups": [self._told(group, said.best, conflicts) for group in groups[:MOST]],
        }

    def rule(self, kind: Kind, sha256: str, others: Sequence[str]) -> None:
        """Writes down that a photo is the best of its copies, or no copy of others, or one after all.

        Raises:
            UsageError: Photos that the catalogue does not have, or a photo that is named twice.
        """
        if kind == "best":
            said = [Ruling(kind="best", sha256=sha256)]
        elif not others or sha256 in others:
            raise UsageError("name the photo and those that it is no copy of")
        else:
            said = [Ruling(kind=kind, sha256=min(sha256, one), other=max(sha256, one)) for one in others]
        rulings.record(self._db, said)

    def close(self) -> None:
        """Lets the catalogue go."""
        self._db.close()

    def _look(self) -> None:
        try:
            with self._project.database() as db:
                found = matches(db)
                self._inspections = inspections.inspections(db)
                self._sizes = {photo.sha256: photo.size for photo in photos.all_photos(db)}
        except FacethemodelError as error:
            with self._turn:
                self._problem = error
            return
        with self._turn:
            self._found, self._problem = found, None

    def _told(self, group: Group, preferred: dict[str, int], conflicts: dict[str, str]) -> dict[str, Any]:
        members = [traits(self._inspections[sha], size=self._sizes[sha]) for sha in group.members]
        best = choose(members, preferred)
        return {
            "words": group.words,
            "best": best.sha256,
            "why": best.why,
            "members": [
                {
                    "sha256": one.sha256,
                    "face": one.face,
                    "sharpness": one.sharpness,
                    "width": self._inspections[one.sha256].width,
                    "height": self._inspections[one.sha256].height,
                    "size": self._sizes[one.sha256],
                    "conflict": conflicts.get(one.sha256),
                }
                for one in sorted(members, key=lambda one: (one.sha256 != best.sha256, one.sha256))
            ],
        }
