"""A mask of any size reduced to the small binary grid that a bitstream carries: exact area averaging, then a threshold (MISC equation 4).

Rule 1.  Coverage is counted in integers: the grid is the same on every machine.
Rule 2.  A grid is empty only if its mask is: an item keeps at least one cell, and a user's empty map stays empty.
Rule 3.  Cells are computed row by row: beyond mask and grid, memory is at most a byte for each pixel under one row of cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from misc_format.components import BoolMap

Counts = npt.NDArray[np.int64]

#: A cell is set if more than this share of its area is covered. The value is that of MISC's released code.
THRESHOLD: Final = 0.35


def to_grid(mask: npt.NDArray[Any], width: int, height: int, threshold: float = THRESHOLD) -> BoolMap:
    """The cells of which more than a share `threshold` (0 to 1) lies inside the mask, bool (height, width).

    `mask`: (h, w) of any size, even smaller than the grid; non-zero inside. A mask of the grid's size is returned unchanged, whatever the
    threshold. If no cell passes, the one with the greatest coverage is set, the first in reading order among equals. An empty mask gives
    an empty grid. Raises ValueError for a mask that is not two-dimensional or has no pixels, for a grid without cells, and for a
    threshold outside 0 to 1.
    """
    if mask.ndim != 2 or mask.size == 0:
        raise ValueError(f"a mask must have two dimensions and at least one pixel, not shape {mask.shape}")
    if width < 1 or height < 1:
        raise ValueError(f"a grid must have at least one cell, not {width} x {height}")
    if not 0 <= threshold <= 1:
        raise ValueError(f"the threshold must be a share from 0 to 1, not {threshold}")
    if mask.shape == (height, width):
        return mask.astype(np.bool_)
    # Covered areas are integers, so "covered > limit" equals "covered > floor(limit)". Fraction(str(0.35)) is the decimal number 0.35;
    # Fraction(0.35) would be the nearest binary fraction.
    limit = math.floor(Fraction(str(threshold)) * mask.size)
    grid = np.zeros((height, width), np.bool_)
    greatest, best_cell = 0, (0, 0)
    for row, covered in enumerate(coverage(mask, width, height)):
        grid[row] = covered > limit
        if covered.max() > greatest:
            greatest, best_cell = int(covered.max()), (row, int(covered.argmax()))
    if greatest and not grid.any():
        grid[best_cell] = True
    return grid


def coverage(mask: npt.NDArray[Any], width: int, height: int) -> Iterator[Counts]:
    """The covered area of each cell, row by row. The unit is 1 / (width * height) pixel: a fully covered cell has h * w."""
    rows, columns = _Cells.of(mask.shape[0], height), _Cells.of(mask.shape[1], width)
    for first, end, before, after in zip(rows.first, rows.end, rows.before, rows.after, strict=True):
        covered = height * np.count_nonzero(mask[first:end], axis=0)
        covered -= before * mask[first].astype(np.bool_) + after * mask[end - 1].astype(np.bool_)
        sums = np.concatenate([[0], np.cumsum(covered)])
        whole = width * (sums[columns.end] - sums[columns.first])
        yield whole - columns.before * covered[columns.first] - columns.after * covered[columns.end - 1]


class _Cells(NamedTuple):
    """The pixels along one side that each cell touches: from `first`, up to but without `end`.

    `before`, `after`: how much of the first and of the last of them lies outside the cell, in units of 1 / cells pixel. In these units,
    cell i is [i * pixels, (i + 1) * pixels) and pixel j is [j * cells, (j + 1) * cells).
    """

    first: Counts
    end: Counts
    before: Counts
    after: Counts

    @classmethod
    def of(cls, pixels: int, cells: int) -> _Cells:
        """The cells along a side of `pixels` pixels."""
        borders = np.arange(cells + 1, dtype=np.int64) * pixels
        first, end = borders[:-1] // cells, -(-borders[1:] // cells)
        return cls(first, end, borders[:-1] - first * cells, end * cells - borders[1:])
