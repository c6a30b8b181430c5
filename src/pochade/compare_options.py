"""The options of `compare`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, text, whole_number

DEFAULT_K = 8
LARGEST_K = 4096
"""Matching two palettes takes a table of k x k distances."""
DATA = ("pixels", "colors")


def engine_names(word: str) -> tuple[str, ...]:
    """`--engines`: names with commas between, each once, in the order given.

    A setting belongs to the engine before it.

    >>> engine_names("reference,torch:cuda,precision=tf32,native")
    ('reference', 'torch:cuda,precision=tf32', 'native')
    """
    names: list[str] = []
    for part in word.split(","):
        one = text(part.strip())
        if "=" in one and names:
            names[-1] += f",{one}"
        else:
            names.append(one)
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """Everything that decides what `compare` runs and measures. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    k: int = option(
        DEFAULT_K,
        "Number of colours.",
        parse=whole_number,
        minimum=1,
        maximum=LARGEST_K,
        short="-k",
        long="--colors",
        metavar="N",
        group="Colours",
    )
    space: str = shared_options.space()
    engines: Sequence[str] = option(
        (),
        "Engines to compare, with commas between (all that are here unless given).",
        parse=engine_names,
        metavar="NAME,...",
        group="Method",
    )
    naive: bool = option(
        False,
        "Include k-means as tutorials write it, to see why that is slow or wrong.",
        group="Method",
    )
    iters: int = option(
        10,
        "Iterations of plain k-means, the same for all; fewer only where nothing moves any more.",
        parse=whole_number,
        minimum=1,
        maximum=10_000,
        metavar="N",
        group="Method",
    )
    init: str = option(
        "kmeans++",
        "The start, which is drawn once and given to all.",
        choices=shared_options.INITS,
        group="Method",
    )
    data: str = option(
        "pixels",
        "What is clustered: every pixel, or the counted colours with their weights, which gives "
        "the same result from fewer points.",
        choices=DATA,
        group="Method",
    )
    repeats: int = option(
        5,
        "Warm runs of each engine; their median is told.",
        parse=whole_number,
        minimum=1,
        maximum=1000,
        metavar="N",
        group="Method",
    )
    limit: float = option(
        300.0,
        "Seconds after which an engine is stopped and left out.",
        parse=number,
        minimum=0.1,
        metavar="S",
        group="Method",
    )
    seed: int = shared_options.seed()
    threads: int | None = option(
        None,
        "Number of processors that each engine may use (all unless given).",
        parse=whole_number,
        minimum=1,
        metavar="N",
        group="Method",
    )
    resize: str | None = shared_options.resize()

    def __post_init__(self) -> None:
        check(self)
        for name in ("k", "iters", "repeats"):
            value = getattr(self, name)
            if not hasattr(value, "__index__"):
                raise UsageError(f"{name} must be a whole number, not {value!r}")
        if isinstance(self.engines, str):
            raise UsageError("engines must be a list of names, not one text")
        if self.naive and self.data == "colors":
            raise UsageError("the naive versions know no weights; leave out naive, or take pixels")
