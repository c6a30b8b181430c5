"""`python -m benchmarks.table WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.table import cluster, trip


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    parser.add_argument("what", choices=["trip", "cluster", "trip-one"])
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    match given.what:
        case "trip":
            trip.run(given.threads)
        case "trip-one":
            trip.run_one(given.rest[0], Path(given.rest[1]), Path(given.rest[2]))
        case "cluster":
            cluster.run(given.threads, given.runs)


if __name__ == "__main__":
    main()
