"""Scales: words for a measurement.

Rule 1.  A scale is a table of rows (upper limit, words) in ascending order.
Rule 2.  Measurements are rounded before they are compared: the same picture gives the same words on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Steps = Sequence[tuple[float, str]]

INF: Final = float("inf")


def word(steps: Steps, value: float) -> str:
    """The words of the first row whose limit is above the value; a limit of 0 also holds for a value of 0."""
    value = round(value, 4)
    return next(words for limit, words in steps if value < limit or value == limit == 0)
