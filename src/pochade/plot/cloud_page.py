"""The interactive page of a cloud: one file, no network, drawn by WebGL.

The page is written by hand, in plot/page/. A plotting library would weigh more than all else in it
(plotly.js alone has 4.8 MB), draws every point at every frame, and knows nothing of a picture
beside the cloud. Colours are packed as sorted differences and compressed; the page unpacks them,
computes their places in each space, and orders them by detail.

Nothing in the page may load or run anything else: its policy allows its own script and style, by
their hashes, and pictures that are part of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from pochade.color import constants
from pochade.plot.cloud_points import Shown, places, sample, shown_points
from pochade.plot.cloud_walls import MOST_WALLED, find_walls
from pochade.quantize_inputs import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.plot.cloud_result import CloudResult
    from pochade.types import Image

SCRIPTS = ("spaces.js", "data.js", "view.js", "measure.js", "page.js")
NAMES = {"srgb": "sRGB", "lab": "L*a*b*", "oklab": "OKLab"}
UNTITLED = "Colours"
MOST_LISTED = 256
"""Clusters that a page lists and marks; all have their points and colours."""
# Sides of the picture in the page, as it is seen, and as it is searched: pixels of the original.
THUMBNAIL, SAMPLE = 640, 360
THUMBNAIL_QUALITY = 82


def page(result: CloudResult) -> str:
    """The page as text: HTML of one file, everything in it."""
    points, parts, shown = packed(result)
    facts = page_facts(result, shown, parts)
    script = '(() => {\n"use strict";\nconst facts = ' + for_script(facts) + ";\n"
    script += "\n".join(_text(name) for name in SCRIPTS) + "})();\n"
    style = _text("page.css")
    policy = (
        f"default-src 'none'; script-src '{fingerprint(script)}'; "
        f"style-src '{fingerprint(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    title = result.options.title or UNTITLED
    clusters = f"{result.k:,} {'cluster' if result.k == 1 else 'clusters'}"
    words = {
        "policy": policy,
        "version": _version(),
        "title": title,
        "summary": summary(result),
        "described": f"{summary(result)}. Turn it with the arrow keys.",
        "clusters": f"{clusters}, sought in {NAMES[result.options.space]}",
        "notes": " ".join(_sentence(note) for note in _notes(result, shown)),
        "thumbnail": thumbnail(result.source),
    }
    fields = {name: escape(word) for name, word in words.items()}
    fields |= {"style": style, "script": script, "points": points}
    return fill(_text("page.html"), fields)


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The template with each {{name}} replaced; what is put in is never looked at again.

    >>> fill("{{a}} {{b}}", {"a": "{{b}}", "b": "x"})
    '{{b}} x'
    """
    parts = template.split("{{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}}")
        filled += [fields[name], rest]
    return "".join(filled)


def for_script(value: Any) -> str:
    r"""JSON that can stand in a script: nothing in it ends the script or begins a comment.

    >>> for_script("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)  # ASCII only
    return text.replace("<", "\\u003c")


def fingerprint(text: str) -> str:
    """What a policy calls an inline script or style: the hash of its text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def packed(result: CloudResult) -> tuple[str, list[tuple[str, int]], Shown]:
    """The points as text (base64 of a zlib stream), the sizes of its parts in order, and them."""
    from pochade.io.deflate import compress

    shown = shown_points(result)
    parts: dict[str, bytes] = {
        "cells": varints(np.diff(shown.cells, prepend=np.uint32(0))),
        "counts": varints(shown.counts),
    }
    if shown.shift:
        parts["colors"] = shown.colors.tobytes()
        parts["merged"] = varints(shown.merged)
    if shown.labels is not None:
        parts["labels"] = shown.labels.astype("<u2").tobytes()
    scale = place_scale(result.source)
    for axis, found in zip("xy", (places(result.source, shown) // scale).T, strict=True):
        parts[axis] = found.astype("<u2").tobytes()
    taken = sample(result.source, SAMPLE)
    parts["sample"] = taken[:, :, :3].tobytes()
    if taken.shape[2] == 4:
        parts["clear"] = (taken[:, :, 3] == 0).tobytes()
    parts |= _walls(result)
    data = compress(b"".join(parts.values()))
    sizes = [(name, len(part)) for name, part in parts.items()]
    return base64.b64encode(data).decode(), sizes, shown


def varints(values: NDArray[np.uint32]) -> bytes:
    r"""Whole numbers in 7 bits a byte, the lowest first; the high bit says that more follow.

    >>> varints(np.array([5, 300], np.uint32))
    b'\x05\xac\x02'
    """
    values = np.asarray(values, np.uint32)
    lengths = np.ones(len(values), np.int64)
    for n in range(1, 5):
        lengths += values >> np.uint32(7 * n) > 0
    starts = np.cumsum(lengths) - lengths
    out = np.zeros(int(lengths.sum()), np.uint8)
    for n in range(5):
        here = lengths > n
        more = (lengths[here] > n + 1).astype(np.uint8) << 7
        out[starts[here] + n] = (values[here] >> np.uint32(7 * n) & 127).astype(np.uint8) | more
    return out.tobytes()


def place_scale(picture: Image) -> int:
    """The power of two by which places are divided to fit into 16 bits: 1 but for long strips."""
    longest = max(picture.shape[:2])
    return int(1 << max(0, (longest - 1).bit_length() - 16))


def page_facts(result: CloudResult, shown: Shown, parts: list[tuple[str, int]]) -> dict[str, Any]:
    """What the script has to know besides the points."""
    options = result.options
    height, width = result.source.shape[:2]
    small = sample(result.source, SAMPLE).shape
    return {
        "shown": len(shown.cells),
        "shift": shown.shift,
        "pixels": int(result.counts.sum(dtype=np.int64)),
        "width": width,
        "height": height,
        "sample": [small[1], small[0]],
        "place": place_scale(result.source),
        "space": options.space,
        "by": options.by,
        "k": result.k,
        "palette": [] if result.palette is None else result.palette.tolist(),
        "centroids": _centroids(result),
        "show": {"centroids": options.centroids, "walls": options.cells},
        "turn": float(options.turn),
        "tilt": float(options.tilt),
        "theme": options.theme,
        "parts": parts,
        "matrices": {
            "xyz": constants.LINEAR_TO_RELATIVE_XYZ,
            "lms": constants.LINEAR_TO_LMS,
            "oklab": constants.LMS_TO_OKLAB,
        },
    }


def _centroids(result: CloudResult) -> list[dict[str, Any]]:
    """Each centre in sRGB, 0 to 255 with fractions, and its share of the pixels."""
    if result.centroids is None:
        return []
    at = in_srgb(result.centroids, result.options.space)
    return [
        {"at": [round(float(value), 4) for value in row], "share": round(float(share), 9)}
        for row, share in zip(at[:MOST_LISTED], result.shares, strict=False)
    ]


def in_srgb(points: NDArray[np.float64], space: str) -> NDArray[np.float64]:
    """Points of a space as sRGB, 0 to 255, fractions kept, clipped to the cube."""
    if space == "srgb":
        return points
    from pochade.color.convert import convert

    name: Any = space
    values = convert(points.astype(np.float32), name, "srgb")
    return np.asarray(values.astype(np.float64) * 255).clip(0, 255)


def _walls(result: CloudResult) -> dict[str, bytes]:
    """The walls between the clusters, for a page to switch on; none for a single cluster."""
    if result.palette is None or not 1 < result.k <= MOST_WALLED:
        return {}
    threads = thread_count(result.options.threads)
    walls = find_walls(result.palette, result.options.space, threads=threads)
    if not len(walls.quads):
        return {}
    return {
        "vertices": np.rint(walls.vertices * 256).clip(0, 65535).astype("<u2").tobytes(),
        "quads": walls.quads.astype("<u2").tobytes(),
        "sides": walls.sides.astype("<u2").tobytes(),
    }


def thumbnail(picture: Image) -> str:
    """The picture in small as a data address: a JPEG, or a PNG where it has alpha."""
    from pochade.io.limits import DEFAULT_LIMITS, Limits
    from pochade.io.open import open_image
    from pochade.io.save import SaveOptions, save_full

    if max(picture.shape) > DEFAULT_LIMITS.max_side:  # an array: no file has such a side
        picture = sample(picture, DEFAULT_LIMITS.max_side)
    limits = Limits(allow_huge=True)  # it is in memory already
    small = open_image(picture, limits=limits, resize=str(THUMBNAIL)).pixels
    kind = "png" if small.shape[2] == 4 else "jpeg"
    data = save_full(None, small, format=kind, options=SaveOptions(quality=THUMBNAIL_QUALITY))
    return f"data:image/{kind};base64," + base64.b64encode(data).decode()


def summary(result: CloudResult) -> str:
    """One line about the cloud: how many colours and pixels."""
    pixels, colors = int(result.counts.sum(dtype=np.int64)), len(result.colors)
    return (
        f"{colors:,} {'colour' if colors == 1 else 'colours'} of "
        f"{pixels:,} {'pixel' if pixels == 1 else 'pixels'}"
    )


def _notes(result: CloudResult, shown: Shown) -> tuple[str, ...]:
    """What a reader of the page should know."""
    notes = result.notes
    if result.k > MOST_LISTED:
        notes += (f"the {MOST_LISTED} largest of {result.k:,} clusters are listed and marked",)
    if not shown.shift:
        return notes
    near = 1 << shown.shift
    return (
        *notes,
        f"the {len(result.colors):,} colours are shown in {len(shown.cells):,} points, "
        f"each the mean of its cell of {near} x {near} x {near} colours",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("pochade")
    except PackageNotFoundError:
        return ""


def _text(name: str) -> str:
    return files("pochade").joinpath("plot", "page", name).read_text("utf-8")
