"""The engines that do the k-means arithmetic; see `protocol.py` for what one has to offer."""
