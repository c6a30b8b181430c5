"""A small photo-like picture and paintings of it, for the tests of documents."""

from __future__ import annotations

from functools import cache

import numpy as np

from pochade.paint_options import PaintSettings
from pochade.painting.document import Painting, start
from pochade.painting.subject import make_subject


@cache
def scene(rows: int = 60, cols: int = 90) -> np.ndarray:
    """Sky, hills, a sun and some texture: (rows, cols, 3) uint8."""
    y, x = np.mgrid[:rows, :cols] / np.array([rows, cols])[:, None, None]
    image = np.stack([120 + 80 * y, 160 + 40 * y, 230 - 60 * y], axis=-1)
    hill = y > 0.6 + 0.12 * np.sin(7 * x)
    image[hill] = np.stack([60 + 50 * x, 110 + 40 * y, 50 + 0 * x], axis=-1)[hill]
    image[(y - 0.25) ** 2 * (rows / cols) ** 2 + (x - 0.7) ** 2 < 0.01] = (250, 220, 120)
    image += np.random.default_rng(3).normal(0, 6, image.shape)
    out = np.clip(image, 0, 255).astype(np.uint8)
    out.flags.writeable = False
    return out


def painting(count: int = 120, **settings: object) -> Painting:
    """A painting of the scene with so many anchors."""
    options = PaintSettings(anchors=count, **settings)
    return start(make_subject(scene()), options, threads=2)
