"""The files that a painting becomes: pictures, drawings, animations, sheets and projects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.errors import UsageError
from pochade.paint_options import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.paint_result import PaintResult
    from pochade.painting.document import Painting
    from pochade.types import Image, Palette

PICTURES: Final = ("png", "jpeg", "webp", "tiff", "bmp", "avif")
FORMS: Final = (*PICTURES, "svg", "pochade")
MOVING: Final = ("gif", "webp", "apng")
COLUMNS: Final = 5
FRAME_TIME: Final = 120.0
HOLD: Final = 2000.0


def form_of(path: str | os.PathLike[str]) -> str:
    """What a name's ending asks for.

    >>> form_of("a.JPG"), form_of("a.svg"), form_of("a.pochade")
    ('jpeg', 'svg', 'pochade')

    Raises:
        UsageError: no or an unknown ending.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()  # noqa: PTH122
    if suffix in (".svg", ".pochade"):
        return suffix[1:]
    from pochade.io.save import FORMATS

    form = FORMATS.get(suffix)
    if form not in PICTURES:
        endings = [end for end, name in FORMATS.items() if name in PICTURES]
        known = ", ".join([*endings, ".svg", ".pochade"])
        found = f"the ending {suffix!r}" if suffix else "no ending"
        raise UsageError(f"{os.fspath(path)!r} has {found}; use one of {known}")
    return str(form)


def encode(
    result: PaintResult,
    form: str,
    *,
    size: tuple[int, int] | None = None,
    dpi: float | None = None,
    quality: int = 90,
    strokes: bool = False,
    photo: bool = True,
) -> bytes:
    """The bytes of a file of the form; see `PaintResult.save`.

    Args:
        result: the painting.
        form: one of `FORMS`.
        size: (rows, cols) of a picture.
        dpi: dots per inch that the file tells.
        quality: of JPEG and AVIF.
        strokes: in SVG, dabs of paint over the regions.
        photo: keep the photo in a project.

    Raises:
        UsageError: an unknown form, or a size or quality out of range.
    """
    if form == "pochade":
        from pochade.painting.project_file import dump_painting

        return dump_painting(result.document, photo=photo)
    if form == "svg":
        from pochade.painting.svg import svg_of

        return svg_of(result.document, strokes=strokes, size=size).encode()
    if form not in PICTURES:
        raise UsageError(f"a painting is written as one of {', '.join(FORMS)}, not {form!r}")
    if not 1 <= quality <= 100:
        raise UsageError(f"quality must be from 1 to 100, not {quality}")
    image = result.image if size in (None, result.document.size) else result.render(size)
    return encode_picture(image, form, dpi=dpi, quality=quality, threads=_threads(result))


def _threads(result: PaintResult) -> int:
    from pochade.quantize_inputs import thread_count

    return thread_count(result.document.bench.threads)


def encode_picture(
    image: Image, form: str, *, dpi: float | None = None, quality: int = 90, threads: int = 1
) -> bytes:
    """A picture with the sRGB profile in it, and its resolution where it is known."""
    from pochade.io.picture import Metadata
    from pochade.io.save import SaveOptions, save_full
    from pochade.io.srgb_profile import srgb_profile

    options = SaveOptions(
        metadata=None if dpi is None else Metadata(dpi=(dpi, dpi)),
        quality=quality,
        icc=srgb_profile(),
        threads=threads,
    )
    return save_full(None, image, format=form, options=options)


def encode_frames(
    frames: Iterable[Image], form: str, durations: list[float], *, plays: int = 0
) -> bytes:
    """An animation: 'gif' (in 256 colours a frame), 'webp' or 'apng' (exact).

    Raises:
        UsageError: another form, or a picture too large for it.
    """
    if form not in MOVING:
        raise UsageError(f"an animation is one of {', '.join(MOVING)}, not {form!r}")
    if form == "gif":
        from pochade.io.gif import encode_gif_frames

        again = {0: 0, 1: None}.get(plays, plays - 1)
        return encode_gif_frames(_indexed(frames), durations=durations, loop=again)
    from pochade.io.full_animation import encode_full_animation

    return encode_full_animation(frames, form, durations=durations, plays=plays)


def _indexed(frames: Iterable[Image]) -> Iterator[tuple[NDArray[Any], Palette]]:
    from pochade.quantize import quantize

    for frame in frames:
        found = quantize(frame, 256, effort="fast", guard=False)
        yield found.labels, found.palette


def encode_making(
    result: PaintResult, form: str, *, frames: int = 24, size: tuple[int, int] | None = None
) -> bytes:
    """The painting being made; see `PaintResult.making`."""
    pictures = making_of(result, frames=frames, size=size)
    return encode_frames(pictures, form, durations_of(len(pictures)))


def durations_of(count: int) -> list[float]:
    """Milliseconds of each frame; the last one stays."""
    return [*[FRAME_TIME] * (count - 1), HOLD]


def making_of(
    result: PaintResult, *, frames: int = 24, size: tuple[int, int] | None = None
) -> list[Image]:
    """The pictures of a painting being made, coarse to fine.

    Raises:
        UsageError: frames out of range.
    """
    from pochade.painting.making import MOST_FRAMES, making

    if not 2 <= frames <= MOST_FRAMES:
        raise UsageError(f"frames must be from 2 to {MOST_FRAMES}, not {frames}")
    return list(making(result.document, size, frames))


ROOM = 230
"""Pixels of a cell of a contact sheet below which the parts of a score do not fit under it."""


def contact_sheet(result: PaintResult, *, width: int = 320) -> bytes:
    """The photo and the levels 1 to 12, with what the score says of each, as a PNG."""
    from pochade.paint import JUDGED, share_of
    from pochade.painting.level import Judge
    from pochade.painting.render import blended, render
    from pochade.painting.subject import reduced
    from pochade.plot.contact_sheet import Cell, scaled_size
    from pochade.plot.contact_sheet import contact_sheet as lay_out

    document = result.document
    photo = document.bench.photo()
    cols, rows = scaled_size(photo, width)
    small = reduced(photo, JUDGED)
    judge = Judge(small, threads=_threads(result))
    cells = [Cell(_sampled(document, (rows, cols)), "photo", f"{photo.shape[1]}x{photo.shape[0]}")]
    for level in range(1, LEVELS + 1):
        share = share_of(level)
        one = at_level(document, share)
        score = result.scores.get(level) or judge.score(
            blended(one, small.shape[:2], (0, 0, *small.shape[:2]), document.bench.threads)
        )
        chosen = result.level is not None and abs(result.level - share) < 1e-9
        title = f"level {level}: {share:.2f}, {len(one.painted):,} anchors"
        parts = {"masses": score.masses, "edges": score.edges, "simple": score.simplification}
        figures = ", ".join(f"{name} {_short(part)}" for name, part in parts.items())
        whole = _short(score.score)
        caption = f"{whole} ({figures})" if width >= ROOM else f"score {whole}"
        image = render(one, (rows, cols), threads=document.bench.threads)
        cells.append(Cell(image, title, caption, marked=chosen))
    if not any(cell.marked for cell in cells):
        own = "as it is" if result.level is None else f"as it is: {result.level:.2f}"
        image = render(document, (rows, cols), threads=document.bench.threads)
        cells.append(Cell(image, own, f"{len(document.painted):,} anchors", marked=True))
    rows_of = [cells[at : at + COLUMNS] for at in range(0, len(cells), COLUMNS)]
    return lay_out(rows_of, width=width)


def _short(share: float) -> str:
    """A share in two digits, as there is little room.

    >>> _short(0.876), _short(1.0)
    ('.88', '1')
    """
    return f"{share:.2f}".removeprefix("0") if share < 0.995 else "1"


def at_level(document: Painting, share: float) -> Painting:
    """The same painting at another level, 0 to 1, as if it had begun with it."""
    from pochade.painting.document import Painting

    settings = replace(document.settings, level=share, anchors=None)
    intent = replace(document.intent, settings=settings)
    return Painting(document.bench, document.origin, intent)


def _sampled(document: Painting, size: tuple[int, int]) -> Image:
    """The photo at the size of a cell."""
    from pochade.quantize_inputs import as_image

    small = as_image(document.bench.photo(), resize=f"{size[1]}x{size[0]}!")
    if document.subject.alpha is None:
        return small
    from pochade.painting.render import alpha_at

    return np.concatenate([small, alpha_at(document, size, (0, 0, *size))[..., None]], axis=2)
