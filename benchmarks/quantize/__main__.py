"""`python -m benchmarks.quantize WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.quantize import commands, dithered, equal_error, kodak, large, perceptual, report


def main() -> None:
    """Run one benchmark, or make the table and the plot from what was recorded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quantize", description=__doc__)
    choices = ["kodak", "large", "commands", "perceptual", "dithered", "quality", "report"]
    parser.add_argument("what", choices=[*choices, "large-one"])
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--slow", action="store_true", help="also the peers that take minutes")
    given = parser.parse_args()
    match given.what:
        case "kodak":
            kodak.run(given.threads, given.runs, slow=given.slow)
        case "large":
            large.run(given.threads, given.runs)
        case "large-one":
            large.run_one(Path(given.rest[0]), given.rest[1], given.threads, given.runs)
        case "commands":
            commands.run(given.threads, given.runs)
        case "perceptual":
            perceptual.run(given.threads)
        case "dithered":
            dithered.run(given.threads)
        case "quality":
            equal_error.run(given.threads)
        case "report":
            report.run()


if __name__ == "__main__":
    main()
