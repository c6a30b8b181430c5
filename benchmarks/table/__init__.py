"""How pixel tables are measured: see benchmarks/README.md."""
