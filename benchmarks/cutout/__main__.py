"""`python -m benchmarks.cutout masks|matting|speed|sheet`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import pochade
from benchmarks.cutout.grab_cut import grab_cut, starts
from benchmarks.cutout.hints import Known, known
from benchmarks.cutout.matting import compared
from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds

HINTS = ("none", "box", "strokes")
FOLDERS = ("human", "horse")
CELL = (230, 180)
COLUMNS = 6


def masked() -> Iterator[Known]:
    """The pictures with known masks, in the order of their names."""
    for folder in FOLDERS:
        for path in sorted((pictures.DATA / "masks" / folder / "image").glob("*.png")):
            mask = np.asarray(Image.open(path.parent.parent / "mask" / path.name).convert("L"))
            yield known(f"{folder}/{path.stem}", pictures.load(path)[..., :3].copy(), mask > 127)


def overlap(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union."""
    return float((one & two).sum() / max(1, (one | two).sum()))


def ours(one: Known, hint: str, threads: int) -> pochade.CutoutResult | None:
    """pochade's cutout with one kind of hint, however unsure; None where it sees nothing at all."""
    strokes = one.fg.astype(np.int8) - one.bg.astype(np.int8) if hint == "strokes" else None
    box = one.box if hint == "box" else None
    try:
        return pochade.cutout(
            one.image, box=box, strokes=strokes, min_confidence=0, threads=threads
        )
    except pochade.CannotTellError:
        return None


def masks(threads: int, *, peers: bool) -> None:
    """Mean intersection over union beside grabCut, with the same hints."""
    pin(threads)
    rows: list[dict[str, object]] = []
    for number, one in enumerate(masked()):
        for hint in HINTS:
            found = ours(one, hint, threads)
            row: dict[str, object] = {
                "picture": one.name,
                "tuned on": number % 2 == 0,
                "hint": hint,
                "pochade": round(overlap(found.mask, one.mask), 4) if found else 0.0,
                "confidence": found.confidence if found else 0.0,
            }
            if peers:
                for name, start in starts(one, hint).items():
                    row[f"grabCut, {name}"] = round(
                        overlap(grab_cut(one.image, start), one.mask), 4
                    )
            rows.append(row)
            print(row, flush=True)
    summary = summed(rows)
    for line in summary:
        print(line)
    record(f"cutout-masks-{threads}", threads, [*summary, *rows])


def summed(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Means for each hint: over all pictures, those that were tuned on, and the others."""
    lines = []
    for hint in HINTS:
        for name, wanted in (("all", None), ("tuned on", True), ("others", False)):
            some = [
                row for row in rows if row["hint"] == hint and wanted in (None, row["tuned on"])
            ]
            line: dict[str, object] = {"hint": hint, "pictures": name, "count": len(some)}
            for key in some[0]:
                if key == "pochade" or key.startswith("grabCut"):
                    line[key] = round(float(np.mean([float(str(row[key])) for row in some])), 4)
            lines.append(line)
    return lines


def speed(threads: int) -> None:
    """Seconds at 1 megapixel, and on the largest photo."""
    pin(threads)
    rows: list[dict[str, object]] = []
    for path, size in ((pictures.kodak()[-1], "1224x816!"), (pictures.large()[0], None)):
        image = pochade.open_image(path, resize=size).pixels[..., :3].copy()
        height, width = image.shape[:2]
        box = (width // 5, height // 5, 3 * width // 5, 3 * height // 5)
        for hint, given in (("none", None), ("box", box)):

            def call(image: np.ndarray = image, given: object = given) -> object:
                try:
                    return pochade.cutout(image, box=given, min_confidence=0, threads=threads)
                except pochade.CannotTellError as error:
                    return error

            took = seconds(call, runs=3 if size is None else 7)
            rows.append(
                {
                    "picture": path.stem,
                    "megapixels": round(width * height / 1e6, 2),
                    "hint": hint,
                    "seconds": round(took, 4),
                }
            )
            print(rows[-1], flush=True)
    record(f"cutout-speed-{threads}", threads, rows)


def sheet(folder: Path) -> None:
    """All results on a chequered ground, one picture for each hint, to be looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    known_ones = list(masked())
    for hint in HINTS:
        rows = -(-len(known_ones) // COLUMNS)
        page = Image.new("RGB", (CELL[0] * COLUMNS, CELL[1] * rows), (40, 40, 40))
        for number, one in enumerate(known_ones):
            found = ours(one, hint, 1)
            if found is None:
                continue
            y, x = np.mgrid[: one.mask.shape[0], : one.mask.shape[1]] // 10
            ground = np.where(((x + y) % 2)[..., None], np.uint8(200), np.uint8(255))
            ground = np.repeat(ground, 3, axis=2)
            small = Image.fromarray(found.on(ground))
            small.thumbnail((CELL[0] - 4, CELL[1] - 4))
            page.paste(small, (number % COLUMNS * CELL[0], number // COLUMNS * CELL[1]))
        page.save(folder / f"cutout-{hint}.png")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("masks", "matting", "speed", "sheet"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--out-dir", type=Path, default=Path("cutout-sheets"))
    given = parser.parse_args()
    if given.what == "masks":
        masks(given.threads, peers=not given.no_peers)
    elif given.what == "matting":
        pin(given.threads)
        rows = compared(list(masked())[::3])
        record(f"cutout-matting-{given.threads}", given.threads, rows)
    elif given.what == "speed":
        speed(given.threads)
    else:
        sheet(given.out_dir)


if __name__ == "__main__":
    main()
