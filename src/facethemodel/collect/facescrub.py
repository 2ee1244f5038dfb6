"""The collector of FaceScrub's lists: a name, an address, where the face is, and what the bytes must hash to.

The lists are `facescrub_actors.txt` and `facescrub_actresses.txt` as their makers hand them out (Ng and
Winkler, "A data-driven approach to cleaning large face datasets", ICIP 2014): six columns with tabs between
them, name, image_id, face_id, url, bbox (left, top, right, bottom in pixels) and sha256.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from facethemodel.catalogue.names import readable
from facethemodel.catalogue.records import Claim, normalise_identity
from facethemodel.collect.collector import Archive, BadEntry, Box, Candidate
from facethemodel.errors import NoUsableDataError, UsageError

_COLUMNS = 6
_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,12}")


class FaceScrub:
    """The lines of one or several lists.

    A person's lines become photos of the project's person where the name is the project's, and of the
    stranger of that name otherwise. A photo that several lines point into is one photo with a source for
    each; where they name different people that is a label conflict.

    Args:
        paths: The lists.
        person: Name of the person the project is about.
        only: Names to take; all when there are none. Spelling as with identities: case and underscores do not
            matter.

    Raises:
        UsageError: A list is missing or is none, or nobody in them bears one of the names.
        NoUsableDataError: There is no line in them.
    """

    name = "facescrub"

    def __init__(self, paths: Sequence[Path], *, person: str, only: Collection[str] = ()) -> None:
        self._person = normalise_identity(person)
        wanted = {normalise_identity(name): name for name in only}
        entries = [entry for path in paths for entry in _entries(path)]
        names = {normalise_identity(line[0]): line[0] for _, line in entries if isinstance(line, list)}
        for plain, name in wanted.items():
            if plain not in names:
                raise UsageError(f"nobody in the lists is called {name!r}", remedy=_near(plain, names))
        if not entries:
            listed = " and ".join(str(path) for path in paths)
            raise NoUsableDataError(f"{listed} holds no lines", remedy="name facescrub_actors.txt as it came")
        # Lines that cannot be read belong to nobody, so they are told of in any case.
        self._entries = [
            (where, line)
            for where, line in entries
            if not wanted or isinstance(line, str) or normalise_identity(line[0]) in wanted
        ]
        self.total: int | None = len(self._entries)

    def candidates(self, archive: Archive) -> Iterator[Candidate | BadEntry]:
        """Lists the lines in their order; see `Collector`."""
        for where, line in self._entries:
            if isinstance(line, str):
                yield BadEntry(where=where, reason=line)
                continue
            name, image, face, url, box, sha256 = line
            known = normalise_identity(name) == self._person
            yield Candidate(
                key=f"{name}/{image}-{face}",
                url=url,
                name=_file_name(url),
                claim=Claim(role="person") if known else Claim(role="stranger", identity=name),
                sha256=sha256.lower(),
                box=_box(box),
            )


def _entries(path: Path) -> Iterator[tuple[str, list[str] | str]]:
    """Reads a list: for each line where it is, and its six columns or why they are not there."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{path} is not there", remedy="check the spelling of the path") from error
    except IsADirectoryError as error:
        raise UsageError(
            f"{path} is a folder", remedy="name the lists in it as FaceScrub hands them out"
        ) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text", remedy="name a list as FaceScrub hands it out"
        ) from error
    lines = [
        (number, [part.strip() for part in line.split("\t")])
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip()
    ]
    if lines and lines[0][1][0].lower() == "name":
        del lines[0]
    if lines and not any(len(line) == _COLUMNS for _, line in lines):
        raise UsageError(
            f"{path} is no list of FaceScrub: no line has six columns with tabs between them",
            remedy="name facescrub_actors.txt or facescrub_actresses.txt as they came, or for another list: "
            "facethemodel collect urls FILE",
        )
    label = readable(path.name.encode("utf-8", "surrogateescape"))
    for number, line in lines:
        yield f"{label}, line {number}", _wrong(line) or line


def _wrong(line: Sequence[str]) -> str | None:
    """Says what keeps a line from being used, in words common to all of a kind."""
    if len(line) != _COLUMNS:
        return f"not {_COLUMNS} columns with tabs between them"
    name, image, face, url, box, sha256 = line
    if not normalise_identity(name):
        return "no name"
    if not (_NUMBER.fullmatch(image) and _NUMBER.fullmatch(face)):
        return "image_id or face_id is no number"
    if _path_of(url) is None:
        return "not an address of the web"
    if not _SHA256.fullmatch(sha256):
        return "sha256 is not 64 hexadecimal digits"
    return None if _box(box) is not None else "the bbox is not left, top, right, bottom"


def _path_of(url: str) -> str | None:
    """The path of an address of the web; None where it is none."""
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    return split.path if split.scheme in ("http", "https") and split.netloc else None


def _file_name(url: str) -> str | None:
    path = unquote(urlsplit(url).path, errors="surrogateescape")
    return path.rstrip("/").rpartition("/")[2] or None


def _box(text: str) -> Box | None:
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"\s*-?[0-9]{1,6}\s*", part) for part in parts):
        return None
    left, top, right, bottom = (float(part) for part in parts)
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def _near(plain: str, names: dict[str, str]) -> str:
    near = difflib.get_close_matches(plain, names, n=3)
    if near:
        return "did you mean " + " or ".join(repr(names[one]) for one in near) + "?"
    some = ", ".join(sorted(names.values())[:5])
    return f"names are like {some}" if some else "look into the lists"
