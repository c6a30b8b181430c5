"""Rerunnable comparisons with peers; see README.md."""
