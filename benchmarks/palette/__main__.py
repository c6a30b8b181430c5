"""`python -m benchmarks.palette`: see benchmarks/README.md."""

from __future__ import annotations

import argparse

from benchmarks.palette import kodak


def main() -> None:
    """Compare palettes on the Kodak photos."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.palette", description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--photos", type=int, help="only the first so many, for a look")
    given = parser.parse_args()
    kodak.run(given.threads, given.runs, given.photos)


if __name__ == "__main__":
    main()
