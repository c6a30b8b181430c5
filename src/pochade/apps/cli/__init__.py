"""The command line. `__main__` is the start; `lean` and `full` read the same declarations."""
