"""Noise in pictures: finding it, choosing thresholds, filling what it leaves."""
