"""Results of `segment` as the bytes of files."""

from __future__ import annotations

import csv
import json
import os
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pochade.errors import UsageError
from pochade.segments.vector import hex_of

if TYPE_CHECKING:
    from pochade.segment_options import SegmentLook
    from pochade.segment_result import SegmentResult
    from pochade.types import Image

PICTURES: Final = ("png", "webp", "tiff", "bmp", "gif", "jpeg", "avif")
FULL_COLOR: Final = tuple(form for form in PICTURES if form != "gif")
FORMS: Final = {
    "flat": (*PICTURES, "svg"),
    "overlay": FULL_COLOR,
    "outlines": (*FULL_COLOR, "svg"),
    "numbers": (*FULL_COLOR, "svg"),
    "labels": ("png", "tiff", "npy"),
    "strength": (*PICTURES, "npy"),
    "svg": ("svg",),
    "geojson": ("geojson", "json"),
    "table": ("csv", "json"),
    "tree": ("npz",),
}
"""The formats of each kind, the usual one first."""
MEANT: Final = {
    **dict.fromkeys(PICTURES, "flat"),
    "svg": "svg",
    "geojson": "geojson",
    "csv": "table",
    "json": "table",
    "npy": "labels",
    "npz": "tree",
}
"""The kind that a format stands for where none is named."""
SUFFIXES: Final = {
    ".png": "png",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".bmp": "bmp",
    ".gif": "gif",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".avif": "avif",
    ".svg": "svg",
    ".geojson": "geojson",
    ".csv": "csv",
    ".json": "json",
    ".npy": "npy",
    ".npz": "npz",
}
LARGEST_INDEXED = 256


def form_of(path: str | os.PathLike[str]) -> str:
    """The format that the ending of a name asks for.

    Raises:
        UsageError: it is none of `SUFFIXES`.
    """
    suffix = os.path.splitext(os.fspath(path))[1].lower()  # noqa: PTH122
    if suffix not in SUFFIXES:
        found = f"the ending {suffix!r}" if suffix else "no ending"
        raise UsageError(f"{os.fspath(path)} has {found}; use one of {', '.join(SUFFIXES)}")
    return SUFFIXES[suffix]


def kind_of(form: str, kind: str | None) -> str:
    """The kind to write: the one named, or what the format stands for.

    Raises:
        UsageError: the kind does not exist or has no such format.
    """
    if kind is None:
        if form not in MEANT:
            raise UsageError(f"there is no format {form!r}; use one of {', '.join(MEANT)}")
        return MEANT[form]
    if kind not in FORMS:
        raise UsageError(f"there is no kind {kind!r}; use one of {', '.join(FORMS)}")
    if form not in FORMS[kind]:
        raise UsageError(f"{kind} is written as {', '.join(FORMS[kind])}, not as {form}")
    return kind


def encode(result: SegmentResult, form: str, kind: str | None, look: SegmentLook) -> bytes:
    """The bytes of a file of that format and kind.

    Raises:
        UsageError: they do not go together, or the method has no tree.
    """
    chosen = kind_of(form, kind)
    if chosen in ("labels", "strength", "tree"):
        return {"labels": _labels, "strength": _strength, "tree": _tree}[chosen](result, form)
    if chosen == "table":
        return (_csv(result) if form == "csv" else _json(result)).encode()
    if chosen == "geojson":
        return _geojson(result, look).encode()
    if form == "svg":
        return _svg(result, chosen, look).encode()
    return _picture(result, form, chosen, look)


def _labels(result: SegmentResult, form: str) -> bytes:
    from pochade.io.label_files import encode_labels

    return encode_labels(result.labels, form)


def _strength(result: SegmentResult, form: str) -> bytes:
    from pochade.io.label_files import encode_array, encode_grey
    from pochade.segments.repaint import strength_picture

    strength = result.strength()
    return (
        encode_array(strength) if form == "npy" else encode_grey(strength_picture(strength), form)
    )


def _tree(result: SegmentResult, form: str) -> bytes:
    del form
    if result.tree is None:
        raise UsageError(f"there is no tree to write; {result.options.method} builds none")
    # Trees write themselves, to a name.
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="pochade-") as folder:
        return result.tree.save(Path(folder) / "tree.npz").read_bytes()


def _picture(result: SegmentResult, form: str, kind: str, look: SegmentLook) -> bytes:
    from pochade.io.save import INDEXED_FORMATS, SaveOptions, save_full, save_indexed

    options = SaveOptions(threads=result.threads)
    if kind == "flat" and look.finish == "none" and form in INDEXED_FORMATS:
        colors, of = np.unique(result.flat_colors(look), axis=0, return_inverse=True)
        indexed = of.reshape(-1).astype(np.int32)[result.labels]
        if len(colors) <= LARGEST_INDEXED:
            return save_indexed(None, indexed, colors, format=form, options=options)
    if kind == "numbers":
        from pochade.plot.sheet import sheet_picture

        return _with_resolution(sheet_picture(result.sheet(look), look.dpi), form, look.dpi)
    image = {"flat": result.flat, "overlay": result.overlay, "outlines": result.outlines}[kind](
        look
    )
    return save_full(None, image, format=form, options=options)


def _with_resolution(image: Image, form: str, dpi: int) -> bytes:
    from pochade.io.picture import Metadata
    from pochade.io.save import SaveOptions, save_full

    metadata = Metadata(dpi=(dpi, dpi))
    return save_full(None, image, format=form, options=SaveOptions(metadata=metadata))


def _svg(result: SegmentResult, kind: str, look: SegmentLook) -> str:
    from pochade.segments.sheet import sheet_svg
    from pochade.segments.vector import flat_svg, lines_svg

    if kind == "numbers":
        return sheet_svg(result.sheet(look))
    shape = (result.labels.shape[0], result.labels.shape[1])
    contours = result.contours(look.smooth)
    if kind == "outlines":
        width = look.line_width or max(1.0, max(shape) / 1000)
        color = look.line if look.line != type(look)().line else "#000000"
        return lines_svg(contours, shape, color, float(width))
    return flat_svg(contours, result.flat_colors(look), shape)


def _geojson(result: SegmentResult, look: SegmentLook) -> str:
    from pochade.segments.vector import geojson

    exact = look.smooth == type(look)().smooth
    return geojson(result.contours(0.0 if exact else look.smooth), table_rows(result))


def table_rows(result: SegmentResult) -> list[dict[str, Any]]:
    """The table as one plain dict for each region; see `RegionTable` for what they mean."""
    table = result.table
    neighbours: list[list[dict[str, Any]]] = [[] for _ in range(result.count)]
    borders = zip(
        table.pairs.tolist(),
        table.pair_length.tolist(),
        table.pair_contrast.tolist(),
        strict=True,
    )
    for (one, two), length, contrast in borders:
        about = {"length": length, "contrast": round(contrast, 4)}
        neighbours[one].append({"label": two, **about})
        neighbours[two].append({"label": one, **about})
    rows = []
    for label in range(result.count):
        left, top, right, bottom = table.box[label].tolist()
        rows.append(
            {
                "label": label,
                "area": int(table.area[label]),
                "color": hex_of(result.colors[label]),
                "centroid": [round(value, 4) for value in table.centroid[label].tolist()],
                "interior": table.interior[label].tolist(),
                "depth": round(float(table.depth[label]), 4),
                "box": {"left": left, "top": top, "right": right, "bottom": bottom},
                "mean": [_short(value) for value in table.mean[label].tolist()],
                "covariance": [
                    [_short(value) for value in row] for row in table.covariance[label].tolist()
                ],
                "boundary": int(table.boundary[label]),
                "contrast": round(float(table.contrast[label]), 4),
                "neighbours": sorted(neighbours[label], key=lambda one: int(one["label"])),
            }
        )
    return rows


def _short(value: float) -> float:
    return float(f"{value:.7g}")


def _json(result: SegmentResult) -> str:
    height, width = result.labels.shape
    about = {
        "schema": "pochade.region-table/1",
        "width": width,
        "height": height,
        "threshold": result.threshold,
        "regions": table_rows(result),
    }
    return json.dumps(about, indent=1, allow_nan=False) + "\n"


def _csv(result: SegmentResult) -> str:
    """A row for each region; its neighbours in one cell, with blanks between them."""
    columns = result.table.columns()
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*columns, "color", "neighbour_labels"])
    lists = [row["neighbours"] for row in table_rows(result)]
    cells = [column.tolist() for column in columns.values()]
    for label, row in enumerate(zip(*cells, strict=True)):
        short = [_short(value) if isinstance(value, float) else value for value in row]
        around = " ".join(str(one["label"]) for one in lists[label])
        writer.writerow([*short, hex_of(result.colors[label]), around])
    return text.getvalue()
