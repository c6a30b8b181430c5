"""StandardScaler and KMeans(8), as seed 002 has it: one call here, beside scikit-learn."""

from __future__ import annotations

import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

import pochade
from benchmarks.quantize.measure import pin, record, seconds_in_turn
from benchmarks.quantize.pictures import kodak, load

K = 8
COLUMNS = ("rgb", "rgb,xy", "oklab")


def run(threads: int, runs: int) -> None:
    """Time and inertia on Kodak photos, for colours alone and with positions."""
    pin(threads)
    rows = []
    for path in kodak()[:3]:
        picture = load(path)
        for columns in COLUMNS:
            row = {"photo": path.name, "columns": columns, **compared(picture, columns, runs)}
            rows.append(row)
            print(
                f"{path.name} {columns:8} inertia {row['inertia_ratio']:.4f} x, "
                f"time 1/{1 / row['time_ratio']:.1f} of scikit-learn's",
                file=sys.stderr,
            )
    record("table-cluster", threads, rows)


def compared(picture: np.ndarray, columns: str, runs: int) -> dict[str, float]:
    """Ratios to scikit-learn with ten starts (its default until 2022) and with one (since)."""
    table = pochade.table(picture, columns=columns).features(np.float64)

    def theirs(n_init: int) -> KMeans:
        scaled = StandardScaler().fit_transform(table)
        return KMeans(K, n_init=n_init, random_state=0).fit(scaled)

    def ours() -> pochade.TableResult:
        return pochade.table(picture, K, columns=columns, scale="standard")

    taken = seconds_in_turn({"theirs": lambda: theirs(1), "ours": ours}, runs=runs)
    one, ten, own = theirs(1).inertia_, theirs(10).inertia_, ours().inertia
    return {
        "inertia": own,
        "inertia_ratio": own / ten,
        "inertia_ratio_one_start": own / one,
        "time_ratio": taken["ours"] / taken["theirs"],
        "milliseconds": 1000 * taken["ours"],
    }
