"""The soft edge beside closed-form matting (pymatting), on composites whose alpha is known.

A thing's mask is blurred by some pixels, filled with one photo and laid on another. Both get the
same trimap, unknown where alpha is neither 0 nor 1 and two pixels around that, and, for pochade,
alpha rounded. Figures: mean absolute error of alpha in the unknown band, and seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.cutout.hints import Known
from benchmarks.quantize import pictures
from pochade.cutting import edge
from pochade.io import open_image

BLURS = (0.7, 1.5, 3.0)
WIDER = 2
NONE, ALL = 0.004, 0.996  # alpha beyond these is meant to be 0 or 1


def composite(one: Known, number: int, blur: float) -> tuple[np.ndarray, np.ndarray]:
    """(h, w, 3) uint8 and its alpha (h, w)."""
    from scipy.ndimage import gaussian_filter

    alpha = gaussian_filter(one.mask.astype(np.float64), blur)
    alpha = np.where(alpha < NONE, 0.0, np.where(alpha > ALL, 1.0, alpha))
    photos = pictures.kodak()
    height, width = alpha.shape
    fore, back = (
        open_image(photos[place % len(photos)], resize=f"{width}x{height}!").pixels / 255.0
        for place in (number, number + 5)
    )
    mixed = alpha[..., None] * fore + (1 - alpha[..., None]) * back
    return np.rint(mixed * 255).astype(np.uint8), alpha


def ours(image: np.ndarray, alpha: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Alpha by pochade's guided filter and colour lines."""
    mask = alpha >= 0.5
    radius = max(2, round(0.006 * float(np.hypot(*mask.shape))))
    sure = np.where(unknown, np.float32(0.5), mask.astype(np.float32))
    soft = edge.soften(image.astype(np.float32) / np.float32(255), mask, sure, radius)
    found = [part[1] for part in edge.strips(image, soft, edge="soft", clean=True)]
    return np.concatenate(found) / 255.0


def closed_form(image: np.ndarray, alpha: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Alpha by pymatting's closed-form matting, and colours by its multi-level estimate."""
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

    trimap = np.where(unknown, 0.5, np.rint(alpha))
    found = estimate_alpha_cf(image / 255.0, trimap)
    estimate_foreground_ml(image / 255.0, found)
    return np.asarray(found)


def compared(items: list[Known]) -> list[dict[str, object]]:
    """One row for each blur: both errors and times, and the error of no softening at all."""
    from scipy.ndimage import maximum_filter

    ways: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
        "pochade": ours,
        "pymatting closed form": closed_form,
    }
    rows: list[dict[str, object]] = []
    for blur in BLURS:
        errors: dict[str, list[float]] = {name: [] for name in (*ways, "hard")}
        taken = dict.fromkeys(ways, 0.0)
        for number, one in enumerate(items):
            image, alpha = composite(one, number, blur)
            unknown = maximum_filter((alpha > 0) & (alpha < 1), 2 * WIDER + 1)
            if number == 0:
                closed_form(image, alpha, unknown)  # compiles itself on the first call
            for name, way in ways.items():
                start = time.perf_counter()
                found = way(image, alpha, unknown)
                taken[name] += time.perf_counter() - start
                errors[name].append(float(np.abs(found - alpha)[unknown].mean()))
            errors["hard"].append(float(np.abs(np.rint(alpha) - alpha)[unknown].mean()))
        row: dict[str, object] = {"blur": blur, "pictures": len(items)}
        row |= {f"{name}, error": round(float(np.mean(of)), 4) for name, of in errors.items()}
        row |= {f"{name}, seconds": round(seconds, 3) for name, seconds in taken.items()}
        rows.append(row)
        print(row, flush=True)
    return rows
