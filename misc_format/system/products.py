"""Products of a matrix with the factors of many texts, in vector instructions. Importing this module imports numba.

The sums fit 32 bits. They are therefore the same in any order of addition, on every processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misc_format.system.compiled import compiled, inlined
from misc_format.system.vectors import LANES, tile

ROWS, TEXTS = 2, 4  # of a tile for many texts
SINGLE_ROWS = 8  # of a tile for one text
_many, _single, _one = tile(ROWS, TEXTS), tile(SINGLE_ROWS, 1), tile(1, 1)


@compiled
def multiply(weights: Any, factors: Any, texts: int, sums: Any) -> None:
    """The products of a matrix, int8 or int16 (rows, columns), with the factors of each text, int16 (texts, at least columns).

    The result is in `sums`, int32 (texts, at least rows). All arrays are contiguous.
    """
    rows = weights.shape[0]
    tiled, even = texts - texts % TEXTS, rows - rows % ROWS
    for text in range(0, tiled, TEXTS):  # a row of weights is read once for so many texts
        for row in range(0, even, ROWS):
            values = _many(weights, row, factors, text)
            for index in range(ROWS * TEXTS):
                sums[text + index % TEXTS, row + index // TEXTS] = values[index]
        for row in range(even, rows):
            for place in range(text, text + TEXTS):
                sums[place, row] = _one(weights, row, factors, place)[0]
    for text in range(tiled, texts):
        even = rows - rows % SINGLE_ROWS
        for row in range(0, even, SINGLE_ROWS):
            values = _single(weights, row, factors, text)
            for index in range(SINGLE_ROWS):
                sums[text, row + index] = values[index]
        for row in range(even, rows):
            sums[text, row] = _one(weights, row, factors, text)[0]
    _add_last(weights, factors, texts, sums)


@inlined
def _add_last(weights: Any, factors: Any, texts: int, sums: Any) -> None:
    """Add the products of the columns that tiles leave out."""
    rows, columns = weights.shape
    for column in range(columns - columns % LANES, columns):
        for text in range(texts):
            for row in range(rows):
                sums[text, row] += np.int32(weights[row, column]) * np.int32(factors[text, column])
