"""Anchors and guides made of random numbers, for the tests of blending."""

from __future__ import annotations

import numpy as np

from pochade.painting.anchors import Anchors, Guide


def some_anchors(n, frame=(40, 60), seed=0, *, round_ones=False):
    """n anchors anywhere in the frame, of sizes a factor of ten apart."""
    random = np.random.default_rng(seed)
    spacing = np.sqrt(frame[0] * frame[1] / n)
    return Anchors(
        random.random((n, 2)) * frame,
        random.random((n, 3)) * 255,
        random.random((n, 3)) * (60, 40, 40) + (20, -20, -20),
        spacing * 10 ** random.uniform(-0.5, 0.5, n),
        random.random(n) * np.pi * 0.999,
        np.ones(n) if round_ones else 1 + 4 * random.random(n),
        frame,
    )


def some_guide(size=(40, 60), frame=(40, 60), seed=0):
    """A guide of smooth blobs with hard edges between them."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[: size[0], : size[1]]
    lab = np.empty((*size, 3), np.float32)
    for channel, (least, span) in enumerate(((20, 60), (-20, 40), (-20, 40))):
        a, b, c, d = random.random(4)
        waves = np.sin(6 * a * rows / size[0] + 7 * b * cols / size[1] + 6 * c)
        lab[..., channel] = least + span * (0.4 + 0.2 * waves + 0.4 * (waves > d - 0.5))
    return Guide(lab, frame)


def two_anchors(gap=2.0, *, tones=((0, 0, 0), (0, 0, 0))):
    """A black one and one of 200 levels, `gap` apart in a row, of that size."""
    return Anchors(
        [[1, 1], [1, 1 + gap]], [[0] * 3, [200] * 3], tones, [gap] * 2, [0, 0], [1, 1], (2, 4)
    )
