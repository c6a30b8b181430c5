"""Rules for k on pictures whose number of colours is known: `python -m benchmarks.sweep choose`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from time import perf_counter

import pochade
from benchmarks.quantize.measure import pin, record
from benchmarks.sweep.truth import Truth, picture
from pochade import k_rules
from pochade.kmeans.choose_k import knee_k
from pochade.sweep_result import SweepResult

KS = "2:15"
PHOTOS = Path(pochade.__file__).parent / "data" / "demo"
TRUE_KS = range(2, 13)
NOISES = (0.0, 4.0, 12.0)
SEEDS = (0, 1, 2)
TARGET_DE = 3.0

Rule = Callable[[SweepResult], int]
RULES: dict[str, Rule] = {
    "knee": lambda swept: swept.choice.k,
    "knee of the inertia": lambda swept: knee_k(swept.ks, [one.inertia for one in swept.results]),
    "knee of its root": lambda swept: knee_k(swept.ks, [one.inertia**0.5 for one in swept.results]),
    "silhouette": lambda swept: k_rules.by_silhouette(swept.ks, swept.silhouettes).k,
    "gap": lambda swept: k_rules.by_gap(swept.ks, swept.gaps).k,
    "bic": lambda swept: k_rules.by_bic(swept.ks, swept.bics).k,
    f"target-de {TARGET_DE:g}": lambda swept: (
        k_rules.by_target(swept.ks, [one.ciede2000 for one in swept.results], TARGET_DE).k
    ),
}


def run(threads: int) -> None:
    """Every rule on every picture; one row each, then a summary by kind of picture."""
    pin(threads)
    rows: list[dict[str, object]] = []
    for noise, antialiased, k, seed in product(NOISES, (False, True), TRUE_KS, SEEDS):
        truth = Truth(k, noise, antialiased, seed)
        swept = pochade.sweep(picture(truth), KS, threads=threads)
        for name, rule in RULES.items():
            begin = perf_counter()
            found = rule(swept)
            seconds = round(perf_counter() - begin, 4)
            rows.append({"rule": name, **truth._asdict(), "found": found, "seconds": seconds})
        print(f"\r{len(rows) // len(RULES)} pictures", end="", file=sys.stderr)
    print(file=sys.stderr)
    found = photos(threads)
    for line in [*summary(rows), "", *photo_table(found)]:
        print(line)
    record("sweep-choose", threads, [*rows, *found])


def photos(threads: int) -> list[dict[str, object]]:
    """What each rule says about the bundled photos, whose colours have no true number."""
    rows: list[dict[str, object]] = []
    for path in sorted(PHOTOS.glob("*.jpg")):
        swept = pochade.sweep(path, KS, threads=threads)
        rows += [
            {"rule": name, "photo": path.stem, "found": rule(swept)} for name, rule in RULES.items()
        ]
    return rows


def photo_table(rows: list[dict[str, object]]) -> list[str]:
    """The k of each rule for each photo."""
    names = list(dict.fromkeys(str(row["photo"]) for row in rows))
    lines = ["| rule | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for rule in RULES:
        found = [str(row["found"]) for row in rows if row["rule"] == rule]
        lines.append(f"| {rule} | " + " | ".join(found) + " |")
    return lines


def summary(rows: list[dict[str, object]]) -> list[str]:
    """A table: share of pictures where a rule is right, and within one, by noise and edges."""
    kinds = [(noise, soft) for soft in (False, True) for noise in NOISES]
    heads = [f"{'soft' if soft else 'hard'} edges, noise {noise:g}" for noise, soft in kinds]
    lines = ["| rule | " + " | ".join(heads) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name in RULES:
        cells = []
        for noise, soft in kinds:
            some = [
                row
                for row in rows
                if (row["rule"], row["noise"], row["antialiased"]) == (name, noise, soft)
            ]
            off = [abs(int(str(row["found"])) - int(str(row["k"]))) for row in some]
            right = sum(gap == 0 for gap in off) / len(some)
            near = sum(gap <= 1 for gap in off) / len(some)
            cells.append(f"{right:.0%} ({near:.0%})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines
