"""The folder that holds everything about one person: making it, finding it, opening it, holding it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shlex
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from facethemodel.catalogue.database import Database, open_database
from facethemodel.catalogue.names import readable
from facethemodel.errors import ProjectBusyError, StorageError, UsageError
from facethemodel.settings import Settings, load_settings

SETTINGS_FILE = "facethemodel.toml"
PROJECT_VARIABLE = "FACETHEMODEL_PROJECT"

LOCK_FILE = ".lock"
"""What is locked in a folder that is held; it stays there."""

_CATALOGUE = "catalogue.db"
_FOLDERS = ("photos", "cache", "runs")
_OWN = {_CATALOGUE, f"{_CATALOGUE}-wal", f"{_CATALOGUE}-shm", LOCK_FILE, *_FOLDERS}

_REMEDY = "make the folder writable, or copy the project to a disk that is"

_held: set[tuple[str, int]] = set()
"""Locks of this process, as folder and thread: what a thread holds it may hold again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One person's folder: `facethemodel.toml`, `catalogue.db`, `photos/`, `cache/`, `runs/`."""

    root: Path
    settings: Settings

    @classmethod
    def create(cls, root: Path, *, person: str) -> Self:
        """Makes a project.

        Args:
            root: A folder that is empty or not there yet; only its owner will be able to look into it.
            person: Name of the person the project is about.

        Raises:
            UsageError: The folder is a project already or holds something else, or the name cannot be used.
            StorageError: The folder cannot be written.
        """
        root = root.resolve()
        text = _settings_text(_usable_name(person))
        _refuse_occupied(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            root.chmod(0o700)
            for name in _FOLDERS:
                (root / name).mkdir(mode=0o700, exist_ok=True)
            open_database(root / _CATALOGUE, create=True).close()
            # Last and never over another: with this file the folder is a project, whoever made it.
            with (root / SETTINGS_FILE).open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError as error:
            raise UsageError(
                f"{root} is already a project", remedy=f"look at it with: {_status(root)}"
            ) from error
        except OSError as error:
            raise StorageError(
                f"the project {root} cannot be made: {error.strerror}",
                remedy="choose a folder on a disk that has room and can be written",
            ) from error
        return cls.open(root)

    @classmethod
    def open(cls, root: Path) -> Self:
        """Opens a project.

        Raises:
            UsageError: The folder is not a project.
            SettingsError: Its settings cannot be used.
        """
        root = root.resolve()
        _require_project(root)
        return cls(root=root, settings=load_settings(root / SETTINGS_FILE))

    @property
    def person(self) -> str:
        """Name of the person the project is about."""
        return self.settings.person

    @property
    def shown_root(self) -> str:
        """Its folder as a person can read it, whatever bytes the name is made of."""
        return readable(os.fsencode(self.root))

    @property
    def catalogue_path(self) -> Path:
        """The SQLite file that knows every photo."""
        return self.root / _CATALOGUE

    @property
    def photos_dir(self) -> Path:
        """Where photos lie under their hashes."""
        return self.root / "photos"

    @property
    def cache_dir(self) -> Path:
        """What can be computed again."""
        return self.root / "cache"

    @property
    def runs_dir(self) -> Path:
        """One folder per training run."""
        return self.root / "runs"

    def database(self) -> Database:
        """Opens the catalogue, to be used in a `with` statement."""
        return open_database(self.catalogue_path)

    def check_writable(self) -> None:
        """Finds out, before any work is done, that nothing can be kept.

        Raises:
            StorageError: The project's folder cannot be written.
        """
        try:
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise StorageError(
                f"the project {self.root} cannot be written: {error.strerror}",
                remedy=_REMEDY,
            ) from error

    @contextmanager
    def exclusive(self, what: str, *, within: Path | None = None) -> Iterator[None]:
        """Keeps other commands that also ask for it off the project; the lock dies with the process.

        A thread that holds the project may ask again and holds it until the outermost block ends.

        Args:
            what: The command, as others will be told.
            within: A folder of the project that is enough; made when it is not there. Commands that hold
                the project and commands that hold one folder of it do not wait for each other.

        Raises:
            ProjectBusyError: Another command holds it; its name and process are given.
            StorageError: The folder cannot be written.
        """
        held = self.root if within is None else within
        key = (str(held.resolve()), threading.get_ident())
        if key in _held:
            yield
            return
        lock = _lock(held, what)
        _held.add(key)
        try:
            yield
        finally:
            _held.discard(key)
            os.close(lock)


@contextmanager
def hold(folder: Path, what: str) -> Iterator[None]:
    """Keeps other commands off a folder that is no project yet, as `Project.exclusive` does off a project.

    Args:
        folder: It is there.
        what: The command, as others will be told.

    Raises:
        ProjectBusyError: Another command holds it; its name and process are given.
        StorageError: The folder cannot be written.
    """
    lock = _lock(folder, what)
    try:
        yield
    finally:
        os.close(lock)


def find_project(start: Path | None = None, explicit: Path | None = None) -> Path:
    """Finds the project that is meant: named, else in `FACETHEMODEL_PROJECT`, else around `start`.

    Around means the nearest folder from `start` upward that is a project, else the only one directly below;
    without a `start`, from the working folder, which is asked for only then.

    Raises:
        UsageError: What is named is no project, or there is none, or there are several.
    """
    if explicit is not None:
        return _require_project(explicit.resolve())
    named = os.environ.get(PROJECT_VARIABLE)
    if named:
        return _require_project(Path(named).resolve(), f" (from {PROJECT_VARIABLE})")
    try:
        start = (start or Path.cwd()).resolve()
    except FileNotFoundError:
        raise UsageError(
            "the folder that this is called from is gone",
            remedy="change to another, or name a project: --project FOLDER",
        ) from None
    for folder in (start, *start.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    below = _projects_below(start)
    if len(below) == 1:
        return below[0]
    if below:
        names = ", ".join(folder.name for folder in below)
        raise UsageError(f"{start} holds several projects: {names}", remedy="name one: --project FOLDER")
    raise UsageError(
        f"there is no project in {start} or above it",
        remedy='make one with: facethemodel new FOLDER --person "NAME", or name one: --project FOLDER',
    )


def _projects_below(start: Path) -> list[Path]:
    try:
        return sorted(folder.parent for folder in start.glob(f"*/{SETTINGS_FILE}") if folder.is_file())
    except OSError:
        return []


def _require_project(root: Path, note: str = "") -> Path:
    if (root / SETTINGS_FILE).is_file():
        return root
    problem = (
        f"has no {SETTINGS_FILE}" if root.is_dir() else "is not there" if not root.exists() else "is a file"
    )
    raise UsageError(
        f"{root}{note} is not a project: it {problem}",
        remedy='make one with: facethemodel new FOLDER --person "NAME"',
    )


def _refuse_occupied(root: Path) -> None:
    try:
        entries = {entry.name for entry in os.scandir(root)}
        photos = any(True for _ in os.scandir(root / "photos")) if "photos" in entries else False
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise UsageError(f"{root} is a file, not a folder", remedy="name a new folder") from error
    except OSError as error:
        raise StorageError(f"{root} cannot be read: {error.strerror}") from error
    if SETTINGS_FILE in entries:
        raise UsageError(f"{root} is already a project", remedy=f"look at it with: {_status(root)}")
    # What an interrupted `create` left behind is taken up again; anything else is somebody's.
    if photos or not entries <= _OWN:
        raise UsageError(f"{root} is not empty and not a project", remedy="name a new or an empty folder")


def _status(root: Path) -> str:
    return f"facethemodel status --project {shlex.quote(str(root))}"


def _usable_name(person: str) -> str:
    name = person.strip()
    if not name:
        raise UsageError("the person needs a name", remedy='give one: --person "NAME"')
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"the name {name!r} is not valid UTF-8", remedy="give the name in UTF-8") from error
    return name


def _settings_text(person: str) -> str:
    # A JSON string is a TOML string, but for DEL, which TOML wants escaped.
    quoted = json.dumps(person, ensure_ascii=False).replace("\x7f", "\\u007f")
    return f"""\
# A facethemodel project. What is not set here has a sound default.
# Any of them can be set for one command in the environment, e.g. FACETHEMODEL_TRAIN__SEED=1.

person = {quoted}

[inspect]
# jobs = 0               # processes; 0 stands for all cores

[split]
# preset = "standard"    # or "original": 1,585 + 1,000 photos per class
# test_identities = []   # strangers who must be in the test part

[train]
# network = "residual112"
# device = "auto"        # or "cpu", "cuda"
# budget = 30            # minutes to train for: more or fewer passes
# teacher = "dlib"       # learn from what others trained, too; or backbone = "dlib": stand on it

[evaluate]
# battery = true         # try the network on pictures made by the computer; about half a minute

[threshold]
# target_fmr = 0.01      # accept at most one stranger in a hundred ...
# confidence = 0.95      # ... and be this sure of it
# prior = 0.5            # for probabilities: of the photos shown, half are of the person
"""


def _lock(root: Path, what: str) -> int:
    path = root / LOCK_FILE
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}", remedy=_REMEDY) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()} {what}".encode("utf-8", "backslashreplace"))
    except BlockingIOError as error:
        pid, _, holder = os.read(lock, 1000).decode("utf-8", "replace").partition(" ")
        os.close(lock)
        who = f"{holder!r} (process {pid})" if holder else "another command"
        raise ProjectBusyError(
            f"{what!r} cannot start: {who} is at work on {root}",
            remedy="wait for it to finish" + (f", or stop it with: kill {pid}" if holder else ""),
        ) from error
    except OSError as error:
        os.close(lock)
        raise StorageError(
            f"{path} cannot be locked: {error.strerror}",
            remedy="make room on that disk"
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else "keep projects on a local disk",
        ) from error
    return lock
