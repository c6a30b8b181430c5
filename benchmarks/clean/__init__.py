"""Cleaning: noise of known places put on clean pictures, and what the peers make of it."""
