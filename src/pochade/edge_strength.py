"""The strength of edges in a picture: windows measured, noise taken away, contrasts evened out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from pochade.edge_lines import mean_around
from pochade.edge_planes import brightness, to_channels
from pochade.edge_windows import Map, Planes, deviation, flat_share, grid_deviation
from pochade.edges_options import AUTO, EdgesOptions
from pochade.errors import UsageError

if TYPE_CHECKING:
    from pochade.color.convert import SpaceName

FLAT: Final = 0.1
"""Share of the windows that are taken to hold nothing but noise."""
FLAT_SIGMAS: Final = -1.2815515655446004
"""Where the normal distribution has that share below it."""
DARK: Final = 0.05
"""Brightness added before dividing by it, so that noise in the dark does not count too much."""
WIDEST_SURROUND: Final = 255


class Strength(NamedTuple):
    """A map of strengths, and the noise that was taken from it, for each window."""

    values: Map
    noise: tuple[float, ...]


def check_size(shape: tuple[int, ...], options: EdgesOptions) -> None:
    """Raise UsageError where a window is larger than the picture.

    With a mirrored border it may be larger than one side, as of a picture one pixel high.
    """
    height, width = shape[:2]
    inside = options.grid or options.border == "valid"
    room = min(height, width) if inside else max(height, width)
    side = max(options.windows)
    if side > room:
        raise UsageError(
            f"the window of {side} pixels is larger than the picture of {width}x{height}; "
            "take a smaller one"
        )


def measure(
    source: Planes, options: EdgesOptions, space: SpaceName, lightness: float, threads: int
) -> Strength:
    """The strength of every window, by all options but those of thin edges.

    Args:
        source: (h, w, c) uint8 or uint16.
        options: what to do.
        space: where the spread is measured, whatever `options` say.
        lightness: likewise.
        threads: the result does not depend on it.

    Raises:
        UsageError: a window is larger than the picture, or the space needs colours.
    """
    check_size(source.shape, options)
    planes, unit = to_channels(source, space, lightness, threads)
    noises = []
    values: Map | None = None
    widest = max(options.windows)
    for side in options.windows:
        if options.grid:
            found = grid_deviation(planes, side, unit=unit)
        else:
            found = deviation(
                planes, side, unit=unit, reflect=options.border == "reflect", threads=threads
            )
            if options.border == "valid" and side < widest:
                cut = (widest - side) // 2
                found = found[cut:-cut, cut:-cut]
        noise = (
            float(options.noise)
            if options.noise != AUTO
            else noise_of(found, side, planes.shape[2])
        )
        noises.append(noise)
        if noise > 0:
            found = without_noise(found, noise)
        values = found if values is None else np.maximum(values, found, out=values)
    assert values is not None
    if options.contrast == "mean":
        values *= brightness_factor(source, options, values.shape, threads)
    elif options.contrast == "local":
        values *= local_factor(values, widest, threads)
    return Strength(np.ascontiguousarray(values), tuple(noises))


def noise_of(strength: Map, window: int, channels: int) -> float:
    """The strength of noise alone, judged by the flattest tenth of the windows.

    Of independent normal noise, the squared strength of a window has a chi-squared distribution,
    whose lowest tenth ends at a known share of the mean (by the formula of E. B. Wilson and M. M.
    Hilferty, "The distribution of chi-square", PNAS 17 (1931) 684-688). A picture with a tenth of
    perfectly flat windows has no noise.
    """
    freedom = (window * window - 1) * channels
    part = 2 / (9 * freedom)
    share = (1 - part + FLAT_SIGMAS * part**0.5) ** 1.5
    return float(flat_share(strength, FLAT) / share)


def without_noise(strength: Map, noise: float) -> Map:
    """What is left of strengths: variances of independent causes add up."""
    square = strength * strength
    square -= np.float32(noise * noise)
    np.maximum(square, 0, out=square)
    np.sqrt(square, out=square)
    return square


def brightness_factor(
    source: Planes, options: EdgesOptions, shape: tuple[int, ...], threads: int
) -> Map:
    """What makes strengths those of a picture that is half-way bright everywhere."""
    side = max(options.windows)
    mean = mean_around(brightness(source), side, threads)
    if options.grid:
        mean = mean[side // 2 :: side, side // 2 :: side]
    elif options.border == "valid":
        mean = mean[side // 2 :, side // 2 :]
    mean = mean[: shape[0], : shape[1]]
    factor: Map = np.float32(0.5 + DARK) / (mean + np.float32(DARK))
    return factor


def local_factor(strength: Map, window: int, threads: int) -> Map:
    """Up to 1.41 where the surroundings have little contrast, 1 where they have the average one."""
    square = strength * strength
    average = float(square.mean(dtype=np.float64))
    if average == 0:
        return np.ones_like(strength)
    around = mean_around(square, min(8 * window + 1, WIDEST_SURROUND), threads)
    np.maximum(around, 0, out=around)
    around += np.float32(average)
    factor: Map = np.sqrt(np.float32(2 * average) / around)
    return factor
