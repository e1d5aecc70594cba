"""Scales: from a measurement to the words for it.

Rule 1.  A threshold and its words are a row of a table: (upper limit, words), read from the top.
Rule 2.  Measurements are rounded before they are compared, so that the same picture gives the same words everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Steps = Sequence[tuple[float, str]]

INF: Final = float("inf")


def word(steps: Steps, value: float) -> str:
    """The words of the first step whose limit is above `value` (or equal to it, for the zero of `regions.SIZES`)."""
    value = round(value, 4)
    return next(words for limit, words in steps if value < limit or value == limit == 0)
