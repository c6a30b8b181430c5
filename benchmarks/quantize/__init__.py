"""Colour quantizers beside each other: error, time, memory, bytes; see ../README.md."""
