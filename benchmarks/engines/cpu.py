"""Time of ten iterations on a photo of 768 x 512 at k = 64, each engine beside its naive version.

Every pixel is a point: colours are not counted first, since the naive versions do not count them.
All start from the same centres. Importing, compiling and the first run are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.quantize import pictures
from benchmarks.quantize.measure import pin, record, seconds_in_turn

K, ITERATIONS = 64, 10


def run(threads: int, runs: int) -> None:
    """The table of times."""
    pin(threads)
    from pochade.errors import EngineUnavailableError
    from pochade.kmeans.driver import open_session
    from pochade.kmeans.engines.registry import ENGINE_NAMES, get_engine
    from pochade.kmeans.naive import NAIVE

    picture = next(path for path in pictures.kodak() if path.stem == "kodim23")
    points = pictures.load(picture).reshape(-1, 3).astype(np.float32)
    found = np.unique(points, axis=0)
    start = found[np.random.default_rng(0).choice(len(found), K, replace=False)].astype(float)
    calls: dict[str, Callable[[], float]] = {}
    for name in ENGINE_NAMES:
        try:
            session = open_session(get_engine(name), points, None, threads=threads)
        except EngineUnavailableError as error:
            print(error, file=sys.stderr)
            continue

        def loop(session=session) -> float:
            run = session.lloyd(start, max_iter=ITERATIONS, tol=0.0, observe=None)
            assert run.n_iter == ITERATIONS
            return run.inertia

        calls[name] = loop
    for version in NAIVE:
        if version.engine not in calls:
            continue

        def naive(version=version) -> float:
            run = version.run(points, K, iters=ITERATIONS, init=start)
            assert run.n_iter == ITERATIONS
            gap = points - run.centers[run.labels]
            return float((gap * gap).sum())

        calls[version.name] = naive
    errors = {name: call() for name, call in calls.items()}
    taken = seconds_in_turn(calls, runs=runs, warm_up=0)
    slow = {version.engine: taken.get(version.name) for version in NAIVE}
    rows: list[dict[str, object]] = []
    for name, seconds in taken.items():
        ratio = slow[name] / seconds if slow.get(name) else None
        mse = errors[name] / points.size
        rows.append(
            {
                "name": name,
                "seconds": round(seconds, 4),
                "naive_ratio": None if ratio is None else round(ratio, 1),
                "psnr_db": round(float(10 * np.log10(255**2 / mse)), 3),
            }
        )
        beside = "" if ratio is None else f"{ratio:6.1f} x faster than the naive version"
        print(f"{name:14}{1000 * seconds:9.1f} ms {beside}", file=sys.stderr)
    record(f"engines-cpu-{threads}", threads, rows)
