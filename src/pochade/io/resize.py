"""`--resize`: what it means, and doing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pochade.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

_MAX_SIDE = 65_535
_FORM = re.compile(r"\s*([0-9]{1,6})\s*(?:[xX\N{MULTIPLICATION SIGN}]\s*([0-9]{1,6})\s*)?(!?)\s*")


@dataclass(frozen=True, slots=True)
class Resize:
    """A box to fit into, or an exact size.

    Attributes:
        width: of the box in pixels.
        height: of the box; None for "longest side `width`".
        exact: become exactly that size: enlarge when smaller, and with both sides given take
            them as they are (the aspect may change). Without it a picture keeps its aspect, fits
            inside the box, and is never enlarged.
    """

    width: int
    height: int | None = None
    exact: bool = False

    def size_for(self, width: int, height: int) -> tuple[int, int]:
        """The size that a width x height picture becomes.

        The side that touches the box is met exactly; the other is rounded half up, at least 1.

        >>> Resize(240, 320).size_for(768, 512), Resize(100).size_for(50, 20)
        ((240, 160), (50, 20))
        """
        if self.exact and self.height is not None:
            return self.width, self.height
        box_width = self.width
        box_height = self.width if self.height is None else self.height
        if not self.exact and width <= box_width and height <= box_height:
            return width, height
        if box_width * height <= box_height * width:
            return box_width, max(1, (2 * height * box_width + width) // (2 * width))
        return max(1, (2 * width * box_height + height) // (2 * height)), box_height


def parse_resize(text: str) -> Resize:
    """Read `WxH`, `N`, `WxH!` or `N!`.

    `WxH` fits the upright picture inside W columns and H rows; `N` makes its longest side N. Both
    keep the aspect and never enlarge. `WxH!` is exactly that size, whatever the aspect; `N!` makes
    the longest side exactly N, enlarging a smaller picture.

    Raises:
        UsageError: anything else, or a side outside 1..65535.

    >>> parse_resize("240x320")
    Resize(width=240, height=320, exact=False)
    >>> parse_resize("1024!")
    Resize(width=1024, height=None, exact=True)
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text[:40]!r} is not a size; write WxH (fit inside), N (longest side), "
            "or either with ! for exactly that size"
        )
    width = int(match[1])
    height = None if match[2] is None else int(match[2])
    for side in (width, width if height is None else height):
        if not 1 <= side <= _MAX_SIDE:
            raise UsageError(f"{text!r} has a side of {side}; it must be from 1 to {_MAX_SIDE}")
    return Resize(width, height, bool(match[3]))


def resized(image: Image, size: tuple[int, int]) -> Image:
    """Resample with Lanczos in sRGB; Pillow premultiplies RGBA, so no hidden colour bleeds in.

    Args:
        image: mode L, RGB or RGBA.
        size: width and height wanted.
    """
    if image.size == size:
        return image
    from PIL.Image import Resampling

    return image.resize(size, Resampling.LANCZOS)
