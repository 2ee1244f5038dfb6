"""What a comparison of here and there comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Verdict = Literal["same", "missing here", "missing there", "differs", "unreadable", "extra"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""
`same`: the same bytes here and there, by checksum or, with `deep`, byte for byte. `missing here`,
`missing there`: on one side only. `differs`: on both sides, and not the same. `unreadable`: it could not be
compared. `extra`: there, and nothing here or in any snapshot has to do with it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was compared, and how it came out.

    Attributes:
        name: A file's path, a photo, or an object's name below the prefix.
        reason: In words; empty for `same`.
    """

    verdict: Verdict
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """Everything here and everything there, each in exactly one finding.

    Attributes:
        deep: Whether every byte was read back.
        fixed: What was uploaded by `fix` before this last comparison.
        snapshot: The name that the project as it is now has or would have as a snapshot; None for a folder.
    """

    deep: bool
    findings: tuple[Finding, ...]
    fixed: int = 0
    snapshot: str | None = None

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many of each verdict."""
        found = Counter(one.verdict for one in self.findings)
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def differences(self) -> Sequence[Finding]:
        """All but what is the same."""
        return [one for one in self.findings if one.verdict != "same"]
