"""What `auto` takes for a problem of some size; the thresholds come from `benchmarks.engines`.

`python -m benchmarks.engines sizes` measures time per point, centre and dimension. The kernels are
ahead up to 64 dimensions at any k, and always where there are few centres; beyond, engines that
multiply matrices take down to a third of their time, when there is enough work to pay for the
second that importing and compiling them takes. A graphics card pays from more work on, for its
start and the way there and back.
"""

from __future__ import annotations

from typing import NamedTuple

PRODUCT_DIMENSIONS, PRODUCT_CENTERS = 128, 256
"""From so many of both, matrix products are faster than the kernels."""

PRODUCT_WORK = 4e9
"""Points x centres x dimensions from which another engine pays on a processor."""

CARD_WORK = 2e10
"""And from which a graphics card does: a second or so of the kernels' time for each pass."""

FEW_CELLS = 64
"""Up to so many centres x dimensions NumPy is as fast as scikit-learn, without the kernels."""


class Suggestion(NamedTuple):
    """An engine that may suit.

    Attributes:
        engine: its name, and its device where that matters.
        reason: why, as half a sentence.
        tell: whether its absence is worth a word where another one is used.
    """

    engine: str
    reason: str
    tell: bool = True


def suggest(n: int, k: int, d: int) -> list[Suggestion]:
    """The engines for n points of d dimensions and k centres, the best first.

    >>> [one.engine for one in suggest(100_000, 16, 3)]
    ['native', 'reference', 'sklearn']
    """
    work = n * k * d
    found = []
    if work >= CARD_WORK:
        why = f"a graphics card is fastest for {n:,} points, {k:,} centres and {d} dimensions"
        found += [Suggestion("torch:cuda", why, tell=False), Suggestion("jax:gpu", why, tell=False)]
    if d >= PRODUCT_DIMENSIONS and k >= PRODUCT_CENTERS and work >= PRODUCT_WORK:
        why = f"matrix products are fastest for {k:,} centres in {d} dimensions"
        found += [
            Suggestion("torch:cpu", why, tell=False),
            Suggestion("jax:cpu", why, tell=False),
        ]
    found.append(Suggestion("native", "the kernels are fastest at this size"))
    without = [
        Suggestion("reference", "NumPy is enough at this size"),
        Suggestion("sklearn", "scikit-learn is faster than NumPy at this size", tell=False),
    ]
    return found + (without if k * d <= FEW_CELLS else without[::-1])
