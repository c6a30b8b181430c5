"""`python -m pochade` is the same as `pochade`."""

from pochade.apps.cli.__main__ import start

start()
