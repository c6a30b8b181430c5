"""`python -m benchmarks.regions WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Run one benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regions", description=__doc__)
    parser.add_argument("what", choices=["speed", "large", "bsds", "seed", "large-one"])
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--photos", type=int, help="bsds: only the first so many, not recorded")
    parser.add_argument("--matched", action="store_true", help="bsds: one-to-one, too (slow)")
    parser.add_argument("--no-peers", action="store_true", help="bsds: only pochade")
    given = parser.parse_args()
    if given.what == "bsds":
        from benchmarks.regions import bsds

        bsds.run(given.photos, match=given.matched, peers=not given.no_peers)
        return
    from benchmarks.regions import speed

    if given.what == "seed":
        from benchmarks.regions import seed

        seed.run(given.threads, given.runs)
    elif given.what == "speed":
        speed.run(given.threads, given.runs)
    elif given.what == "large":
        speed.run_large(given.threads)
    else:
        speed.run_one(Path(given.rest[0]), given.threads)


if __name__ == "__main__":
    main()
