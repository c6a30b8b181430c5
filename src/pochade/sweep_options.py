"""The options of `sweep`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, number, option, whole_number
from pochade.quantize_options import LARGEST_K

RULES = ("knee", "silhouette", "gap", "bic")
DEFAULT_KS = "2:15"
MOST_KS = 512
"""How many different k one sweep may have."""


def k_range(word: str) -> str:
    """`-k`: FIRST:LAST, FIRST:LAST:STEP, single numbers, and any of these with commas between.

    >>> k_range("2:15")
    '2:15'
    """
    as_ks(word)
    return word


def iteration_counts(word: str) -> tuple[int, ...]:
    """`--iters`: whole numbers with commas between.

    >>> iteration_counts("100,25,50")
    (25, 50, 100)
    """
    try:
        counts = sorted({whole_number(part) for part in word.split(",")})
    except ValueError:
        raise ValueError(f"must be whole numbers such as 25,50,100, not {word!r}") from None
    return tuple(counts)


def as_ks(k: str | int | Sequence[int]) -> tuple[int, ...]:
    """The numbers of colours that `k` stands for, rising, each once.

    >>> as_ks("2:5"), as_ks("4:16:4"), as_ks("2:4,8,16"), as_ks([8, 2]), as_ks(7)
    ((2, 3, 4, 5), (4, 8, 12, 16), (2, 3, 4, 8, 16), (2, 8), (7,))

    Raises:
        UsageError: it stands for none, or one is out of range.
    """
    if isinstance(k, str):
        found = [value for part in k.split(",") for value in _part(part, k)]
    else:
        found = []
        given: Any = k if hasattr(k, "__len__") else [k]
        for value in given:
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise UsageError(f"k must be whole numbers, not {value!r}")
            found.append(int(value))
    if not found:
        raise UsageError("k is an empty range; give numbers such as 2:15")
    low, high = min(found), max(found)
    if low < 1 or high > LARGEST_K:
        wrong = low if low < 1 else high
        raise UsageError(f"k must be from 1 to {LARGEST_K:,}, not {wrong}")
    ks = tuple(sorted(set(found)))
    if len(ks) > MOST_KS:
        raise UsageError(f"{len(ks):,} numbers of colours are too many; {MOST_KS} are the most")
    return ks


def _part(part: str, whole: str) -> range:
    """One range or number of a list."""
    try:
        numbers = [whole_number(word) for word in part.split(":")]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3:
        raise UsageError(f"k must be a range such as 2:15 or a list such as 2,4,8, not {whole!r}")
    first, last = numbers[0], numbers[min(1, len(numbers) - 1)]
    step = numbers[2] if len(numbers) == 3 else 1
    if last < first:
        raise UsageError(f"the k range {part} runs backwards; did you mean {last}:{first}?")
    if step < 1:
        raise UsageError(f"the step of the k range {part} must be at least 1")
    if last > LARGEST_K:
        raise UsageError(f"k must be from 1 to {LARGEST_K:,}, not {last}")
    return range(first, last + 1, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions:
    """Everything that decides what `sweep` measures. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    k: str | int | Sequence[int] = option(
        DEFAULT_KS,
        "Numbers of colours: a range 2:15, also with a step 4:64:4, or a list 2,4,8.",
        parse=k_range,
        short="-k",
        long="--colors",
        metavar="FIRST:LAST",
        group="Colours",
    )
    rule: str = option(
        "knee",
        "What chooses the best k among them, which is then marked.",
        choices=RULES,
        group="Colours",
    )
    target_de: float | None = option(
        None,
        "Choose the smallest k of this mean CIEDE2000 difference or less, instead of by a rule.",
        parse=number,
        minimum=0,
        metavar="X",
        group="Colours",
    )
    space: str = shared_options.space()
    iters: Sequence[int] = option(
        (),
        "Plain k-means with at most so many iterations; several, as 25,50,100, make a grid of k "
        "by iterations.",
        parse=iteration_counts,
        metavar="N,...",
        group="Method",
    )
    init: str | None = shared_options.init()
    effort: str = shared_options.effort("How hard to search: fast has fewer starts, max many more.")
    engine: str = shared_options.engine()
    seed: int = shared_options.seed()
    threads: int | None = shared_options.threads()
    resize: str | None = shared_options.resize()

    def __post_init__(self) -> None:
        check(self)
        as_ks(self.k)
        for count in self.iters:
            if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
                raise UsageError(f"iters must be whole numbers of at least 1, not {count!r}")

    @property
    def ks(self) -> tuple[int, ...]:
        """The numbers of colours, rising."""
        return as_ks(self.k)

    @property
    def plain(self) -> bool:
        """Whether k-means is wanted as the textbook has it, with nothing around it."""
        return self.init is not None or bool(self.iters)
