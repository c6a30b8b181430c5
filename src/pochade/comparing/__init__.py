"""Engines side by side: each in a process of its own, then their results measured alike."""
