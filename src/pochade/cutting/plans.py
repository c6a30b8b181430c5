"""How much each kind of evidence counts, for each kind of hint.

Several plans vote: no one of them is right about every picture, and where they disagree nobody
should be sure. The numbers, and those of `prior.shut_in`, were chosen on every second picture of
benchmarks/cutout. The others were looked at now and then between changes, so they are no clean test
either.
"""

from __future__ import annotations

from pochade.cutting.decide import Plan
from pochade.cutting.prior import Weights

_BOX = Plan(
    weights=Weights(color=8.0, border=1.0, salient=0.3, middle=0.5),
    smooth=4.0,
    contrast=1.0,
    clip=8.0,
    prior=0.05,
    group=0.7,
    rounds=2,
    fore=3,
    back=7,
    seeds=0.0,
    start=0.5,
)
_WIDE = _BOX._replace(
    weights=Weights(color=5.0, border=1.0, salient=0.3, middle=0.5),
    smooth=20.0,
    prior=0.15,
    rounds=5,
    fore=5,
    back=8,
    start=1.0,
    place=30.0,
)
_FINE = _BOX._replace(smooth=8.0, clip=20.0, noise=4.0)
_EMPTY = _BOX._replace(smooth=20.0, start=0.0, prior=0.15, rounds=6, fore=5, back=6, noise=1.5)
_SALIENT = _BOX._replace(smooth=20.0, start=1.0, prior=0.5, rounds=5, fore=5, clip=5.0, noise=1.5)
_OUT = _BOX.weights._replace(enclosed=True)
_STROKES = Plan(
    weights=Weights(color=8.0, border=1.0, salient=0.3, middle=0.5),
    smooth=0.8,
    contrast=0.25,
    clip=5.0,
    prior=1.0,
    group=0.5,
    rounds=5,
    fore=5,
    back=7,
    seeds=0.3,
    start=0.5,
    noise=1.5,
)
_FEWER = _STROKES._replace(
    weights=Weights(color=8.0, border=0.7, salient=0.4, middle=0.5),
    smooth=10.0,
    clip=8.0,
    prior=0.7,
    group=0.7,
    rounds=2,
    back=8,
    noise=9.0,
)
_NEARER = _STROKES._replace(
    weights=Weights(color=5.0, border=0.7, salient=0.3, middle=0.5, geodesic=0.9),
    smooth=10.0,
    contrast=0.6,
    prior=0.3,
    group=0.3,
    back=8,
    start=1.0,
)
_TRUSTING = _BOX._replace(start=1.0, prior=1.0, group=0.3, rounds=3)
_PLANS = {
    "none": (
        _SALIENT._replace(weights=_OUT),
        _EMPTY._replace(weights=_OUT),
        _BOX._replace(
            weights=_OUT,
            smooth=80.0,
            contrast=0.5,
            clip=5.0,
            prior=0.3,
            rounds=3,
            fore=5,
            start=1.0,
            noise=1.5,
            bias=0.3,
        ),
    ),
    "box": (_BOX, _FINE, _EMPTY),
    "strokes": (_STROKES, _FEWER, _NEARER),
    "prior": (
        _TRUSTING,
        _TRUSTING._replace(smooth=16.0, prior=0.5, rounds=5),
        _TRUSTING._replace(smooth=1.5, prior=2.0, fore=5, back=8),
    ),
}


def plans_for(kind: str) -> tuple[Plan, ...]:
    """The plans that vote, for 'none', 'box', 'strokes' or 'prior'; the first breaks ties."""
    return _PLANS[kind]


def plans_for_loose_box() -> tuple[Plan, ...]:
    """Where what 'box' finds does not reach the sides of the box: perhaps these do better."""
    return (_SALIENT, _WIDE)
