"""A picture as a table of pixels: which columns it has, and how they are scaled."""
