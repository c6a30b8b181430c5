"""The engines of k-means beside naive versions and each other."""
