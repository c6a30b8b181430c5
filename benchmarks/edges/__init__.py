"""Edges beside Canny's, and their time."""
