"""What each photo is, after all its sources and decisions were heard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from facethemodel.catalogue import decisions
from facethemodel.catalogue.database import Database
from facethemodel.catalogue.decisions import Decision
from facethemodel.catalogue.records import ROLES, Claim, Label, normalise_identity


def labels(db: Database, *, person: str) -> dict[str, Label]:
    """Gives the label of every photo.

    Sources that disagree on the role, on a stranger's identity or on a curveball's category are in conflict,
    and so is a stranger who bears the person's own name. A source that names no identity contradicts none. A
    decision on the role settles a conflict; what it leaves open is taken from the claims of that role where
    they agree.

    Args:
        db: The catalogue.
        person: Name of the person the project is about.
    """
    claims = _claims(db)
    roles = decisions.latest_roles(db)
    asides = decisions.latest_asides(db)
    own = normalise_identity(person)
    found: dict[str, Label] = {}
    for (sha,) in db.read("SELECT sha256 FROM photo ORDER BY sha256"):
        aside = asides[sha].reason if sha in asides else None
        if sha in roles:
            found[sha] = _decided(roles[sha], claims.get(sha, ()), own=own, aside=aside)
        else:
            found[sha] = _claimed(sha, claims.get(sha, ()), own=own, aside=aside)
    return found


def label_of(db: Database, sha256: str, *, person: str) -> Label:
    """Gives what `labels` says of one photo of the catalogue, without reading the others."""
    log = decisions.history(db, sha256)
    roles = [one for one in log if one.kind in ("role", "claimed")]
    standing = decisions.standing_of(db, sha256)
    aside = standing.reason if standing is not None and standing.kind == "aside" else None
    claims = _claims(db, sha256).get(sha256, ())
    own = normalise_identity(person)
    if roles and roles[-1].kind == "role":
        return _decided(roles[-1], claims, own=own, aside=aside)
    return _claimed(sha256, claims, own=own, aside=aside)


def _claims(db: Database, sha256: str | None = None) -> dict[str, list[Claim]]:
    rows = db.read(
        "SELECT source.sha256, claim.role, claim.identity, claim.category "
        "FROM claim JOIN source ON source.id = claim.source "
        f"{'' if sha256 is None else 'WHERE source.sha256 = ? '}ORDER BY claim.id",
        () if sha256 is None else (sha256,),
    )
    found: dict[str, list[Claim]] = {}
    for sha, role, identity, category in rows:
        found.setdefault(sha, []).append(Claim(role=role, identity=identity, category=category))
    return found


def _decided(decision: Decision, claims: Sequence[Claim], *, own: str, aside: str | None) -> Label:
    same = [claim for claim in claims if claim.role == decision.role]
    identity, category = decision.identity, decision.category
    if identity is None:
        identities = _spellings(claim.identity for claim in same)
        # Deciding "a stranger" about a photo filed under the person's name says that the name was wrong.
        if len(identities) == 1 and own not in identities:
            identity = next(iter(identities.values()))
    if category is None:
        categories = _spellings(claim.category for claim in same)
        if len(categories) == 1:
            category = next(iter(categories.values()))
    return Label(
        sha256=decision.sha256, role=decision.role, identity=identity, category=category, aside=aside
    )


def _claimed(sha256: str, claims: Sequence[Claim], *, own: str, aside: str | None) -> Label:
    roles = {claim.role for claim in claims}
    identities = _spellings(claim.identity for claim in claims)
    categories = _spellings(claim.category for claim in claims)
    conflict = None
    if len(roles) > 1 or len(identities) > 1 or len(categories) > 1:
        conflict = "claimed as " + " and as ".join(_phrases(claims))
    elif own in identities:
        conflict = f"claimed as stranger {identities[own]}, which is the person's own name"
    if conflict is not None or not roles:
        return Label(sha256=sha256, role=None, conflict=conflict, aside=aside)
    return Label(
        sha256=sha256,
        role=next(iter(roles)),
        identity=next(iter(identities.values()), None),
        category=next(iter(categories.values()), None),
        aside=aside,
    )


def _spellings(names: Iterable[str | None]) -> dict[str, str]:
    """Maps each distinct name to the spelling met first."""
    found: dict[str, str] = {}
    for name in names:
        if name is not None:
            found.setdefault(normalise_identity(name), name)
    return found


def _phrases(claims: Sequence[Claim]) -> list[str]:
    """Says each distinct claim once, in an order that does not depend on which came first."""
    phrases: dict[tuple[int, str], str] = {}
    for claim in claims:
        name = claim.identity or claim.category or ""
        phrases.setdefault(
            (ROLES.index(claim.role), normalise_identity(name)), f"{claim.role} {name}".strip()
        )
    return [phrases[key] for key in sorted(phrases)]
