"""What is made of a cutout: on a new background, with a shadow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.cutting.edge import STRIP_PIXELS, box_mean, upsampled
from pochade.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.types import Image

SHADOW = 0.45  # of black, at its darkest
SHADOW_OFFSET = 0.012  # of the diagonal, down; to the right by half of it
SHADOW_BLUR = 0.010
SHADOW_SIDE = 512  # pixels of the longer side at which the shadow is blurred


def background_of(given: Any, shape: tuple[int, int]) -> Image | None:
    """(h, w, 3) uint8 from a colour or a picture, or None for none.

    A picture is scaled so that it covers all, and cut evenly on both sides; where it is
    transparent, white is behind it.

    Raises:
        UsageError: it is neither a colour nor the name of a file.
        InputError: a file that cannot be read.
    """
    if given is None:
        return None
    color = _color_of(given)
    if color is not None:
        return np.broadcast_to(np.array(color, np.uint8), (*shape, 3))
    from pochade.io.open import open_image

    pixels = open_image(given).pixels
    rows, columns = shape
    if pixels.shape[2] == 4:
        pixels = over(
            pixels[..., :3], pixels[..., 3], np.full((*pixels.shape[:2], 3), 255, np.uint8)
        )
    height, width = pixels.shape[:2]
    scale = max(rows / height, columns / width)
    wide, high = max(columns, round(width * scale)), max(rows, round(height * scale))
    left, top = (wide - columns) // 2, (high - rows) // 2
    stretched = open_image(pixels, resize=f"{wide}x{high}!").pixels
    return np.ascontiguousarray(stretched[top : top + rows, left : left + columns])


def _color_of(given: Any) -> tuple[int, ...] | None:
    """(r, g, b) where a colour was given, None where it must be a picture."""
    if isinstance(given, str):
        from pochade.io.palette_files import parse_color

        try:
            color = parse_color(given)
        except UsageError:
            if Path(given).exists() or "://" in given:
                return None
            raise UsageError(
                f"the background {given!r} is neither a colour (such as '#ffffff' or white) "
                "nor a file"
            ) from None
        if color[3] != 255:
            raise UsageError(f"the background {given!r} is transparent; leave it out instead")
        return color[:3]
    if isinstance(given, (tuple, list)) and len(given) == 3:
        if all(isinstance(part, int) and 0 <= part <= 255 for part in given):
            return tuple(given)
        raise UsageError(f"{given!r} is no colour: give three values 0 to 255")
    return None


def over(colors: Image, alpha: NDArray[np.uint8], under: Image) -> Image:
    """(h, w, 3) uint8: colours of some opacity laid on others, strip by strip."""
    out = np.empty(colors.shape, np.uint8)
    step = max(1, STRIP_PIXELS // colors.shape[1])
    for top in range(0, len(colors), step):
        part = slice(top, top + step)
        share = alpha[part].astype(np.float32)[..., None] / 255
        mixed = colors[part] * share + under[part] * (1 - share)
        out[part] = np.rint(mixed).astype(np.uint8)
    return out


def shadow_of(alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w) uint8: how dark the shadow of a thing is that falls down and to the right."""
    rows, columns = alpha.shape
    every = max(1, max(rows, columns) // SHADOW_SIDE)
    small = alpha[::every, ::every].astype(np.float32) / np.float32(255)
    diagonal = float(np.hypot(*small.shape))
    down = max(1, round(SHADOW_OFFSET * diagonal))
    right = max(1, down // 2)
    moved = np.zeros_like(small)
    moved[down:, right:] = small[: small.shape[0] - down, : small.shape[1] - right]
    for _ in range(3):  # three times a box is nearly a bell curve
        moved = box_mean(moved, max(1, round(SHADOW_BLUR * diagonal)))
    out = np.empty(alpha.shape, np.uint8)
    step = max(1, STRIP_PIXELS // columns)
    for top in range(0, rows, step):
        part = slice(top, min(top + step, rows))
        out[part] = np.rint(upsampled(moved[..., None], alpha.shape, part)[..., 0] * SHADOW * 255)
    return out


def composed(
    colors: Image, alpha: NDArray[np.uint8], background: Image | None, *, shadow: bool
) -> Image:
    """(h, w, 4) uint8, or (h, w, 3) where there is a background."""
    dark = shadow_of(alpha) if shadow else None
    if background is not None:
        under = background
        if dark is not None:
            under = over(np.broadcast_to(np.uint8(0), background.shape), dark, background)
        return over(colors, alpha, under)
    if dark is None:
        out = np.concatenate([colors, alpha[..., None]], axis=2)
        out[alpha == 0] = 0
        return out
    return _on_shadow(colors, alpha, dark)


def _on_shadow(colors: Image, alpha: NDArray[np.uint8], dark: NDArray[np.uint8]) -> Image:
    """The thing over a black shadow, both of some opacity, as straight alpha."""
    out = np.empty((*alpha.shape, 4), np.uint8)
    step = max(1, STRIP_PIXELS // alpha.shape[1])
    for top in range(0, len(alpha), step):
        part = slice(top, top + step)
        thing = alpha[part].astype(np.float32) / 255
        total = thing + (1 - thing) * dark[part].astype(np.float32) / 255
        share = thing / np.maximum(total, 1e-6)
        out[part, :, :3] = np.rint(colors[part] * share[..., None])
        out[part, :, 3] = np.rint(total * 255)
    return out
