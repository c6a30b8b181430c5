"""`dither`: the checks, and the choice between the kernels and the reference."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from pochade.dither import reference
from pochade.dither.tables import (
    CBRT_FIRST,
    TO_LAB,
    TO_LMS,
    Space,
    Tables,
    choose_space,
    make_tables,
)
from pochade.dither.thresholds import bayer, blue_noise, shifted
from pochade.errors import UsageError
from pochade.types import Image, Labels, Palette

native: Any
try:
    native = import_module("pochade._native")
except ImportError:
    native = None

Method = Literal["floyd-steinberg", "sierra-lite", "atkinson", "bayer", "blue-noise"]
METHODS: tuple[Method, ...] = get_args(Method)
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
    space: Space | Literal["auto"] = "auto",
    threads: int = 1,
    seed: int = 0,
) -> Labels:
    """Return labels (h, w) of a dithered picture: uint8 up to 256 palette entries, else uint16.

    Args:
        image: h w c uint8, c 3 or 4, sRGB, straight alpha.
        palette: k c uint8, 1 <= k <= 65536; c may differ from the image's (3 means opaque).
        method: One of `METHODS`.
        strength: 0..1, the share of the error passed on, or of the mixture used. 0 is plain
            nearest mapping exactly; 1 keeps mean colours best; a little less keeps errors that
            the palette cannot make good from piling up, and looks closer on photos.
        serpentine: Diffusion goes right on even rows and left on odd ones, against worms.
        edge_aware: Leave out exact colours, colours whose error is invisible, and flat patches
            of drawings whose error is small (`reference.fade`, `reference.flat_patches`).
        space: Where nearest is measured, whatever space the palette was made in: 'oklab', 'srgb'
            or 'auto' (`tables.choose_space`). Errors are always added up in linear light.
        threads: For the ordered methods; diffusion is serial. Never changes the result.
        seed: Shifts the blue-noise tile; the other methods do not use it.

    Alpha is not dithered: each pixel gets an entry whose alpha is within 8 levels of what plain
    nearest mapping gives it. Pixels with alpha 0 get the entry nearest to transparent black and
    neither receive nor pass on error. Entries with alpha 0 count as transparent black, whatever
    their hidden colour.

    Raises:
        UsageError: an argument of the wrong shape, type or range.

    >>> grey = np.full((2, 2, 3), 188, np.uint8)  # half the light of white
    >>> dither(grey, np.array([[0] * 3, [255] * 3], np.uint8), method="bayer").tolist()
    [[0, 1], [1, 0]]
    """
    image, palette = checked(image, palette)
    _check_options(method, strength, space, seed)
    tables = make_tables(palette, choose_space(palette) if space == "auto" else space)
    tile = None if method in _DIFFUSION else bayer()
    if method == "blue-noise":
        tile = shifted(blue_noise(), seed)
    limits = reference.EDGE_AWARE if edge_aware else None
    dtype = np.uint8 if len(palette) <= 256 else np.uint16
    if image.size == 0:
        return np.zeros(image.shape[:2], dtype)
    job = _Job(
        image=image,
        tables=tables,
        method=method,
        tile=tile,
        strength=float(strength),
        serpentine=bool(serpentine),
        limits=limits,
    )
    if native is None:
        return _reference_labels(job).astype(dtype)
    labels = np.zeros(image.shape[:2], dtype)
    _fill_labels(job, labels, threads)
    return labels


@dataclass(frozen=True, slots=True)
class _Job:
    """Everything that a label depends on."""

    image: Image
    tables: Tables
    method: str
    tile: NDArray[np.float32] | None
    strength: float
    serpentine: bool
    limits: reference.Fade | None


def _reference_labels(job: _Job) -> NDArray[np.int64]:
    if job.tile is not None:
        return reference.order(
            job.image, job.tables, job.tile, strength=job.strength, limits=job.limits
        )
    return reference.diffuse(
        job.image,
        job.tables,
        method=job.method,
        strength=job.strength,
        serpentine=job.serpentine,
        limits=job.limits,
    )


def _fill_labels(job: _Job, labels: NDArray[Any], threads: int) -> None:
    tables, limits = job.tables, job.limits or reference.EDGE_AWARE
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
        tables.palette_apart,
        job.strength,
        job.limits is not None,
        limits.low,
        limits.high,
        limits.flat_low,
        limits.flat_high,
    )
    if job.limits is not None:  # the marks wait where the labels will be: no memory for them
        native.dither_mark_flat(job.image, reference.FLAT_MIN_RUN, reference.FLAT_SOFT_STEP, labels)
    if job.tile is not None:
        native.dither_order(job.image, plan, job.tile, threads, labels)
    else:
        kernel = _DIFFUSION.index(job.method)
        native.dither_diffuse(job.image, plan, kernel, job.serpentine, labels)


def checked(image: Image, palette: Palette) -> tuple[Image, Palette]:
    """Return both contiguous, the palette with alpha where the image has it.

    Raises:
        UsageError: an array of the wrong shape or type, or too many entries.
    """
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
    if space not in ("auto", "srgb", "oklab"):
        raise UsageError(f"dither: space must be 'auto', 'srgb' or 'oklab', got {space!r}.")
    if seed < 0:
        raise UsageError(f"dither: seed must not be negative, got {seed}.")
