"""The structure of a PNG, read before any decoder sees it, and APNG frames as PNGs of their own.

Source: PNG specification, third edition (W3C 2025): 5 (chunks), 11.3.2.1 (tRNS), 11.3.6 (APNG).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from pochade.errors import InputError, LimitError
from pochade.io.limits import Limits, check_frames, check_size

_MAGIC = b"\x89PNG\r\n\x1a\n"
_FOR_EVERY_FRAME = {b"PLTE", b"tRNS", b"iCCP"}
_ANIMATION = {b"acTL", b"fcTL", b"fdAT"}
_COMPRESSED = {b"iCCP", b"zTXt", b"iTXt"}
_MAX_PROFILE = 2**20  # as large as Pillow's reader takes
_MAX_TEXT = 2**20
_MAX_TEXTS = 16 * 2**20
_ANCILLARY = 0x20
_SRGB_GAMMA = 45455


class Frame(NamedTuple):
    """One APNG frame: where it goes, how long, and its compressed pixels."""

    width: int
    height: int
    left: int
    top: int
    milliseconds: float
    dispose: int
    blend: int
    data: list[bytes]


@dataclass(eq=False, repr=False)
class Layout:
    """What the chunks of a PNG say."""

    width: int = 0
    height: int = 0
    depth: int = 0
    color_type: int = 0
    header: bytes = b""
    transparency: bytes | None = None
    gamma: int | None = None
    srgb: bool = False
    shared: bytes = b""
    plays: int = 1
    declared_frames: int = 0
    frames: list[Frame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: list[tuple[int, int]] = field(default_factory=list)
    dropped: bool = False
    text_bytes: int = 0

    def color_key(self) -> int | tuple[int, int, int] | None:
        """The transparent colour, at the depth to which the decoder scales the pixels.

        Grey of 1, 2 and 4 bits is scaled to 0..255, 16-bit grey keeps its 16 bits, 16-bit RGB
        keeps its high bytes. Higher bits than the depth has are ignored, as the standard asks.
        """
        if self.transparency is None or self.color_type not in {0, 2}:
            return None
        mask = (1 << self.depth) - 1
        values = [
            int.from_bytes(self.transparency[i : i + 2], "big") & mask
            for i in range(0, 2 if self.color_type == 0 else 6, 2)
        ]
        if self.color_type == 0:
            return values[0] if self.depth == 16 else values[0] * 255 // mask
        shift = self.depth - 8
        return values[0] >> shift, values[1] >> shift, values[2] >> shift


def chunk(kind: bytes, payload: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    checksum = zlib.crc32(payload, zlib.crc32(kind))
    return struct.pack(">I4s", len(payload), kind) + payload + struct.pack(">I", checksum)


def read_layout(data: bytes, name: str, limits: Limits, *, animation: bool) -> Layout:
    """Walk all chunks: checksums, sizes, numbers; collect APNG frames when asked to.

    Args:
        data: the whole file.
        name: the source, safe to print.
        limits: `max_chunks`, `max_metadata_bytes`, `max_frames`.
        animation: collect the frames' data.

    Raises:
        InputError: truncated, a wrong checksum, no header, no pixels.
        LimitError: more chunks, metadata or frames than allowed.
    """
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise InputError(f"{name} is a broken PNG file (no header); export it again")
    width, height = struct.unpack_from(">II", data, 16)
    check_size(width, height, name, limits)
    layout = Layout()
    walk = _Animation(layout, animation)
    seen_pixels = ended = False
    for kind, start, length in _walk(data, name, limits):
        payload = data[start : start + length] if kind != b"IDAT" or animation else b""
        keep = kind not in _ANIMATION
        if kind == b"IEND":
            ended = True
        elif kind == b"IDAT":
            seen_pixels = True
            walk.pixels(payload)
        elif kind in _ANIMATION:
            walk.take(kind, payload, seen_pixels)
            if animation:
                check_frames(len(layout.frames), name, limits)
        elif kind in _COMPRESSED and not _inflates(layout, kind, payload):
            keep = False
        else:
            _read_other(layout, kind, payload, name)
        if keep:
            layout.kept.append((start - 8, start + length + 4))
        else:
            layout.dropped = True
    if not seen_pixels:
        raise InputError(f"{name} is a broken PNG file (it has no pixels); export it again")
    if not ended:
        layout.notes.append("the file ends without its end mark")
    walk.finish()
    _note_gamma(layout)
    return layout


def still_png(data: bytes, layout: Layout) -> bytes:
    """The file without its animation and without chunks that would make a decoder give up."""
    if not layout.dropped:
        return data
    return _MAGIC + b"".join(data[start:end] for start, end in layout.kept)


def _walk(data: bytes, name: str, limits: Limits) -> list[tuple[bytes, int, int]]:
    """Kind, start and length of every chunk up to IEND, with limits and checksums checked."""
    found: list[tuple[bytes, int, int]] = []
    view = memoryview(data)
    position, others, metadata = len(_MAGIC), 0, 0
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if not kind.isalpha():
            raise InputError(
                f"{name} is a broken PNG file (chunk {len(found)} has no name); export it again"
            )
        position = start + length + 4
        if position > len(data):
            raise InputError(f"{name} is truncated; copy or download it again")
        if kind not in {b"IDAT", b"fdAT"}:
            others += 1
            metadata += length
        if others > limits.max_chunks or len(found) > 10 * limits.max_chunks:
            raise LimitError(
                f"{name} has more than {limits.max_chunks} metadata chunks or ten times as many "
                "pixel chunks; save it again in another program, or raise max_chunks"
            )
        if metadata > limits.max_metadata_bytes:
            raise LimitError(
                f"{name} has more than {limits.max_metadata_bytes} bytes of metadata; "
                "strip it first, or raise max_metadata_bytes"
            )
        critical = not kind[0] & _ANCILLARY or kind in {b"tRNS", b"fdAT"}
        if critical and zlib.crc32(view[position - length - 8 : position - 4]) != int.from_bytes(
            data[position - 4 : position], "big"
        ):
            raise InputError(
                f"{name} is damaged (wrong checksum in its {kind.decode('ascii')} chunk); "
                "copy or download it again"
            )
        found.append((kind, start, length))
        if kind == b"IEND":
            break
    return found


def _read_other(layout: Layout, kind: bytes, payload: bytes, name: str) -> None:
    if kind == b"IHDR":
        if len(payload) != 13:
            raise InputError(f"{name} is a broken PNG file (wrong header); export it again")
        layout.header = payload
        layout.width, layout.height = struct.unpack_from(">II", payload)
        layout.depth, layout.color_type = payload[8], payload[9]
    elif kind == b"tRNS":
        layout.transparency = payload
        needed = {0: 2, 2: 6}.get(layout.color_type, 0)
        if len(payload) < needed:
            raise InputError(f"{name} is a broken PNG file (tRNS too short); export it again")
    elif kind == b"gAMA" and len(payload) == 4:
        layout.gamma = int.from_bytes(payload, "big")
    elif kind == b"sRGB":
        layout.srgb = True
    if kind in _FOR_EVERY_FRAME:
        layout.shared += chunk(kind, payload)


def _inflates(layout: Layout, kind: bytes, payload: bytes) -> bool:
    """Whether a profile or text chunk is sound and of bounded size once decompressed.

    None of them is needed for the pixels, so a broken one or a bomb is left out with a note.
    """
    keyword, _, rest = payload.partition(b"\0")
    if kind == b"iTXt":
        compressed, method, rest = rest[:1] == b"\1", rest[1:2], rest[2:]
        rest = rest.split(b"\0", 2)[-1]
    else:
        compressed, method, rest = True, rest[:1], rest[1:]
    limit = _MAX_PROFILE if kind == b"iCCP" else min(_MAX_TEXT, _MAX_TEXTS - layout.text_bytes)
    size = 0
    if compressed and method == b"\0" and limit > 0:
        inflater = zlib.decompressobj()
        try:
            size = len(inflater.decompress(rest, limit))
            sound = not inflater.unconsumed_tail
        except zlib.error:
            sound = False
    else:
        sound = not compressed
    if kind == b"iCCP":
        layout.srgb = True
        if sound:
            layout.shared += chunk(kind, payload)
    else:
        layout.text_bytes += size
    if not (sound and keyword):
        what = "colour profile" if kind == b"iCCP" else "text"
        note = f"the {what} is broken or too large and was ignored"
        if note not in layout.notes:
            layout.notes.append(note)
        return False
    return True


class _Animation:
    """Collects APNG frames. A broken animation is no broken picture: the still one is shown."""

    def __init__(self, layout: Layout, wanted: bool) -> None:
        self._layout, self._wanted = layout, wanted
        self._sequence = 0
        self._broken = ""

    def pixels(self, payload: bytes) -> None:
        """Take an IDAT chunk: the first frame's pixels if a frame header came before."""
        if self._wanted and self._layout.frames and not self._broken:
            self._layout.frames[-1].data.append(payload)

    def take(self, kind: bytes, payload: bytes, seen_pixels: bool) -> None:
        """Take an acTL, fcTL or fdAT chunk."""
        if not self._broken:
            self._broken = self._problem(kind, payload, seen_pixels)

    def _problem(self, kind: bytes, payload: bytes, seen_pixels: bool) -> str:
        layout = self._layout
        if kind == b"acTL":
            if len(payload) != 8 or seen_pixels:
                return "its animation header is misplaced"
            layout.declared_frames, layout.plays = struct.unpack(">II", payload)
            return ""
        if not layout.declared_frames:
            return ""  # frames without an animation header are to be ignored
        if len(payload) < 4 or int.from_bytes(payload[:4], "big") != self._sequence:
            return "its animation chunks are out of order"
        self._sequence += 1
        return self._header(payload) if kind == b"fcTL" else self._data(payload)

    def _data(self, payload: bytes) -> str:
        if not self._layout.frames:
            return "animation data comes before a frame"
        if self._wanted:
            self._layout.frames[-1].data.append(payload[4:])
        return ""

    def _header(self, payload: bytes) -> str:
        layout = self._layout
        if len(payload) != 26:
            return "a frame header has the wrong length"
        if self._wanted and layout.frames and not layout.frames[-1].data:
            return "a frame has no pixels"
        width, height, left, top, numerator, denominator, dispose, blend = struct.unpack_from(
            ">IIIIHHBB", payload, 4
        )
        inside = left + width <= layout.width and top + height <= layout.height
        if not (width and height and inside and dispose <= 2 and blend <= 1):
            return "a frame lies outside the picture or has unknown settings"
        milliseconds = 1000 * numerator / (denominator or 100)
        layout.frames.append(Frame(width, height, left, top, milliseconds, dispose, blend, []))
        return ""

    def finish(self) -> None:
        """Settle what is to be shown once all chunks have been seen."""
        layout = self._layout
        if not layout.declared_frames:
            layout.frames.clear()
            return
        if self._wanted and layout.frames and not layout.frames[-1].data:
            layout.frames.pop()
        if self._broken:
            layout.notes.append(f"{self._broken}: only the still picture is read")
            layout.frames.clear()
        elif len(layout.frames) != layout.declared_frames:
            layout.notes.append(
                f"the animation announces {layout.declared_frames} frames "
                f"and has {len(layout.frames)}"
            )


def _note_gamma(layout: Layout) -> None:
    """Browsers mostly, and Pillow and libvips always, show such files as if they were sRGB."""
    if layout.gamma is not None and not layout.srgb and abs(layout.gamma - _SRGB_GAMMA) > 1000:
        layout.notes.append(f"its gamma of {layout.gamma / 1e5:g} (gAMA) was ignored")


def frame_png(layout: Layout, frame: Frame) -> bytes:
    """One APNG frame as a PNG file of its own, palette, colour key and profile included."""
    header = struct.pack(">II", frame.width, frame.height) + layout.header[8:]
    return (
        _MAGIC
        + chunk(b"IHDR", header)
        + layout.shared
        + chunk(b"IDAT", b"".join(frame.data))
        + chunk(b"IEND", b"")
    )
