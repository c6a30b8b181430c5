"""The options that several operations have, each declared once, by a function that makes the field.

    seed: int = shared_options.seed()

This module imports nothing heavy: it is on the way of every start of the program.
"""

from __future__ import annotations

from typing import Any

from pochade.options import option, whole_number

EFFORTS = ("fast", "default", "max")
SPACES = ("srgb", "oklab", "lab", "linear")
INITS = ("kmeans++", "random", "wu")


def size(word: str) -> str:
    """`--resize`: a longest side, WxH to fit into, or either with ! for exactly that; kept as text.

    >>> size("640x480")
    '640x480'
    """
    parts = word.removesuffix("!").split("x")
    right = all(part.isdecimal() and part.isascii() and int(part[:9]) > 0 for part in parts)
    if not right or len(parts) > 2 or len(word) > 15:
        raise ValueError(f"must be a longest side or WxH, such as 800 or 640x480, not {word!r}")
    return word


def space(default: str = "srgb") -> Any:
    """`--space`."""
    return option(
        default,
        "Colour space in which distances are measured.",
        choices=SPACES,
        group="Colours",
    )


def guard() -> Any:
    """`--guard`."""
    return option(
        True,
        "Keep a small but distinct area of colour (a red dot in a green field) from being lost.",
        group="Colours",
    )


def effort(help: str) -> Any:
    """`--effort`; what the efforts are differs between operations."""
    return option("default", help, choices=EFFORTS, group="Method")


def init(*, group: str = "Method") -> Any:
    """`--init`."""
    return option(
        None,
        "Plain k-means from this start, without restarts or other improvement.",
        choices=INITS,
        group=group,
    )


def iters(*, group: str = "Method") -> Any:
    """`--iters`."""
    return option(
        None,
        "Plain k-means with at most this many iterations, without other improvement.",
        parse=whole_number,
        minimum=0,
        metavar="N",
        group=group,
    )


def engine(*, group: str = "Method") -> Any:
    """`--engine`."""
    return option(
        "auto",
        "What does the arithmetic, as in native or torch:cuda; `pochade engines` lists them. auto "
        "takes the fastest.",
        metavar="NAME[:DEVICE]",
        group=group,
    )


def seed(*, group: str = "Method") -> Any:
    """`--seed`."""
    return option(
        0,
        "Where random choices start: the same seed gives the same bytes.",
        parse=whole_number,
        minimum=0,
        metavar="N",
        group=group,
    )


def threads(*, group: str = "Method") -> Any:
    """`--threads`."""
    return option(
        None,
        "Number of threads (all cores unless given). The result does not depend on it.",
        parse=whole_number,
        minimum=1,
        metavar="N",
        group=group,
    )


def resize() -> Any:
    """`--resize`."""
    return option(
        None,
        "Longest side, or WxH to fit into; with ! exactly that (WxH! stretches, N! enlarges).",
        parse=size,
        metavar="SIZE",
        group="Picture",
    )
