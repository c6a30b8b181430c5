"""GIF files, still and animated, from labels and a palette that all frames share, or one each.

After the GIF89a specification (CompuServe, 1990) and Netscape's loop extension. Which pixels a
frame repaints is decided here, so that every frame shows exactly what it was given, in as few
bytes as that takes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pochade.errors import UsageError
from pochade.io.indexed import MAX_COLORS, Indexed, tidy
from pochade.io.lzw import lzw_encode
from pochade.types import Labels, Palette

MAX_SIDE: Final = 65535
DEFAULT_DURATION: Final = 100
_OPAQUE_FROM: Final = 128
_KEEP: Final = 1
_CLEAR: Final = 2
_SUB_BLOCK: Final = 255

LabelArray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Frame:
    """One block of an animation: labels painted at (left, top), and how it ends."""

    labels: LabelArray
    left: int
    top: int
    ticks: int
    transparent: int | None
    disposal: int


def encode_gif(
    frames: Sequence[Labels],
    palette: Palette,
    *,
    durations: Sequence[float] | float = DEFAULT_DURATION,
    loop: int | None = 0,
    differences: bool = True,
) -> bytes:
    """Encode a GIF; each frame shows exactly `palette[labels]`.

    Alpha below 128 becomes fully transparent and anything above opaque, as GIF has nothing
    between.

    Args:
        frames: at least one h w array of integers below k, all of one shape.
        palette: k 3 or k 4 uint8, shared by all frames; at most 256 colours in use, of which
            all transparent ones count as one.
        durations: milliseconds for each frame, or one for all. GIF counts hundredths of a
            second: frames are rounded so that the end of each stays within 5 ms of the truth.
        loop: how often an animation repeats; 0 is for ever, None plays it once.
        differences: let a frame repaint only what changed, where that is smaller.

    Raises:
        UsageError: no frames, shapes that differ, too many colours, a negative duration or loop.
    """
    picture = _one_transparent(_stack(frames), palette)
    height, width = np.shape(frames[0])
    labels = picture.labels.reshape(len(frames), height, width)
    ticks = _ticks(durations, len(frames))
    _check_loop(loop)
    bits = max(1, (len(picture.palette) - 1).bit_length())
    transparent = None if picture.opaque else int(np.flatnonzero(picture.palette[:, 3] == 0)[0])
    parts = [_header(picture, width, height, bits)]
    if len(frames) > 1 and loop is not None:
        parts.append(_repeat(loop))
    animated = len(frames) > 1
    if not animated or not differences or _reveals(labels, transparent):
        disposal = _CLEAR if animated and transparent is not None else _KEEP
        for frame, time in zip(labels, ticks, strict=True):
            parts.append(_block(_Frame(frame, 0, 0, time, transparent, disposal), bits, animated))
    else:
        parts += _changes(labels, ticks, transparent, len(picture.palette))
    return b"".join([*parts, b";"])


def encode_gif_frames(
    frames: Iterable[tuple[Labels, Palette]],
    *,
    durations: Sequence[float],
    loop: int | None = 0,
) -> bytes:
    """Encode an animation whose frames have a palette each; every frame is painted whole.

    Args:
        frames: for each frame labels (h, w), all of one shape, and a palette as of `encode_gif`;
            taken one after the other, so that they need not all be in memory.
        durations: milliseconds for each frame.
        loop: as for `encode_gif`.

    Raises:
        UsageError: as `encode_gif`, and where the durations are not as many as the frames.
    """
    if not len(durations):
        raise UsageError("a GIF needs at least one frame.")
    ticks = _ticks(durations, len(durations))
    _check_loop(loop)
    parts: list[bytes] = []
    shape: tuple[int, ...] = ()
    count = 0
    for labels, palette in frames:
        if not shape:
            shape = np.shape(labels)
            _check_shape(shape)
            parts.append(b"GIF89a" + struct.pack("<HHBBB", shape[1], shape[0], 0, 0, 0))
            if len(durations) > 1 and loop is not None:
                parts.append(_repeat(loop))
        elif np.shape(labels) != shape:
            raise UsageError("the frames of a GIF must be h x w arrays of one shape.")
        if count == len(ticks):
            raise UsageError(f"{len(durations)} durations do not fit the frames.")
        picture = _one_transparent(labels, palette)
        used = len(picture.palette)
        hole = None if picture.opaque else int(np.flatnonzero(picture.palette[:, 3] == 0)[0])
        disposal = _KEEP
        if np.shape(palette)[1] == 4:
            # A frame that shows the ground needs the one before it gone, and some readers clear
            # to nothing only where a transparent entry is named, used or not.
            disposal = _CLEAR
            if hole is None and used < MAX_COLORS:
                hole, used = used, used + 1
        bits = max(1, (used - 1).bit_length())
        frame = _Frame(picture.labels, 0, 0, ticks[count], hole, disposal)
        parts.append(_block(frame, bits, len(ticks) > 1, table=_table(picture, bits)))
        count += 1
    if count != len(ticks):
        raise UsageError(f"{len(durations)} durations do not fit {count} frames.")
    return b"".join([*parts, b";"])


def _stack(frames: Sequence[Labels]) -> Labels:
    """All frames in one tall array."""
    if not len(frames):
        raise UsageError("a GIF needs at least one frame.")
    shape = np.shape(frames[0])
    if any(np.shape(frame) != shape for frame in frames):
        raise UsageError("the frames of a GIF must be h x w arrays of one shape.")
    _check_shape(shape)
    return np.concatenate([np.asarray(frame) for frame in frames])


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise UsageError("the frames of a GIF must be h x w arrays of one shape.")
    if max(shape) > MAX_SIDE:
        raise UsageError(f"a GIF has at most {MAX_SIDE} pixels a side; make the picture smaller.")


def _check_loop(loop: int | None) -> None:
    if loop is not None and not 0 <= loop <= 65535:
        raise UsageError(f"a GIF loops 0 (for ever) to 65535 times, not {loop}.")


def _repeat(loop: int) -> bytes:
    """Netscape's extension that says how often an animation starts again."""
    return b"!\xff\x0bNETSCAPE2.0" + struct.pack("<BBHB", 3, 1, loop, 0)


def _one_transparent(labels: Labels, palette: Palette) -> Indexed:
    """Palette entries either opaque or the one (0, 0, 0, 0)."""
    palette = np.array(palette)
    if palette.ndim == 2 and palette.shape[1] == 4:
        see_through = palette[:, 3] < _OPAQUE_FROM
        palette[see_through] = 0
        palette[~see_through, 3] = 255
    return tidy(labels, palette)


def _ticks(durations: Sequence[float] | float, count: int) -> list[int]:
    """Hundredths of a second of each frame; the rounding error does not add up."""
    if isinstance(durations, int | float):
        durations = [float(durations)] * count
    if len(durations) != count:
        raise UsageError(f"{len(durations)} durations do not fit {count} frames.")
    if not all(0 <= duration <= 655350 for duration in durations):
        raise UsageError("a frame of a GIF lasts 0 to 655,350 milliseconds.")
    ends = [int(end / 10 + 0.5) for end in accumulate(durations, initial=0.0)]
    return [min(65535, later - earlier) for earlier, later in pairwise(ends)]


def _reveals(labels: LabelArray, transparent: int | None) -> bool:
    """Whether a painted pixel becomes transparent again, which painting over cannot do."""
    if transparent is None:
        return False
    return any(
        bool(((before != transparent) & (after == transparent)).any())
        for before, after in pairwise(labels)
    )


def _changes(labels: LabelArray, ticks: list[int], transparent: int | None, k: int) -> list[bytes]:
    """Blocks that repaint the rectangle around what changed, with holes where that is smaller."""
    bits = max(1, (k - 1).bit_length())
    hole = transparent
    if hole is None and k < MAX_COLORS and k < 1 << bits:
        hole = k  # a table of 2**bits has room for it
    blocks = [_block(_Frame(labels[0], 0, 0, ticks[0], transparent, _KEEP), bits, True)]
    for (before, after), time in zip(pairwise(labels), ticks[1:], strict=True):
        changed = before != after
        rows = np.flatnonzero(changed.any(1))
        columns = np.flatnonzero(changed.any(0))
        top, bottom = (rows[0], rows[-1] + 1) if len(rows) else (0, 1)
        left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, 1)
        part = after[top:bottom, left:right]
        place = (int(left), int(top), time)
        choices = [_block(_Frame(part, *place, transparent, _KEEP), bits, True)]
        if hole is not None:
            holes = np.where(changed[top:bottom, left:right], part, np.uint8(hole))
            choices.append(_block(_Frame(holes, *place, hole, _KEEP), bits, True))
        blocks.append(min(choices, key=len))
    return blocks


def _header(picture: Indexed, width: int, height: int, bits: int) -> bytes:
    """Signature, logical screen and the shared colour table of 2**bits entries."""
    flags = 0x80 | (bits - 1) << 4 | (bits - 1)
    screen = struct.pack("<HHBBB", width, height, flags, 0, 0)
    return b"GIF89a" + screen + _table(picture, bits)


def _table(picture: Indexed, bits: int) -> bytes:
    """A colour table of 2**bits entries."""
    table = np.zeros((1 << bits, 3), np.uint8)
    table[: len(picture.palette)] = picture.palette[:, :3]
    return table.tobytes()


def _block(frame: _Frame, bits: int, animated: bool, table: bytes = b"") -> bytes:
    """Graphic control (where it says anything), image descriptor and LZW data of one frame.

    `table` is a colour table of 2**bits entries for this frame alone.
    """
    parts = []
    if animated or frame.transparent is not None:
        flags = frame.disposal << 2 if animated else 0
        flags |= frame.transparent is not None
        ticks = frame.ticks if animated else 0
        parts.append(b"!\xf9" + struct.pack("<BBHBB", 4, flags, ticks, frame.transparent or 0, 0))
    height, width = frame.labels.shape
    code_bits = max(2, bits)
    data = lzw_encode(np.ascontiguousarray(frame.labels).tobytes(), code_bits)
    own = 0x80 | (bits - 1) if table else 0
    place = struct.pack("<HHHHB", frame.left, frame.top, width, height, own)
    parts.append(b"," + place + table + bytes([code_bits]))
    for start in range(0, len(data), _SUB_BLOCK):
        piece = data[start : start + _SUB_BLOCK]
        parts += [bytes([len(piece)]), piece]
    parts.append(b"\0")
    return b"".join(parts)
