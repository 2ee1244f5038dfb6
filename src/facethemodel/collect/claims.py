"""What is said about the files that are added: for all of them, or each by its folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from facethemodel.catalogue.photos import checked_claim
from facethemodel.catalogue.records import Claim, Role, normalise_identity
from facethemodel.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class FileClaims:
    """What is said about each file.

    Raises:
        UsageError: Role, identity and category do not go together.
    """

    role: Role | None
    identity: str | None
    identity_from: Literal["none", "folder"]
    category: str | None

    def __post_init__(self) -> None:
        if self.role is None:
            if self.identity is not None or self.category is not None or self.identity_from == "folder":
                raise UsageError(
                    "an identity or a category without a role says nothing",
                    remedy="add --as stranger or --as curveball",
                )
            return
        checked_claim(Claim(role=self.role, identity=self.identity, category=self.category))
        if self.identity_from == "folder" and self.role != "stranger":
            raise UsageError(
                f"photos added as {self.role} cannot have identities from folders",
                remedy="--identity-from folder is for strangers: --as stranger",
            )
        if self.identity_from == "folder" and self.identity is not None:
            raise UsageError(
                f"the identity is given as {self.identity!r} and is to come from folders",
                remedy="give one of the two",
            )

    def of(self, folder: str) -> Claim | None:
        """Gives the claim about a file in a folder of that name."""
        if self.role is None:
            return None
        identity = self.identity
        if self.identity_from == "folder":
            identity = folder if normalise_identity(folder) else None
        return Claim(role=self.role, identity=identity, category=self.category)
