"""Numbers with what they count. It imports nothing, so that any command may say what it counted."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """So many of something, in the singular where it is one.

    Args:
        count: How many.
        one: What to call one of them.
        many: What to call several, where that is not `one` with an s.

    >>> [counted(n, "photo") for n in (0, 1, 1234)], counted(1, "person", "people")
    (['0 photos', '1 photo', '1,234 photos'], '1 person')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
