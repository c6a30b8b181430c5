"""`python -m benchmarks.engines WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("what", choices=["cpu", "large", "sizes", "precision", "gpu"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="", help="only engines whose name has this in it")
    parser.add_argument("-n", type=int, default=10_000_000, help="vectors, for gpu")
    parser.add_argument("-k", type=int, default=12_000, help="centres, for gpu")
    parser.add_argument("-d", type=int, default=256, help="dimensions, for gpu")
    parser.add_argument("--out", default="", help="where gpu writes its figures")
    given = parser.parse_args()
    # Each is imported alone: gpu needs nothing but NumPy and PyTorch.
    if given.what == "cpu":
        from benchmarks.engines import cpu

        cpu.run(given.threads, given.runs)
    elif given.what == "large":
        from benchmarks.engines import large

        large.run(given.threads, given.only)
    elif given.what == "sizes":
        from benchmarks.engines import sizes

        sizes.run(given.only)
    elif given.what == "precision":
        from benchmarks.engines import precision

        precision.run(given.threads)
    else:
        from benchmarks.engines import gpu

        gpu.run(given.n, given.k, given.d, given.runs, given.out)


if __name__ == "__main__":
    main()
