"""Which engine suits a problem, by its size; placeholders are never measured, these were."""
from __future__ import annotations
from typing import NamedTuple


class Suggestion(NamedTuple):
    engine: str
    reason: str
    tell: bool = True


def suggest(n: int, k: int, d: int) -> list[Suggestion]:
    return [Suggestion("native", "the first choice"), Suggestion("reference", "needs nothing but NumPy")]
