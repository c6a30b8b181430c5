"""Clouds: how long a page takes to make, how large it is, and how it runs in a browser."""
