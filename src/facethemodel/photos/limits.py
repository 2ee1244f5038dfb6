"""What a photo may cost to read, and the one exception that says a photo cannot be read."""

from __future__ import annotations

from dataclasses import dataclass


class UnreadablePhotoError(Exception):
    """One photo that cannot be used. It is recorded with its reason, and the batch goes on.

    Args:
        reason: A short text without the file's name, such as "truncated JPEG".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __reduce__(self) -> tuple[type[UnreadablePhotoError], tuple[str]]:
        """Lets the error travel back from a worker process."""
        return type(self), (self.reason,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that is spent on one photo.

    Attributes:
        max_bytes: Size of the file.
        max_pixels: Width times height as the header states them.
        max_pixels_unscaled: The same, for what must be whole in memory before it can be made smaller:
            everything but baseline JPEG. At four bytes a pixel the default costs up to half a gigabyte.
            Pillow itself refuses more than about 179 million.
        remedy: What a refusal ends with, where those who hit the limit can do something about it.
    """

    max_bytes: int = 200_000_000
    max_pixels: int = 250_000_000
    max_pixels_unscaled: int = 120_000_000
    remedy: str = ""

    @property
    def unscaled(self) -> int:
        """The limit in pixels for what cannot be scaled while decoding."""
        return min(self.max_pixels, self.max_pixels_unscaled)

    def check_bytes(self, size: int) -> None:
        """Refuses a file that is too large.

        Raises:
            UnreadablePhotoError: With both numbers.
        """
        if size > self.max_bytes:
            raise self.exceeded(f"{size:,} bytes", self.max_bytes)

    def check_pixels(self, width: int, height: int, *, scalable: bool) -> None:
        """Refuses a picture that is too large, before any of it is decoded.

        Args:
            width: Pixels, from the header.
            height: Pixels, from the header.
            scalable: Whether the decoder can make it smaller while decoding.

        Raises:
            UnreadablePhotoError: With the numbers, or when a side is not positive.
        """
        if width < 1 or height < 1:
            raise UnreadablePhotoError(f"its header states a size of {width} x {height}")
        limit = self.max_pixels if scalable else self.unscaled
        if width * height > limit:
            raise self.exceeded(f"{width:,} x {height:,} is {width * height:,} pixels", limit)

    def exceeded(self, what: str, limit: int) -> UnreadablePhotoError:
        """The refusal of what is more than a limit."""
        return UnreadablePhotoError(f"{what}, more than the limit of {limit:,}{self.remedy}")
