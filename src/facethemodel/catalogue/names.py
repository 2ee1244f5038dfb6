"""Names of files as a person can read them, whatever bytes they are made of."""

from __future__ import annotations


def readable(name: bytes) -> str:
    r"""Decodes a path or an address so that it can be shown on one line.

    What is not UTF-8, and what is not printable (line ends, escape codes), becomes a backslash escape.

    >>> readable(b"a\xff b\n.jpg")
    'a\\xff b\\n.jpg'
    """
    text = name.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in text
    )


def writable(text: str) -> str:
    r"""Spells out what no text in UTF-8 can hold, neither in a catalogue nor in JSON.

    Halves of signs come from JSON that was cut within one, and stand in Python for bytes that are no UTF-8.

    >>> writable("cut \ud83d")
    'cut \\ud83d'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def last_part(origin: bytes) -> bytes:
    """The file name at the end of a path or an address."""
    return origin.rstrip(b"/").rpartition(b"/")[2]
