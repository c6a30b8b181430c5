"""`dither`: the checks, and the choice between the kernels and the reference."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pochade.dither import reference
from pochade.dither.tables import CBRT_FIRST, TO_LAB, TO_LMS, Space, Tables, make_tables
from pochade.dither.thresholds import bayer, blue_noise, shifted
from pochade.errors import UsageError
from pochade.types import Image, Labels, Palette

try:
    from pochade import _native as native
except ImportError:
    native = None  # type: ignore[assignment]

Method = Literal["floyd-steinberg", "sierra-lite", "atkinson", "bayer", "blue-noise"]
METHODS: tuple[str, ...] = get_args(Method)
_DIFFUSION = ("floyd-steinberg", "sierra-lite", "atkinson")
MAX_COLORS = 65536


def dither(
    image: Image,
    palette: Palette,
    *,
    method: Method = "floyd-steinberg",
    strength: float = 0.9,
    serpentine: bool = True,
    edge_aware: bool = True,
    space: Space = "srgb",
    threads: int = 1,
    seed: int = 0,
) -> Labels:
    """Return labels (h, w) of a dithered picture: uint8 up to 256 palette entries, else uint16.

    Args:
        image: h w c uint8, c 3 or 4, sRGB, straight alpha.
        palette: k c uint8, 1 <= k <= 65536; c may differ from the image's (3 means opaque).
        method: One of `METHODS`.
        strength: 0..1, the share of the error passed on, or of the mixture used. 0 is plain
            nearest mapping exactly.
        serpentine: Diffusion goes right on even rows and left on odd ones, against worms.
        edge_aware: Leave out exact colours, colours whose error is invisible, and flat patches
            of drawings whose error is small (`reference.fade`, `reference.flat_patches`).
        space: Where nearest is measured, 'srgb' or 'oklab'. Errors are always linear light.
        threads: For the ordered methods; diffusion is serial. Never changes the result.
        seed: Shifts the blue-noise tile; the other methods do not use it.

    Alpha is not dithered: each pixel gets an entry of the alpha that plain nearest mapping gives
    it. Pixels with alpha 0 get the entry nearest to transparent black and neither receive nor
    pass on error. Entries with alpha 0 count as transparent black, whatever their hidden colour.

    Raises:
        UsageError: an argument of the wrong shape, type or range.

    >>> grey = np.full((2, 2, 3), 188, np.uint8)  # half the light of white
    >>> dither(grey, np.array([[0] * 3, [255] * 3], np.uint8), method="bayer").tolist()
    [[1, 0], [0, 1]]
    """
    image, palette = _checked(image, palette)
    _check_options(method, strength, space, seed)
    tables = make_tables(palette, space)
    tile = None if method in _DIFFUSION else bayer()
    if method == "blue-noise":
        tile = shifted(blue_noise(), seed)
    limits = reference.EDGE_AWARE if edge_aware else None
    dtype = np.uint8 if len(palette) <= 256 else np.uint16
    if image.size == 0:
        return np.zeros(image.shape[:2], dtype)
    if native is not None:
        return _native_labels(
            image, tables, dtype, tile, method, float(strength), serpentine, limits, threads
        )
    if tile is not None:
        labels = reference.order(image, tables, tile, strength=float(strength), limits=limits)
    else:
        labels = reference.diffuse(
            image,
            tables,
            method=method,
            strength=float(strength),
            serpentine=serpentine,
            limits=limits,
        )
    return labels.astype(dtype)


def _native_labels(
    image: Image,
    tables: Tables,
    dtype: type[np.uint8] | type[np.uint16],
    tile: NDArray[np.float32] | None,
    method: str,
    strength: float,
    serpentine: bool,
    limits: reference.Fade | None,
    threads: int,
) -> NDArray[Any]:
    fade = limits or reference.EDGE_AWARE
    plan = native.DitherPlan(
        tables.source_work,
        tables.key_table,
        tables.cbrt_table,
        CBRT_FIRST,
        TO_LMS,
        TO_LAB,
        tables.palette_work,
        tables.palette_keys,
        tables.palette_alpha,
        tables.palette_colors,
        strength,
        limits is not None,
        fade.low,
        fade.high,
        fade.flat_low,
        fade.flat_high,
    )
    labels = np.zeros(image.shape[:2], dtype)
    if limits is not None:
        native.dither_mark_flat(image, reference.FLAT_MIN_RUN, reference.FLAT_SOFT_STEP, labels)
    if tile is not None:
        native.dither_order(image, plan, tile, threads, labels)
    else:
        native.dither_diffuse(image, plan, _DIFFUSION.index(method), serpentine, labels)
    return labels


def _checked(image: Image, palette: Palette) -> tuple[Image, Palette]:
    image, palette = np.asarray(image), np.asarray(palette)
    if image.ndim != 3 or image.shape[2] not in (3, 4) or image.dtype != np.uint8:
        raise UsageError(
            f"dither: image must be h w 3 or h w 4 uint8, got {image.shape} {image.dtype}."
        )
    if palette.ndim != 2 or palette.shape[1] not in (3, 4) or palette.dtype != np.uint8:
        raise UsageError(
            f"dither: palette must be k 3 or k 4 uint8, got {palette.shape} {palette.dtype}."
        )
    if not 1 <= len(palette) <= MAX_COLORS:
        raise UsageError(
            f"dither: palette must have 1 to {MAX_COLORS} entries, got {len(palette)}."
        )
    if image.shape[2] == 4 and palette.shape[1] == 3:
        palette = np.column_stack([palette, np.full(len(palette), 255, np.uint8)])
    return np.ascontiguousarray(image), np.ascontiguousarray(palette)


def _check_options(method: str, strength: float, space: str, seed: int) -> None:
    if method not in METHODS:
        raise UsageError(f"dither: unknown method {method!r}; choose from {', '.join(METHODS)}.")
    if not 0.0 <= strength <= 1.0:  # also refuses NaN
        raise UsageError(f"dither: strength must be between 0 and 1, got {strength}.")
    if space not in ("srgb", "oklab"):
        raise UsageError(f"dither: space must be 'srgb' or 'oklab', got {space!r}.")
    if seed < 0:
        raise UsageError(f"dither: seed must not be negative, got {seed}.")
