"""`python -m benchmarks.paint WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
from pathlib import Path

WHATS = ("balance", "equal-anchors", "hand", "level", "looks", "methods", "primitives", "speed")


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paint", description=__doc__)
    parser.add_argument("what", choices=WHATS)
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="for looks")
    parser.add_argument("--out", type=Path, help="for looks: the folder of the sheets")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    if given.what == "looks" and not (given.photos and given.out):
        parser.error("looks takes photos, and --out FOLDER for its sheets")
    if given.what == "equal-anchors":
        from benchmarks.paint import equal_anchors

        equal_anchors.run(given.threads)
    elif given.what in ("balance", "methods"):
        from benchmarks.paint import methods

        if given.what == "balance":
            methods.balance(given.threads)
        else:
            methods.run(given.threads, given.runs)
    elif given.what == "hand":
        from benchmarks.paint import hand

        hand.run(given.threads, given.runs)
    elif given.what == "primitives":
        from benchmarks.paint import primitives

        primitives.run(given.threads)
    elif given.what == "level":
        from benchmarks.paint import level

        level.run(given.threads)
    elif given.what == "looks":
        from benchmarks.paint import looks

        looks.run(given.photos, given.out)
    elif given.what == "speed":
        from benchmarks.paint import speed

        speed.run(given.threads, given.runs)


if __name__ == "__main__":
    main()
