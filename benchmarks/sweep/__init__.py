"""Sweeps over k beside the seed's way, and rules for k on pictures whose k is known."""
