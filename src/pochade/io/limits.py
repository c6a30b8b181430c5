"""How large an input may be, and the sentences said when it is larger.

Every limit is checked before the memory it protects is taken: file bytes before reading, pixels
from the header before decoding, frames from the container before the first one is composed.
"""

from __future__ import annotations

from dataclasses import dataclass

from pochade.errors import LimitError, UsageError

HARD_PIXELS = 178_956_970
"""Pixels above which `allow_huge` is needed: where Pillow's own bomb check raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an input may cost. The defaults suit a command line; a server wants less.

    Attributes:
        max_pixels: pixels of one picture, or of all frames of an animation together. None means
            100 million, or no limit with `allow_huge`. More than `HARD_PIXELS` needs `allow_huge`.
        allow_huge: admit more than `HARD_PIXELS` pixels.
        max_bytes: size of the file, or of what standard input delivers.
        max_url_bytes: size of a download.
        max_frames: frames of an animation, when all of them are asked for.
        max_side: width and height.
        max_metadata_bytes: everything in a PNG that is not pixels, as stored.
        max_chunks: chunks of a PNG that hold no pixels; ten times as many may hold pixels.
        max_scans: passes of a progressive JPEG, each of which visits every pixel.

    Raises:
        UsageError: a limit below 1, or `max_pixels` above `HARD_PIXELS` without `allow_huge`.

    >>> Limits().pixels, Limits(max_pixels=50_000_000).pixels
    (100000000, 50000000)
    >>> Limits(allow_huge=True).pixels is None
    True
    """

    max_pixels: int | None = None
    allow_huge: bool = False
    max_bytes: int = 512 * 2**20
    max_url_bytes: int = 50 * 2**20
    max_frames: int = 1_000
    max_side: int = 65_535
    max_metadata_bytes: int = 64 * 2**20
    max_chunks: int = 10_000
    max_scans: int = 100

    def __post_init__(self) -> None:
        for name in (
            "max_pixels",
            "max_bytes",
            "max_url_bytes",
            "max_frames",
            "max_side",
            "max_metadata_bytes",
            "max_chunks",
            "max_scans",
        ):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} is {value}; a limit must be at least 1")
        if self.max_pixels is not None and self.max_pixels > HARD_PIXELS and not self.allow_huge:
            raise UsageError(
                f"max_pixels is {self.max_pixels}, above {HARD_PIXELS}; "
                "add --allow-huge (allow_huge=True) if the input can be trusted"
            )

    @property
    def pixels(self) -> int | None:
        """The limit on pixels in force; None when there is none."""
        if self.max_pixels is None:
            return None if self.allow_huge else 100_000_000
        return self.max_pixels


DEFAULT_LIMITS = Limits()


def check_bytes(size: int, name: str, limits: Limits) -> None:
    """Raise LimitError when a file of `size` bytes is too large."""
    if size > limits.max_bytes:
        raise LimitError(
            f"{name} has {size} bytes, over the limit of {limits.max_bytes}; "
            "raise max_bytes if it can be trusted"
        )


def check_frames(count: int, name: str, limits: Limits) -> None:
    """Raise LimitError when an animation has more frames than allowed."""
    if count > limits.max_frames:
        raise LimitError(
            f"{name} has more than {limits.max_frames} frames; "
            "raise max_frames if it can be trusted"
        )


def check_size(width: int, height: int, name: str, limits: Limits, *, frames: int = 1) -> None:
    """Raise LimitError when a picture (or `frames` of them together) is too large.

    Args:
        width: columns, from the header.
        height: rows, from the header.
        name: what to call the picture in the message.
        limits: what is allowed.
        frames: how many frames of that size will be held.
    """
    if max(width, height) > limits.max_side:
        raise LimitError(
            f"{name} is {width} x {height} pixels, over the limit of {limits.max_side} a side; "
            "crop or scale it first, or raise max_side"
        )
    check_frames(frames, name, limits)
    if limits.pixels is not None and width * height * frames > limits.pixels:
        count = f"{frames} frames of " if frames > 1 else ""
        total = width * height * frames
        hint = "--max-pixels" if total <= HARD_PIXELS else "--max-pixels and --allow-huge"
        raise LimitError(
            f"{name} has {count}{width} x {height} pixels, {total / 1e6:.1f} million, over the "
            f"limit of {limits.pixels / 1e6:g} million; scale it first, or raise it with {hint}"
        )
