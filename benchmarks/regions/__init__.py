"""Region trees beside their peers: `python -m benchmarks.regions speed|large|bsds|seed`."""
