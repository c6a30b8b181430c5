"""The `demo` operation: the main job on the bundled photos, with everything measured."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from pochade import __version__
from pochade.apps.operations import DemoOptions, ReportOptions
from pochade.apps.outputs import make_folder, refuse_existing
from pochade.apps.session import Session
from pochade.plot.contact_sheet import Cell, contact_sheet

PHOTOS = ("spices", "city", "desert")
KS = (4, 8, 16, 64, 256)
SCHEMA = "pochade.demo-report/1"


class Measured(NamedTuple):
    """One result of the demo."""

    photo: str
    k: int
    path: str
    seconds: float
    bytes: int
    input_bytes: int
    psnr: float
    ssim: float
    ciede2000_mean: float


def run(options: DemoOptions, report: ReportOptions, session: Session) -> int:
    """Quantize each photo to several numbers of colours; write them and a contact sheet."""
    folder = Path(options.out_dir)
    sheet = folder / "contact-sheet.png"
    refuse_existing(str(sheet), force=options.force)
    make_folder(str(sheet))
    rows, results = [], []
    for photo in PHOTOS:
        cells, measured = one_photo(photo, folder, options, session)
        rows.append(cells)
        results += measured
    session.begin("drawing the contact sheet")
    from pochade.io.write import atomic_write

    atomic_write(str(sheet), contact_sheet(rows), overwrite=options.force)
    if report.json:
        session.print(as_json(results, sheet))
    elif not report.quiet:
        for line in table(results, sheet):
            session.print(line)
    return 0


def one_photo(
    photo: str, folder: Path, options: DemoOptions, session: Session
) -> tuple[list[Cell], list[Measured]]:
    """The row of the contact sheet and the figures for one photo."""
    from pochade.io.open import open_image
    from pochade.io.write import atomic_write

    data = files("pochade").joinpath("data", "demo", f"{photo}.jpg").read_bytes()
    original = folder / f"{photo}.jpg"
    atomic_write(str(original), data, overwrite=options.force)
    picture = open_image(data)
    height, width = picture.pixels.shape[:2]
    cells = [Cell(picture.pixels, photo, f"{width} x {height}, {len(data):,} bytes as JPEG")]
    results = []
    for k in KS:
        session.begin(f"{photo}, {k} colours")
        cell, measured = one_result(photo, picture.pixels, k, folder, options)
        cells.append(cell)
        results.append(measured._replace(input_bytes=len(data)))
    return cells, results


def one_result(
    photo: str, pixels: Any, k: int, folder: Path, options: DemoOptions
) -> tuple[Cell, Measured]:
    """Quantize one photo to k colours, write it, and measure both."""
    from pochade.io.png import encode_indexed
    from pochade.io.write import atomic_write
    from pochade.metrics import compare
    from pochade.quantize import quantize

    begin = perf_counter()
    result = quantize(pixels, k)
    seconds = perf_counter() - begin
    data = encode_indexed(result.labels, result.palette)
    path = folder / f"{photo}-k{k}.png"
    atomic_write(str(path), data, overwrite=options.force)
    metrics = compare(pixels, result.image)
    measured = Measured(
        photo=photo,
        k=result.k,
        path=str(path),
        seconds=seconds,
        bytes=len(data),
        input_bytes=0,
        psnr=metrics.psnr,
        ssim=metrics.ssim,
        ciede2000_mean=metrics.ciede2000_mean,
    )
    caption = f"{len(data):,} bytes, CIEDE2000 {metrics.ciede2000_mean:.2f}"
    return Cell(result.image, f"k = {result.k}", caption, result.palette), measured


def table(results: list[Measured], sheet: Path) -> Iterator[str]:
    """The figures, and where the results are."""
    yield f"pochade {__version__}: three bundled photos (CC0) in few colours"
    yield ""
    yield "photo       k    seconds     bytes     PSNR    SSIM   CIEDE2000 (mean)"
    for one in results:
        yield (
            f"{one.photo:8} {one.k:4}   {one.seconds:8.3f}  {one.bytes:8,}  "
            f"{one.psnr:7.2f}  {one.ssim:6.4f}   {one.ciede2000_mean:6.3f}"
        )
    yield ""
    yield f"results:       {sheet.parent}/"
    yield f"contact sheet: {sheet}"


def as_json(results: list[Measured], sheet: Path) -> str:
    """The figures as one JSON object."""
    import json

    return json.dumps(
        {
            "schema": SCHEMA,
            "pochade": __version__,
            "contact_sheet": str(sheet),
            "results": [one._asdict() for one in results],
        },
        indent=2,
    )
