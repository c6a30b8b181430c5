"""`python -m benchmarks.edges WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse

from benchmarks.edges import bsds, speed


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edges", description=__doc__)
    parser.add_argument("what", choices=["speed", "bsds"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth photo")
    parser.add_argument("--only", default="", help="only methods whose name has this in it")
    parser.add_argument("--quick", action="store_true", help="without one-to-one matching")
    given = parser.parse_args()
    if given.what == "speed":
        speed.run(given.threads, given.runs)
    else:
        bsds.run(given.threads, given.every, given.only, quick=given.quick)


if __name__ == "__main__":
    main()
