"""Copies of one picture that are said to be different things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from facethemodel.catalogue.records import Label, normalise_identity
from facethemodel.duplicates.groups import Group


def label_conflicts(groups: Sequence[Group], labels: Mapping[str, Label]) -> dict[str, str]:
    """Finds groups of copies whose labels contradict one another.

    Roles that differ do, and so do two names of strangers or two categories; no name contradicts none. Groups
    in which a photo shows several people and none mainly are passed over: the same photo may be there once
    for the one and once for the other.

    Args:
        groups: Groups of copies.
        labels: By sha256; photos put aside, in a conflict of their own or without a role say nothing.

    Returns:
        For each photo of such a group that has a role, in words, what the first copy that contradicts it is
        said to be.
    """
    found: dict[str, str] = {}
    for group in groups:
        if not group.same_subject:
            continue
        speaking = [labels[sha] for sha in group.members if sha in labels and labels[sha].usable]
        for label in speaking:
            other = next((one for one in speaking if _contradict(label, one)), None)
            if other is not None:
                found[label.sha256] = (
                    f"claimed as {_phrase(label)}, and its copy {other.sha256[:8]} as {_phrase(other)}"
                )
    return found


def _contradict(mine: Label, theirs: Label) -> bool:
    if mine.role != theirs.role:
        return True
    return any(
        one is not None and other is not None and normalise_identity(one) != normalise_identity(other)
        for one, other in ((mine.identity, theirs.identity), (mine.category, theirs.category))
    )


def _phrase(label: Label) -> str:
    return f"{label.role} {label.identity or label.category or ''}".strip()
