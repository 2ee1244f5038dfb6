"""Errors a user can act on, each with the exit code that the command line gives back for it."""

from __future__ import annotations

NEWER = "update facethemodel: bring its repository up to date, then in it: pip install ."
"""Remedy where this version is too old: the package is in no registry."""


def install(extra: str) -> str:
    """Remedy where an extra is missing, as `train` or `dlib`."""
    return f"in the repository of facethemodel: pip install '.[{extra}]'"


class FacethemodelError(Exception):
    """Something the user can put right.

    Args:
        what: What happened, with the value or the file it happened to.
        remedy: What to do about it: a command where there is one.
    """

    exit_code = 2

    def __init__(self, what: str, *, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class UsageError(FacethemodelError):
    """A wrong argument, a wrong folder, a command at the wrong time."""


class SettingsError(FacethemodelError):
    """A value in `facethemodel.toml` or in the environment that cannot be used."""


class ProjectBusyError(FacethemodelError):
    """Another command holds the project."""


class SchemaError(FacethemodelError):
    """A catalogue, bundle or manifest written by a version that this one does not know."""


class BundleError(FacethemodelError):
    """A bundle that was altered or is incomplete."""


class StorageError(FacethemodelError):
    """A disk that is full, read-only or gone."""

    exit_code = 4


class CredentialsError(FacethemodelError):
    """A login, a session or a key that is missing or was refused."""

    exit_code = 3


class RemoteError(FacethemodelError):
    """A server or a network that does not do what was asked."""

    exit_code = 4


class NoUsableDataError(FacethemodelError):
    """Too little data for what was asked."""

    exit_code = 5
