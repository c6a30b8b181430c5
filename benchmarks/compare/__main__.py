"""`python -m benchmarks.compare WHAT`: see benchmarks/README.md."""

from __future__ import annotations

import argparse

from benchmarks.compare import engines, report


def main() -> None:
    """Run one benchmark, or make the table of the page from what was recorded."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("what", choices=["photo", "large", "report"])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    match given.what:
        case "photo":
            engines.photo(given.threads, given.runs)
        case "large":
            engines.large(given.threads, given.runs)
        case "report":
            report.run()


if __name__ == "__main__":
    main()
