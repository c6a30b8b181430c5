"""The structure of a GIF, and each of its frames as a GIF of its own.

The frames are composed by `animation`, as browsers do it: the canvas starts transparent and
"restore to background" clears to transparent. Pillow's reader fills with colours instead.
Source: GIF89a specification (CompuServe 1990); NETSCAPE2.0 loop extension.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from pochade.errors import InputError
from pochade.types import Image

_GREYS = bytes(value for level in range(256) for value in (level, level, level))

_Control: TypeAlias = "tuple[int, int | None, float]"
"""Disposal method, transparent index, milliseconds: what precedes a frame."""


class Frame(NamedTuple):
    """One frame as stored. `start:end` is its compressed data in the file."""

    left: int
    top: int
    width: int
    height: int
    interlaced: bool
    palette: bytes
    transparent: int | None
    dispose: int
    milliseconds: float
    start: int
    end: int


@dataclass(slots=True)
class Layout:
    """What the blocks of a GIF say."""

    width: int
    height: int
    plays: int = 1
    comment: bytes = b""
    frames: list[Frame] = field(default_factory=list)


class _Reader:
    """Sequential reading of bytes; running out is an InputError."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name, self.position = data, name, 0

    def take(self, count: int) -> bytes:
        part = self.data[self.position : self.position + count]
        if len(part) < count:
            raise InputError(f"{self.name} is truncated; copy or download it again")
        self.position += count
        return part

    def skip_blocks(self) -> None:
        while size := self.take(1)[0]:
            self.position += size
            if self.position >= len(self.data):
                raise InputError(f"{self.name} is truncated; copy or download it again")

    def palette(self, flags: int) -> bytes | None:
        return self.take(3 << ((flags & 7) + 1)) if flags & 0x80 else None


def read_layout(data: bytes, name: str, *, at_most: int) -> Layout:
    """Walk the blocks of a GIF.

    Args:
        data: the whole file.
        name: the source, safe to print.
        at_most: stop after so many frames.

    Raises:
        InputError: truncated, or no frame.
    """
    reader = _Reader(data, name)
    width, height, flags = struct.unpack("<6xHHBxx", reader.take(13))
    layout = Layout(width, height)
    shared = reader.palette(flags)
    control: _Control = (0, None, 0.0)
    while reader.position < len(data):
        kind = reader.take(1)
        if kind == b"!":
            control = _read_extension(reader, layout, control)
        elif kind == b",":
            if len(layout.frames) == at_most:
                break
            layout.frames.append(_read_frame(reader, shared, control))
            control = (0, None, 0.0)
        elif kind == b";":
            break
        # Other bytes between blocks are padding that some writers leave.
    if not layout.frames:
        raise InputError(f"{name} is a broken GIF file (it has no frame); export it again")
    first = layout.frames[0]
    # A canvas too small for the first frame grows to hold it; later frames are clipped to it.
    layout.width = max(layout.width, first.left + first.width)
    layout.height = max(layout.height, first.top + first.height)
    return layout


def _read_extension(reader: _Reader, layout: Layout, control: _Control) -> _Control:
    label = reader.take(1)[0]
    size = reader.take(1)[0]
    if size == 0:
        return control
    first = reader.take(size)
    if label == 0xF9 and size >= 4:
        flags, delay, transparent = struct.unpack_from("<BHB", first)
        control = (flags >> 2 & 7, transparent if flags & 1 else None, delay * 10.0)
    elif label == 0xFF and first == b"NETSCAPE2.0":
        start = reader.position
        block = reader.data[start : start + 4]
        if len(block) == 4 and block[:2] == b"\x03\x01":
            repeats = int.from_bytes(block[2:4], "little")
            layout.plays = repeats + 1 if repeats else 0
    elif label == 0xFE and not layout.comment:
        layout.comment = first
    reader.skip_blocks()
    return control


def _read_frame(reader: _Reader, shared: bytes | None, control: _Control) -> Frame:
    left, top, width, height, flags = struct.unpack("<HHHHB", reader.take(9))
    palette = reader.palette(flags) or shared or _GREYS
    if not (width and height):
        raise InputError(f"{reader.name} is a broken GIF file (an empty frame); export it again")
    start = reader.position
    reader.take(1)
    reader.skip_blocks()
    dispose, transparent, milliseconds = control
    return Frame(
        left,
        top,
        width,
        height,
        bool(flags & 0x40),
        palette,
        transparent,
        dispose,
        milliseconds,
        start,
        reader.position,
    )


def frame_gif(data: bytes, frame: Frame) -> bytes:
    """One frame as a GIF file of its own with the frame's size and a grey palette.

    The grey palette makes the decoder give the plain indices.
    """
    size = struct.pack("<HH", frame.width, frame.height)
    return (
        b"GIF89a"
        + size
        + b"\xf7\0\0"
        + _GREYS
        + b",\0\0\0\0"
        + size
        + (b"\x40" if frame.interlaced else b"\0")
        + data[frame.start : frame.end]
        + b";"
    )


def colors_of(frame: Frame, indices: Image) -> Image:
    """The colours of a frame's indices: h w 4, transparent pixels all zero.

    Indices beyond the palette are black.
    """
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    palette = np.frombuffer(frame.palette, np.uint8).reshape(-1, 3)
    table[: len(palette), :3] = palette
    if frame.transparent is not None:
        table[frame.transparent] = 0
    return table[indices]
