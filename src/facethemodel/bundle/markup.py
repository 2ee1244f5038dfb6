"""Names in the model card, which is Markdown."""

from __future__ import annotations


def plain(text: str) -> str:
    """Keeps a name from becoming markup or a line of its own."""
    joined = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*_[]<>#" else character for character in joined)
