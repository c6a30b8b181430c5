"""The options of `table`, declared once for Python, the command line and the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pochade import shared_options
from pochade.errors import UsageError
from pochade.options import check, check_choice, number, option, whole_number
from pochade.pixels.names import FEATURES, GROUPS, POSITION, RGB, SCALED, spelled_out

ADDITIONS = ("lab", "oklab", SCALED)
SCALES = ("none", "standard")
MISSING = ("error", "transparent")
LARGEST_K = 32_767
LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e6


def column_list(word: str) -> tuple[str, ...]:
    """`--columns`: names with commas between them; groups are spelled out.

    >>> column_list("rgb,x")
    ('r', 'g', 'b', 'x')
    """
    names = spelled_out(tuple(word.split(",")))
    wrong = [name for name in names if name not in FEATURES]
    if wrong:
        raise ValueError(f"has {wrong[0]!r}, which is none of {_known_columns()}")
    return names


def addition_list(word: str) -> tuple[str, ...]:
    """`--add`: lab, oklab, scaled, with commas between them.

    >>> addition_list("lab,scaled")
    ('lab', 'scaled')
    """
    names = tuple(dict.fromkeys(word.split(",")))
    wrong = [name for name in names if name not in ADDITIONS]
    if wrong:
        raise ValueError(f"has {wrong[0]!r}, which is none of {', '.join(ADDITIONS)}")
    return names


def weight_list(word: str) -> tuple[tuple[str, float], ...]:
    """`--weight`: NAME=NUMBER with commas between them.

    >>> weight_list("r=2,x=0.5")
    (('r', 2.0), ('x', 0.5))
    """
    pairs = []
    for part in word.split(","):
        name, equals, value = part.partition("=")
        if not equals or name not in FEATURES:
            raise ValueError(f"must be such as r=2,g=1.5 with names of {_known_columns()}")
        pairs.append((name, number(value)))
    if len(dict(pairs)) < len(pairs):
        raise ValueError("weighs a column twice")
    return tuple(pairs)


def exact_size(word: str) -> str:
    """`--size`: width and height in pixels; kept as text.

    >>> exact_size("640x480")
    '640x480'
    """
    width, cross, height = word.partition("x")
    right = all(part.isdecimal() and part.isascii() and len(part) < 10 for part in (width, height))
    if not cross or not right or not int(width) or not int(height):
        raise ValueError(f"must be WIDTHxHEIGHT, such as 640x480, not {word!r}")
    return word


def _known_columns() -> str:
    return ", ".join((*FEATURES, *GROUPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """Everything that decides what `table` makes of a picture. Values are checked when made.

    Raises:
        UsageError: when a value is out of its range, or two options exclude each other.
    """

    add: str | Sequence[str] = option(
        (),
        "More columns for the table: lab (lab_l, lab_a, lab_b), oklab, scaled (the columns as they "
        "are clustered); commas between them.",
        parse=addition_list,
        metavar="NAMES",
        group="Table",
    )
    missing: str = option(
        "error",
        "What becomes of pixels that a table read back has no row for.",
        choices=MISSING,
        group="Table",
    )
    size: str | None = option(
        None,
        "Width and height of the picture that a table is read back to, where the table does not "
        "tell (a CSV is as large as its largest x and y).",
        parse=exact_size,
        metavar="WxH",
        group="Table",
    )
    k: int | None = option(
        None,
        "Cluster the pixels into so many groups; the table gets a column label.",
        parse=whole_number,
        short="-k",
        long="--clusters",
        metavar="N",
        group="Clustering",
    )
    columns: str | Sequence[str] | None = option(
        None,
        "Columns to cluster on, such as r,g,b,x,y or oklab,xy (rgb unless given; rgb,xy with "
        "--position-weight).",
        parse=column_list,
        metavar="NAMES",
        group="Clustering",
    )
    scale: str = option(
        "none",
        "standard brings each of these columns to mean 0 and standard deviation 1.",
        choices=SCALES,
        group="Clustering",
    )
    weight: Mapping[str, float] | Sequence[tuple[str, float]] = option(
        (),
        "Multiply columns by a number, after scaling: r=2,g=1.5. The larger, the more they count.",
        parse=weight_list,
        metavar="NAME=X",
        group="Clustering",
    )
    position_weight: float | None = option(
        None,
        "Multiply x and y by this, after scaling.",
        parse=number,
        minimum=LEAST_WEIGHT,
        maximum=MOST_WEIGHT,
        metavar="X",
        group="Clustering",
    )
    init: str | None = shared_options.init(group="Clustering")
    iters: int | None = shared_options.iters(group="Clustering")
    engine: str = shared_options.engine(group="Clustering")
    seed: int = shared_options.seed(group="Clustering")
    threads: int | None = shared_options.threads(group="Clustering")
    resize: str | None = shared_options.resize()

    def __post_init__(self) -> None:
        check(self)
        if self.k is not None:
            if isinstance(self.k, bool) or not hasattr(self.k, "__index__"):
                raise UsageError(f"k must be a whole number, not {self.k!r}")
            if not 1 <= self.k <= LARGEST_K:
                raise UsageError(f"k must be from 1 to {LARGEST_K:,}, not {self.k}")
        for name in self.additions:
            check_choice("add", name, ADDITIONS)
        for name in _names(self.columns or ()):
            check_choice("columns", name, (*FEATURES, *GROUPS))
        if self.size is not None:
            _parsed("size", exact_size, self.size)
        self._check_weights()

    @property
    def additions(self) -> tuple[str, ...]:
        """What `add` names."""
        return _names(self.add)

    @property
    def features(self) -> tuple[str, ...]:
        """The columns to cluster on, groups spelled out."""
        if self.columns is None:
            return RGB if self.position_weight is None else (*RGB, *POSITION)
        names = spelled_out(_names(self.columns))
        if not names:
            raise UsageError("columns is empty; name at least one column to cluster on")
        return names

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each column that has one."""
        pairs = self.weight.items() if isinstance(self.weight, Mapping) else self.weight
        found = dict(pairs)
        if self.position_weight is not None:
            found |= {name: self.position_weight for name in POSITION if name in self.features}
        return found

    @property
    def plain(self) -> bool:
        """Whether k-means is wanted as the textbook has it, with nothing around it."""
        return self.init is not None or self.iters is not None

    @property
    def shape(self) -> tuple[int, int] | None:
        """Width and height asked for."""
        if self.size is None:
            return None
        width, _, height = self.size.partition("x")
        return int(width), int(height)

    def _check_weights(self) -> None:
        features = self.features
        given = dict(self.weight.items() if isinstance(self.weight, Mapping) else self.weight)
        for name, value in given.items():
            if name not in features:
                raise UsageError(
                    f"weight names {name!r}, which is not clustered on; the columns are "
                    f"{', '.join(features)}"
                )
            right = hasattr(value, "__float__") and LEAST_WEIGHT <= value <= MOST_WEIGHT
            if isinstance(value, bool) or not right:
                raise UsageError(
                    f"the weight of {name} must be from {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}, "
                    f"not {value!r}"
                )
        if self.position_weight is None:
            return
        if not set(POSITION) & set(features):
            raise UsageError("position weight needs x or y among the columns")
        if set(POSITION) & given.keys():
            raise UsageError("weight and position weight both weigh x or y; give one of them")


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    """Names given as a text with commas or one by one."""
    return tuple(given.split(",")) if isinstance(given, str) else tuple(given)


def _parsed(name: str, parse: object, value: object) -> None:
    """Raise UsageError where a value given in Python is not what the command line would take."""
    try:
        parse(value)  # type: ignore[operator]
    except (ValueError, AttributeError, TypeError) as error:
        raise UsageError(f"{name} {error}") from None
