"""Cookies that the user brings: read from a file, sent where they belong, never written anywhere."""

from __future__ import annotations

from http.cookiejar import LoadError, MozillaCookieJar
from pathlib import Path
from urllib.request import Request

from facethemodel.errors import CredentialsError


class Cookies:
    """The cookies of a Netscape cookies.txt.

    Args:
        path: The file; None for no cookies.

    Raises:
        CredentialsError: The file is missing or something else.
    """

    def __init__(self, path: Path | None) -> None:
        self._jar = MozillaCookieJar()
        if path is None:
            return
        try:
            self._jar.load(str(path), ignore_discard=True)
        except (LoadError, UnicodeDecodeError) as error:
            raise CredentialsError(
                f"{path} is no cookies.txt",
                remedy="export the cookies in Netscape's format, whose first line is: "
                "# Netscape HTTP Cookie File",
            ) from error
        except OSError as error:
            raise CredentialsError(
                f"the cookies in {path} cannot be read: {(error.strerror or str(error)).lower()}",
                remedy="check the path given with --cookies",
            ) from error

    def for_address(self, url: str) -> str | None:
        """Gives the `Cookie` header for an address: by domain, path, expiry and whether it is encrypted."""
        request = Request(url)
        self._jar.add_cookie_header(request)
        return request.get_header("Cookie")
