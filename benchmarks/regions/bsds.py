"""Boundaries and covering on the BSDS500 val photos at hand.

Arbelaez, Maire, Fowlkes, Malik, "Contour Detection and Hierarchical Image Segmentation", IEEE TPAMI
33 (2011) 898-916, has the measures. A predicted boundary pixel is right when it lies within 0.0075
of the diagonal of a person's boundary; `--matched` also wants thin lines and a one-to-one matching,
see `matching`. ODS: one altitude for all photos; OIS: the best for each.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.io import loadmat
from scipy.ndimage import grey_dilation

from benchmarks.quantize.measure import pin, record
from benchmarks.quantize.pictures import DATA, load
from benchmarks.regions.matching import matched
from pochade.regions import boundary_strength, build_segmentation_tree, build_tree, cut

TOLERANCE = 0.0075
LEVELS = 60
MOST_REGIONS = 800
MEAN_SHIFT_STEP = 4  # of 8-bit values, between neighbours in one area
MATCHED_EVERY = 3  # levels between two that are matched one to one, which is slow
# As published for the 200 test photos, boundaries matched one to one: F (ODS) and covering (ODS).
# gPb-owt-ucm: Arbelaez et al. 2011; Felzenszwalb and Huttenlocher: A. Kirillov et al., "Segment
# anything", ICCV 2023, table 3; mean shift: Arbelaez et al. 2011.
PUBLISHED: dict[str, dict[str, float]] = {
    "gPb-owt-ucm (published, test photos)": {"f_ods_matched": 0.73},
    "Felzenszwalb (published, test photos)": {"f_ods_matched": 0.61},
    "mean shift (published, test photos)": {"covering_ods": 0.54},
}


class Photo(NamedTuple):
    name: str
    image: np.ndarray
    people: list[np.ndarray]  # segmentations
    lines: list[np.ndarray]  # boundaries


class Counts(NamedTuple):
    """For each level: covering, and right and all pixels of prediction and people."""

    covering: np.ndarray
    right: np.ndarray
    predicted: np.ndarray
    found: np.ndarray
    drawn: float


def photos(most: int | None) -> list[Photo]:
    root = Path(os.environ.get("POCHADE_BSDS", DATA / "bsds"))
    out = []
    for path in sorted((root / "images" / "val").glob("*.jpg"))[:most]:
        truth = loadmat(root / "groundTruth" / "val" / f"{path.stem}.mat")["groundTruth"]
        people = [truth[0, i]["Segmentation"][0, 0].astype(np.int64) for i in range(truth.shape[1])]
        lines = [truth[0, i]["Boundaries"][0, 0] > 0 for i in range(truth.shape[1])]
        out.append(Photo(path.stem, load(path), people, lines))
    if not out:
        raise SystemExit(f"no photos under {root}: set POCHADE_BSDS to the folder of BSDS500")
    return out


def reach(shape: tuple[int, int]) -> float:
    return TOLERANCE * float(np.hypot(*shape))


def disk(shape: tuple[int, int]) -> np.ndarray:
    radius = reach(shape)
    y, x = np.mgrid[-int(radius) : int(radius) + 1, -int(radius) : int(radius) + 1]
    return x * x + y * y <= radius * radius


def covering(labels: np.ndarray, people: list[np.ndarray]) -> float:
    """Mean over people of the share of each of their regions that its best region covers."""
    k = int(labels.max()) + 1
    total = 0.0
    for person in people:
        g = int(person.max()) + 1
        both = np.bincount((labels * g + person).reshape(-1), minlength=k * g).reshape(k, g)
        one, two = both.sum(1), both.sum(0)
        share = both / (one[:, None] + two[None] - both)
        total += float((two * share.max(0)).sum() / two.sum())
    return total / len(people)


def outline(labels: np.ndarray) -> np.ndarray:
    lines = np.zeros(labels.shape, bool)
    lines[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    lines[:-1] |= labels[1:] != labels[:-1]
    return lines


def count_levels(
    strength: np.ndarray, photo: Photo, levels: np.ndarray, covers: list[float]
) -> Counts:
    """Counts for a boundary map at each level: a pixel is predicted where it is above."""
    near = disk(strength.shape)
    someone = grey_dilation(np.any(photo.lines, axis=0).astype(np.uint8), footprint=near) > 0
    spread = grey_dilation(strength, footprint=near)
    drawn = np.concatenate([spread[lines] for lines in photo.lines])

    def above(values: np.ndarray) -> np.ndarray:
        return len(values) - np.searchsorted(np.sort(values), levels, side="right")

    return Counts(
        np.array(covers),
        above(strength[someone]),
        above(strength.reshape(-1)),
        above(drawn),
        len(drawn),
    )


def f_measure(
    right: np.ndarray, predicted: np.ndarray, found: np.ndarray, drawn: float
) -> np.ndarray:
    precision = right / np.maximum(predicted, 1)
    recall = found / drawn
    return 2 * precision * recall / np.maximum(precision + recall, 1e-9)


def summary(counts: list[Counts]) -> dict[str, float]:
    cover = np.stack([one.covering for one in counts])
    right, predicted, found = (
        np.stack([getattr(one, name) for one in counts]).astype(float)
        for name in ("right", "predicted", "found")
    )
    drawn = np.array([one.drawn for one in counts])
    ods = f_measure(right.sum(0), predicted.sum(0), found.sum(0), drawn.sum())
    own = f_measure(right, predicted, found, drawn[:, None]).argmax(1)
    at = np.arange(len(counts)), own
    ois = f_measure(right[at].sum(), predicted[at].sum(), found[at].sum(), drawn.sum())
    return {
        "covering_ods": round(float(cover.mean(0).max()), 4),
        "covering_ois": round(float(cover.max(1).mean()), 4),
        "f_ods": round(float(ods.max()), 4),
        "f_ois": round(float(ois), 4),
        "best_level": int(ods.argmax()),
    }


def tree_row(name: str, build, items: list[Photo], *, match: bool) -> dict[str, object]:
    trees = [build(photo.image) for photo in items]
    tops = [np.sort(tree.altitudes)[::-1][: MOST_REGIONS + 1] for tree in trees]
    # Levels that give 2 to 700 regions in a photo of the middle.
    ranks = np.unique(np.round(np.geomspace(1, 700, LEVELS)).astype(int))
    middle = np.mean([np.log(np.maximum(top[ranks], 1e-9)) for top in tops], axis=0)
    levels = np.sort(np.exp(middle)).astype(np.float32)
    counts = []
    for tree, photo in zip(trees, items, strict=True):
        covers = [
            covering(cut(tree, threshold=float(t)).labels.astype(np.int64), photo.people)
            for t in levels
        ]
        counts.append(count_levels(boundary_strength(tree), photo, levels, covers))
    row: dict[str, object] = {"name": name, "photos": len(items), **summary(counts)}
    if match:
        maps = [boundary_strength(tree) for tree in trees]

        def score(at: int) -> float:
            totals = np.zeros(4)
            for strength, photo in zip(maps, items, strict=True):
                totals += matched(strength > levels[at], photo.lines, reach(strength.shape))
            return float(f_measure(*totals))

        # Uphill from the best level by distance, which is finer than that by matching.
        at, best = int(row["best_level"]), 0.0
        while at < len(levels) and (found := score(at)) > best:
            best, at = found, at + MATCHED_EVERY
        row["f_ods_matched"] = round(best, 4)
    print(row, flush=True)
    return row


def flat_row(name: str, segment, settings: list[float], items: list[Photo], *, match: bool) -> dict:
    """A method without levels: one setting for all photos, the best of several."""
    covers, scores, matches = [], [], []
    for setting in settings:
        totals, cover, exact = np.zeros(4), 0.0, np.zeros(4)
        for photo in items:
            labels = np.unique(segment(photo.image, setting), return_inverse=True)[1]
            labels = labels.reshape(photo.image.shape[:2]).astype(np.int64)
            lines = outline(labels)
            one = count_levels(lines.astype(np.uint8), photo, np.array([0]), [0.0])
            totals += [one.right[0], one.predicted[0], one.found[0], one.drawn]
            cover += covering(labels, photo.people)
            if match:
                exact += matched(lines, photo.lines, reach(lines.shape))
        covers.append(cover / len(items))
        scores.append(float(f_measure(*totals)))
        matches.append(float(f_measure(*exact)) if match else 0.0)
    row = {"name": name, "photos": len(items), "covering_ods": round(max(covers), 4)}
    row |= {"f_ods": round(max(scores), 4)}
    if match:
        row["f_ods_matched"] = round(max(matches), 4)
    print(row, flush=True)
    return row


def peer_methods():
    """Name, method and settings of what others offer."""
    import cv2
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from skimage.segmentation import expand_labels, felzenszwalb, slic

    def graph_based(image, scale):
        return felzenszwalb(image, scale=scale, sigma=0.8, min_size=50)

    def superpixels(image, count):
        return slic(image, n_segments=int(count), compactness=10, start_label=0)

    def mean_shift(image, reach):
        """Filtered, then areas without steps; small ones go to their neighbours."""
        flat = cv2.pyrMeanShiftFiltering(image, 7, reach).astype(np.int64)
        h, w = flat.shape[:2]
        at = np.arange(h * w).reshape(h, w)
        right = np.abs(np.diff(flat, axis=1)).max(axis=2) <= MEAN_SHIFT_STEP
        below = np.abs(np.diff(flat, axis=0)).max(axis=2) <= MEAN_SHIFT_STEP
        one = np.concatenate([at[:, :-1][right], at[:-1][below]])
        two = np.concatenate([at[:, 1:][right], at[1:][below]])
        joined = csr_array((np.ones(len(one), bool), (one, two)), shape=(h * w, h * w))
        labels = connected_components(joined, directed=False)[1].reshape(h, w)
        sizes = np.bincount(labels.reshape(-1))
        return expand_labels(np.where(sizes[labels] < 100, 0, labels + 1), h + w)

    return [
        ("Felzenszwalb (scikit-image)", graph_based, [200, 500, 800, 1500, 3000]),
        ("mean shift (OpenCV)", mean_shift, [20, 30, 45, 60]),
        ("SLIC (scikit-image)", superpixels, [12, 40, 150]),
    ]


def run(most: int | None, *, match: bool, peers: bool) -> None:
    pin(1)
    items = photos(most)
    rows = [
        tree_row("pochade, two stages", build_segmentation_tree, items, match=match),
        tree_row(
            "pochade, Ward in Lab", lambda image: build_tree(image, space="lab"), items, match=match
        ),
        tree_row("pochade, Ward in OKLab", build_tree, items, match=match),
    ]
    if peers:
        rows += [flat_row(*peer, items, match=match) for peer in peer_methods()]
    rows += [{"name": name, **figures} for name, figures in PUBLISHED.items()]
    if most is None:
        record("regions-bsds", 1, rows)
    else:
        print("not recorded: not all photos", file=sys.stderr)
