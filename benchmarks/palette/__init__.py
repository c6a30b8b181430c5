"""Palettes beside those of other libraries: time and colour error."""
