"""Segmenting: how long regions and each kind of file take, beside building the tree."""
