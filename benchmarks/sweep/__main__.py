"""`python -m benchmarks.sweep WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse

from benchmarks.sweep import choose, seed_way


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("what", choices=["seed", "choose"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    if given.what == "seed":
        seed_way.run(given.threads, given.runs)
    else:
        choose.run(given.threads)


if __name__ == "__main__":
    main()
