"""Recolouring: a picture in the colours of another, by optimal transport between their palettes.

Both pictures are summed up in a few weighted colours. The cheapest plan that moves the one set of
weights onto the other, with squared distance in OKLab as the cost, says where each colour of the
first goes: to the mean of what the plan gives it (the barycentric projection; S. Ferradans et al.,
"Regularized Discrete Optimal Transport", SIAM J. Imaging Sci. 7, 2014). Unlike taking the nearest
colour, a plan uses all of the other palette, each colour as much as it is used there.

Every pixel then goes where the palette colours around it go, weighted by a bell curve of their
distance, and keeps its place among them. That is smooth over colour space, so what was a gradient
stays one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from pochade.color.convert import convert, to_srgb8
from pochade.errors import UsageError
from pochade.palette.make import from_pictures, read_palette
from pochade.palette.result import PaletteResult
from pochade.palette_options import PaletteOptions
from pochade.quantize_inputs import as_image
from pochade.recolor_options import RecolorOptions
from pochade.transport import transport_plan

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pochade.quantize_result import QuantizeResult
    from pochade.types import Image, Palette

GRID: Final = 33
"""Entries a channel of the colour table that pixels are looked up in."""
STEEPEST: Final = 2.5
"""The most that a small difference of colour may grow: beyond, gradients would show steps."""
WIDEST: Final = 1.5
"""The most that the distance of a pixel from the palette's colours around it is stretched."""
# Standard deviations in OKLab below this are none.
_NO_SPREAD: Final = 1e-3
# The bell curve begins this wide beside the distance of neighbours, so that each colour of a flat
# picture goes where the plan sends it (a neighbour counts for 0.4 % there), and grows by a factor.
_BEGIN: Final = 0.3
_WIDER: Final = 1.25
_WIDENINGS: Final = 20
_NARROWEST: Final = 0.02


@dataclass(frozen=True, kw_only=True, eq=False)
class RecolorResult:
    """A picture in another's colours. In a notebook it shows itself.

    Attributes:
        image: (h, w, c) uint8: the recoloured picture, with the source's own alpha.
        source: (h, w, c) uint8, the picture before, not copied.
        before: the palette that the source was summed up in, with shares.
        like: the palette whose colours were taken.
        plan: (k, l) float64: how much of each colour of `before` goes to each of `like`; sums to 1.
        after: (k, 3) uint8: what became of each colour of `before`.
        options: every setting that was used.
        indexed: with `indexed`, the picture in the colours of `like` alone; `image` is its image.
    """

    image: Image
    source: Image = field(repr=False)
    before: PaletteResult
    like: PaletteResult
    plan: NDArray[np.float64] = field(repr=False)
    after: Palette
    options: RecolorOptions
    indexed: QuantizeResult | None = field(repr=False)

    def encode(self, format: str) -> bytes:
        """The picture as a file in memory: "png", "jpeg", "webp", "gif", "bmp", "tiff", "avif"."""
        from pochade.io.save import INDEXED_FORMATS, save_full, save_indexed

        if self.indexed is not None and format in INDEXED_FORMATS:
            return save_indexed(None, self.indexed.labels, self.indexed.palette, format=format)
        return save_full(None, self.image, format=format)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the picture; the ending decides the format.

        Args:
            path: where to write.
            overwrite: replace an existing file. It is replaced whole or not at all.

        Returns:
            The path written.

        Raises:
            OutputError: the file exists, or cannot be written.
            UsageError: the ending names no format.
        """
        from pathlib import Path

        from pochade.io.save import format_of
        from pochade.io.write import atomic_write

        atomic_write(path, self.encode(format_of(path)), overwrite=overwrite)
        return Path(path)

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        return self.encode("png")


def recolor(
    image: Any,
    *,
    like: Any,
    k: int = 16,
    strength: float = 1.0,
    lightness: bool = True,
    indexed: bool = False,
    dither: str = "none",
    seed: int = 0,
    threads: int | None = None,
) -> RecolorResult:
    """Give a picture the colours of another one, or of a palette.

    Args:
        image: (h, w, c) uint8 array, or anything that `pochade.io.open_image` takes; of an
            animation its first frame.
        like: a picture likewise; a `PaletteResult`; a (k, 3) uint8 array; a list of `"#rrggbb"`;
            or a palette file. Colours without known shares count alike.
        k: colours that each picture is summed up in, 1 to 256.
        strength: 0 changes nothing, 1 goes all the way.
        lightness: take over lightness too; without, every pixel keeps its own (OKLab L).
        indexed: use the colours of `like` alone, after recolouring.
        dither: with `indexed`, one of `quantize`'s patterns.
        seed: where random choices start. Same seed, same bytes, on any number of threads.
        threads: number of threads; None takes all that this process may use.

    Returns:
        The picture, and what was moved where; see `RecolorResult`.

    Raises:
        UsageError: an option makes no sense.
        InputError: a picture or palette cannot be read, or is fully transparent.

    >>> import numpy as np
    >>> grey = np.array([[[90, 90, 90], [200, 200, 200]]], np.uint8)
    >>> recolor(grey, like=["#400000", "#ffd0d0"]).after.tolist()
    [[64, 0, 0], [255, 208, 208]]
    """
    options = RecolorOptions(
        like=like,
        k=k,
        strength=strength,
        lightness=lightness,
        indexed=indexed,
        dither=dither,
        seed=seed,
        threads=threads,
    )
    return recolored(as_image(image), palette_of(like, options), options)


def recolored(source: Image, other: PaletteResult, options: RecolorOptions) -> RecolorResult:
    """The same for a picture and a palette that are there already; see `recolor`."""
    before = from_pictures([source], _search(options))
    moves = find_moves(before, other, lightness=options.lightness)
    image = source.copy() if options.strength == 0 else _applied(source, moves, options.strength)
    after = moves.start + options.strength * moves.change
    indexed = None
    if options.indexed:
        from pochade.quantize import quantize

        indexed = quantize(
            image,
            palette=other,
            dither=options.dither,
            space="oklab",
            seed=options.seed,
            threads=options.threads,
        )
        image = indexed.image
    return RecolorResult(
        image=image,
        source=source,
        before=before,
        like=other,
        plan=moves.plan,
        after=to_srgb8(after.astype(np.float32), "oklab"),
        options=options,
        indexed=indexed,
    )


class Moves(NamedTuple):
    """Where colours of one palette go.

    Attributes:
        start: (k, 3) float64, the colours, OKLab.
        change: (k, 3) what is added to each.
        plan: (k, l) how much of each goes to which colour of the other palette.
    """

    start: NDArray[np.float64]
    change: NDArray[np.float64]
    plan: NDArray[np.float64]


def find_moves(before: PaletteResult, other: PaletteResult, *, lightness: bool = True) -> Moves:
    """The transport between two palettes, as a move for each colour of the first."""
    start, goal = _oklab(before.colors), _oklab(other.colors)
    cost = ((start[:, None, :] - goal[None, :, :]) ** 2).sum(axis=2)
    plan = transport_plan(cost, _shares(before), _shares(other))
    # A colour whose share is rounded to nothing moves nowhere.
    mass = plan.sum(axis=1, keepdims=True)
    change = np.where(mass > 0, plan @ goal / np.where(mass > 0, mass, 1) - start, 0)
    if not lightness:
        change[:, 0] = 0
    return Moves(start, change, plan)


def color_table(moves: Moves, strength: float) -> NDArray[np.float32]:
    """The table (33, 33, 33, 3), sRGB 0..1, indexed by blue, green, red, that does the moves.

    An entry goes where the colours of the palette around it go, weighted by a bell curve of their
    distance, and keeps its distance from them, scaled as the spread of all colours changes. The
    curve is as narrow as it can be without making small differences of colour grow more than
    `STEEPEST` times. A very wide one leaves the transfer of means and deviations (E. Reinhard et
    al., "Color transfer between images", 2001).
    """
    steps = np.linspace(0, 1, GRID, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    at = convert(np.stack([red, green, blue], axis=3), "srgb", "oklab")
    away = np.sqrt(((moves.start[:, None] - moves.start[None]) ** 2).sum(axis=2))
    np.fill_diagonal(away, np.inf)
    apart = away.min(axis=1)
    width = float(np.median(apart[np.isfinite(apart)])) if len(apart) > 1 else 1.0
    width = max(_BEGIN * width, _NARROWEST)
    moved = at
    for _ in range(_WIDENINGS):
        moved = at + np.float32(strength) * (_blended(at, moves, width) - at)
        if _steepness(at, moved) <= STEEPEST:
            break
        width *= _WIDER
    return np.clip(convert(moved, "oklab", "srgb"), 0, 1)


def spread(moves: Moves) -> NDArray[np.float64]:
    """How much wider or narrower the colours lie after the moves, for L, a and b, 0..`WIDEST`.

    The ratio of standard deviations; 1 along an axis where the colours do not differ before.
    """
    weights = moves.plan.sum(axis=1, keepdims=True)
    goal = moves.start + moves.change
    before = np.sqrt(
        (weights * (moves.start - (weights * moves.start).sum(axis=0)) ** 2).sum(axis=0)
    )
    after = np.sqrt((weights * (goal - (weights * goal).sum(axis=0)) ** 2).sum(axis=0))
    some = before > _NO_SPREAD
    return np.where(some, np.minimum(after / np.where(some, before, 1), WIDEST), 1.0)


def _blended(at: NDArray[np.float32], moves: Moves, width: float) -> NDArray[np.float32]:
    """Where every entry of the table goes, one slice of it at a time."""
    result = np.empty_like(at)
    scale = spread(moves)
    goal = moves.start + moves.change
    for slice_at, slice_result in zip(at, result, strict=True):
        points = slice_at.reshape(-1, 3).astype(np.float64)
        square = ((points[:, None, :] - moves.start[None, :, :]) ** 2).sum(axis=2)
        # Relative to the nearest, so that far from all colours the nearest still counts.
        weight = np.exp((square.min(axis=1, keepdims=True) - square) / (2 * width * width))
        weight /= weight.sum(axis=1, keepdims=True)
        new = weight @ goal + scale * (points - weight @ moves.start)
        slice_result[:] = new.reshape(slice_result.shape)
    return result


def _steepness(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """The most that the distance between neighbouring entries grows, in OKLab."""
    most = 0.0
    for axis in range(3):
        old = np.square(np.diff(before, axis=axis)).sum(axis=3)
        new = np.square(np.diff(after, axis=axis)).sum(axis=3)
        most = max(most, float((new / old).max()))
    return float(most**0.5)


def _applied(source: Image, moves: Moves, strength: float) -> Image:
    from pochade.io.lut import apply_table

    return apply_table(source, color_table(moves, strength))


def palette_of(like: Any, options: RecolorOptions) -> PaletteResult:
    """What `like` stands for, as a palette."""
    if isinstance(like, PaletteResult):
        return like
    if isinstance(like, np.ndarray) and like.ndim == 2 and like.shape[1] in (3, 4):
        return _plain_palette(like)
    if isinstance(like, list | tuple):
        return _plain_palette(like)
    if isinstance(like, str) or hasattr(like, "__fspath__"):
        from pochade.io.palette_files import looks_like_palette

        if looks_like_palette(like):
            return read_palette(like)
    return from_pictures([as_image(like)], _search(options))


def _plain_palette(colors: Any) -> PaletteResult:
    from pochade.quantize_inputs import as_palette

    rows = as_palette(colors, 3)
    return PaletteResult(
        colors=rows,
        shares=None,
        options=PaletteOptions(),
        sources=(),
        engine="",
        reason="",
        notes=(),
        given_names=None,
    )


def _search(options: RecolorOptions) -> PaletteOptions:
    """How both pictures are summed up."""
    return PaletteOptions(k=options.k, seed=options.seed, threads=options.threads)


def _oklab(colors: Palette) -> NDArray[np.float64]:
    return convert(np.ascontiguousarray(colors[:, :3]), "srgb", "oklab").astype(np.float64)


def _shares(palette: PaletteResult) -> NDArray[np.float64]:
    """Shares that are known, or equal ones."""
    if palette.shares is None:
        if not len(palette):
            raise UsageError("the palette to take colours from is empty")
        return np.full(len(palette), 1 / len(palette))
    return palette.shares
