"""Palettes in binary files: Microsoft RIFF, Adobe colour table, swatch exchange and swatches.

One function a format, each of the file's bytes and its name. Adobe's layouts are from "Adobe
Photoshop File Formats Specification" (.act, .aco); the swatch exchange (.ase) is as Adobe's
programs write it.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np

from pochade.errors import InputError, UsageError
from pochade.io.swatches import OPAQUE, Collector, Color, Swatches

ASE_MARK: Final = b"ASEF"
RIFF_MARK: Final = b"RIFF"
_ACT_BYTES: Final = 768
_ASE_COLOR: Final = 1
_TOP: Final = 65535

# CIE Lab of Adobe's files has white point D50; this takes XYZ (D50) to linear sRGB, with Bradford
# adaptation (Lindbloom).
_WHITE_D50: Final = np.array([0.96422, 1.0, 0.82521])
_XYZ_D50_TO_SRGB: Final = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)


class _Bytes:
    """A file read from front to back; running past the end is one InputError."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self.place = 0

    def take(self, count: int) -> bytes:
        if count > len(self._data) - self.place:
            raise InputError(f"{self._name} ends in the middle of a colour.")
        self.place += count
        return self._data[self.place - count : self.place]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def label(self, letters: int) -> str:
        return self.take(2 * letters).decode("utf-16-be", "replace").rstrip("\0")

    @property
    def left(self) -> int:
        return len(self._data) - self.place


def read_riff(data: bytes, name: str) -> Swatches:
    """A Microsoft palette (.pal): RIFF with a chunk of R, G, B, flags.

    Raises:
        InputError: the file is cut short or has no colours.
        UsageError: it holds something else than a palette.
    """
    source = _Bytes(data, name)
    if source.take(4) != RIFF_MARK or not source.unpack("<I") or source.take(4) != b"PAL ":
        raise UsageError(f"{name} is a RIFF file, but not one with a palette.")
    while source.left >= 8:
        kind, size = source.unpack("<4sI")
        if kind == b"data":
            _, count = source.unpack("<HH")
            found = Collector(name)
            for _ in range(count):
                red, green, blue, _ = source.unpack("<4B")
                found.add((red, green, blue, OPAQUE))
            return found.swatches()
        source.take(size + size % 2)
    raise InputError(f"{name} is a RIFF palette without colours.")


def read_act(data: bytes, name: str) -> Swatches:
    """An Adobe colour table (.act): 256 R, G, B, and perhaps how many count.

    Raises:
        UsageError: the size is not that of a colour table.
    """
    if len(data) not in {_ACT_BYTES, _ACT_BYTES + 4}:
        raise UsageError(f"{name} is no colour table: it has {len(data)} bytes, not 768 or 772.")
    count, see_through = 256, _TOP
    if len(data) > _ACT_BYTES:
        count, see_through = struct.unpack(">HH", data[_ACT_BYTES:])
        count = min(count, 256) or 256
    found = Collector(name)
    for place in range(count):
        red, green, blue = data[3 * place : 3 * place + 3]
        found.add((0, 0, 0, 0) if place == see_through else (red, green, blue, OPAQUE))
    return found.swatches()


def read_ase(data: bytes, name: str) -> Swatches:
    """An Adobe swatch exchange file (.ase): blocks of name, colour model and floats.

    Raises:
        InputError: the file is cut short, a colour model is unknown, or there are no colours.
        UsageError: it is no swatch exchange file.
    """
    source = _Bytes(data, name)
    if source.take(4) != ASE_MARK:
        raise UsageError(f"{name} is no Adobe swatch exchange file.")
    _, _, count = source.unpack(">HHI")
    found = Collector(name)
    for _ in range(count):
        kind, size = source.unpack(">HI")
        block = _Bytes(source.take(size), name)
        if kind != _ASE_COLOR:
            continue
        label = block.label(block.unpack(">H")[0])
        model = block.take(4)
        if model == b"RGB ":
            color = _from_unit(block.unpack(">3f"))
        elif model == b"CMYK":
            color = _from_cmyk(block.unpack(">4f"))
        elif model in {b"Gray", b"GRAY"}:
            color = _from_unit(block.unpack(">f") * 3)
        elif model in {b"LAB ", b"Lab "}:
            light, a, b = block.unpack(">3f")
            color = _from_lab((100 * light, a, b))
        else:
            raise InputError(f"{name} has a colour in the unknown model {model!r}.")
        found.add(color, label)
    return found.swatches()


def read_aco(data: bytes, name: str) -> Swatches:
    """Photoshop swatches (.aco): version 1, and mostly version 2 with names behind it.

    Raises:
        InputError: the file is cut short, a colour space is unknown, or there are no colours.
        UsageError: it is no swatch file.
    """
    source = _Bytes(data, name)
    version, count = source.unpack(">HH")
    if version == 1 and source.left >= 10 * count + 4:
        behind = _Bytes(data[source.place + 10 * count :], name)
        if behind.unpack(">H") == (2,):
            source, version, count = behind, 2, behind.unpack(">H")[0]
    if version not in {1, 2}:
        raise UsageError(f"{name} is no Photoshop swatch file.")
    found = Collector(name)
    for _ in range(count):
        space, *values = source.unpack(">H4H")
        label = source.label(source.unpack(">I")[0]) if version == 2 else ""
        found.add(_from_photoshop(space, values, name), label)
    return found.swatches()


def _from_photoshop(space: int, values: list[int], name: str) -> Color:
    unit = [value / _TOP for value in values]
    if space == 0:
        return _from_unit(unit[:3])
    if space == 1:
        from colorsys import hsv_to_rgb

        return _from_unit(hsv_to_rgb(*unit[:3]))
    if space == 2:
        return _from_cmyk([1 - value for value in unit])
    if space == 7:
        signed = [value - 65536 if value >= 32768 else value for value in values]
        return _from_lab((values[0] / 100, signed[1] / 100, signed[2] / 100))
    if space == 8:
        return _from_unit([1 - values[0] / 10000] * 3)
    raise InputError(f"{name} has a colour in the unknown colour space {space}.")


def _from_unit(values: Any) -> Color:
    """R, G, B of 0 to 1, anything beyond clipped, what is no number taken as 0."""
    unit = np.clip(np.nan_to_num(np.array(values, float)), 0, 1)
    red, green, blue = (int(value) for value in np.floor(255 * unit + 0.5))
    return red, green, blue, OPAQUE


def _from_cmyk(values: Any) -> Color:
    """The plain conversion without a printing profile: (1 - ink) * (1 - black)."""
    inks = np.clip(np.nan_to_num(np.array(values, float)), 0, 1)
    return _from_unit((1 - inks[:3]) * (1 - inks[3]))


def _from_lab(values: tuple[float, float, float]) -> Color:
    """CIE Lab (D50) to sRGB, CIE 15:2004 and IEC 61966-2-1."""
    light, a, b = np.nan_to_num(np.array(values, float)).clip(-1000, 1000)
    middle = (light + 16) / 116
    roots = np.array([middle + a / 500, middle, middle - b / 200])
    ratios = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
    linear = (_XYZ_D50_TO_SRGB @ (ratios * _WHITE_D50)).clip(0, 1)
    return _from_unit(
        np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    )
