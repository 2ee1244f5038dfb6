"""The addresses of the page: one for the page itself, a few for its data, one for each kind of picture."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field

from facethemodel.catalogue.reviews import MOST, REASONS, Act, Done, What
from facethemodel.catalogue.rulings import Kind
from facethemodel.errors import FacethemodelError
from facethemodel.photos.limits import UnreadablePhotoError
from facethemodel.review.copies import Copies
from facethemodel.review.desk import Desk
from facethemodel.review.guard import Guard, Keys
from facethemodel.review.pictures import SIDES, Pictures
from facethemodel.review.shelf import Filter, Sort

FIRST = 240
"""Cards that come along with a list; the page asks for the others when they are about to be seen."""
AT_ONCE = 600
ONE_YEAR = "private, max-age=31536000, immutable"
_PAGES = ("page.js", "duplicates.js")
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

Sha = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Key = Annotated[str, Field(min_length=8, max_length=64)]
Word = Annotated[str, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Chosen(_Body):
    """A filter as the page writes it; see `shelf.Filter`."""

    standing: Word | None = None
    role: Word | None = None
    flag: Word | None = None
    source: str | None = Field(default=None, max_length=4096)
    tag: Word | None = None
    part: Word | None = None
    band: Word | None = None
    name: Word | None = None

    def filter(self) -> Filter:
        """What it stands for; empty means all."""
        return Filter(**{name: value or None for name, value in self.model_dump().items()})


class ListWanted(Chosen):
    """A list to go through."""

    sort: Sort = "gate"


class ActWanted(_Body):
    """One key press."""

    key: Key
    what: What
    word: Word = ""
    shas: Annotated[list[Hash], Field(max_length=MOST)]
    within: Chosen = Chosen()


class TurnWanted(_Body):
    """An undo, a redo, or the acceptance of what the model is sure of."""

    key: Key
    within: Chosen = Chosen()


class DigitWanted(_Body):
    """A digit and the tag it is to give."""

    digit: Word
    tag: Word


class RulingWanted(_Body):
    """What is said about copies; see `catalogue.rulings.Ruling`."""

    kind: Kind
    sha256: Hash
    others: Annotated[list[Hash], Field(max_length=1000)] = Field(default_factory=list)


def make_application(desk: Desk, pictures: Pictures, copies: Copies, *, keys: Keys, port: int) -> Guard:
    """Puts the page together.

    Args:
        desk: The project's data.
        pictures: The project's pictures.
        copies: The project's duplicates.
        keys: The secrets of this run.
        port: Where the server listens.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    assets = _assets()
    stamp = hashlib.sha256(b"".join(assets[name] for name in sorted(assets))).hexdigest()[:12]

    @app.exception_handler(FacethemodelError)
    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, FacethemodelError)
        status = 400 if error.exit_code == 2 else 503
        return JSONResponse({"error": error.what, "remedy": error.remedy}, status_code=status)

    @app.get("/")
    def page() -> HTMLResponse:
        html = _template("page.html.j2").render(
            person=desk.project.person,
            folder=desk.project.shown_root,
            word=keys.word,
            stamp=stamp,
            reasons=REASONS,
            modelled=desk.shelf.modelled,
            first="person" if desk.shelf.counts(Filter(role="person"))[0] else "",
            modules=[name for name in sorted(assets) if name.endswith(".js") and name not in _PAGES],
        )
        return HTMLResponse(html, headers={"cache-control": "no-store"})

    @app.get("/duplicates")
    def duplicates() -> HTMLResponse:
        html = _template("duplicates.html.j2").render(
            person=desk.project.person, folder=desk.project.shown_root, word=keys.word, stamp=stamp
        )
        return HTMLResponse(html, headers={"cache-control": "no-store"})

    @app.get("/static/{name}")
    async def static(name: str) -> Response:
        kind = _TYPES.get(name[name.rfind(".") :])
        if name not in assets or kind is None:
            return PlainTextResponse("There is no such file.\n", status_code=404)
        return Response(assets[name], media_type=kind, headers={"cache-control": "no-cache"})

    @app.get("/api/list")
    def listed(wanted: Annotated[ListWanted, Query()]) -> JSONResponse:
        chosen = Chosen(**wanted.model_dump(exclude={"sort"})).filter()
        found = desk.order(chosen, wanted.sort)
        return _json(
            {
                "numbers": found.numbers,
                "cards": desk.shelf.cards(found.numbers[:FIRST]),
                "progress": desk.progress(chosen),
            }
        )

    @app.get("/api/cards")
    def cards(
        numbers: Annotated[str, Query(pattern=r"^\d{1,9}(,\d{1,9})*$", max_length=10 * AT_ONCE)],
    ) -> JSONResponse:
        return _json({"cards": desk.shelf.cards([int(one) for one in numbers.split(",")][:AT_ONCE])})

    @app.get("/api/facets")
    def facets(within: Annotated[Chosen, Query()]) -> JSONResponse:
        return _json({"facets": desk.shelf.facets(within.filter()), "keys": desk.keys()})

    @app.get("/api/progress")
    def progress(within: Annotated[Chosen, Query()]) -> JSONResponse:
        return _json({"progress": desk.progress(within.filter())})

    @app.get("/api/photo/{sha}")
    def about(sha: Sha) -> JSONResponse:
        return _json({"facts": pictures.facts(sha)})

    @app.post("/api/act")
    def act(wanted: ActWanted) -> JSONResponse:
        made = Act(key=wanted.key, what=wanted.what, shas=tuple(wanted.shas), word=wanted.word)
        done, changed = desk.act(made)
        return _json(
            {"done": _told(done), "cards": changed, "progress": desk.progress(wanted.within.filter())}
        )

    @app.post("/api/undo")
    def undo(wanted: TurnWanted) -> JSONResponse:
        done, changed = desk.undo(wanted.key)
        return _json(
            {"done": _told(done), "cards": changed, "progress": desk.progress(wanted.within.filter())}
        )

    @app.post("/api/redo")
    def redo(wanted: TurnWanted) -> JSONResponse:
        done, changed = desk.redo(wanted.key)
        return _json(
            {"done": _told(done), "cards": changed, "progress": desk.progress(wanted.within.filter())}
        )

    @app.post("/api/sure")
    def sure(wanted: TurnWanted) -> JSONResponse:
        count = desk.accept_sure(wanted.within.filter(), key=wanted.key)
        return _json({"count": count, "progress": desk.progress(wanted.within.filter())})

    @app.get("/api/copies")
    def copied(fresh: str = "") -> JSONResponse:
        if fresh:
            copies.look()
        found = copies.groups()
        shas = [one["sha256"] for group in found["groups"] for one in group["members"]] if found else []
        return _json({"copies": found, "cards": desk.shelf.cards(desk.shelf.photos(shas))})

    @app.post("/api/ruling")
    def ruling(wanted: RulingWanted) -> JSONResponse:
        copies.rule(wanted.kind, wanted.sha256, wanted.others)
        return _json({})

    @app.post("/api/keys")
    def digit(wanted: DigitWanted) -> JSONResponse:
        return _json({"keys": desk.set_key(wanted.digit, wanted.tag)})

    @app.get("/face/{sha}/{face}.jpg")
    def face(sha: Sha, face: Annotated[int, Path(ge=-1, le=9999)]) -> Response:
        data = pictures.face(sha, face)
        if data is None:
            return PlainTextResponse("There is no such face.\n", status_code=404)
        return Response(data, media_type="image/jpeg", headers={"cache-control": ONE_YEAR})

    @app.get("/photo/{sha}/{side}.jpg")
    def photo(sha: Sha, side: int) -> Response:
        if side not in SIDES:
            return PlainTextResponse("Not in that size.\n", status_code=404)
        try:
            data = pictures.photo(sha, side)
        except UnreadablePhotoError as error:
            return PlainTextResponse(f"{error}\n", status_code=404)
        return Response(data, media_type="image/jpeg", headers={"cache-control": ONE_YEAR})

    return Guard(app, keys=keys, port=port)


def _told(done: Done | None) -> dict[str, Any] | None:
    if done is None:
        return None
    return {"what": done.what, "word": done.word, "count": len(done.shas), "left": done.left, "way": done.way}


def _json(value: Mapping[str, Any]) -> JSONResponse:
    return JSONResponse(value, headers={"cache-control": "no-store"})


def _template(name: str) -> Any:
    environment = Environment(
        loader=PackageLoader("facethemodel.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _assets() -> dict[str, bytes]:
    """The files of the page, read once: nothing else can be asked for, whatever the path."""
    folder = files("facethemodel.review").joinpath("static")
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
