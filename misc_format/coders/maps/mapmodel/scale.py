"""Maps at other sizes (clause 7.5): bilinear enlargement in integers, and samples at the centres of cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap

STEPS = 32  # of reduction: by 2, 2.25, 2.5 and so on
BLOCK = 64  # rows at a time


def reduced_side(side: int, step: int) -> int:
    """A side of a reduced map."""
    return -(-4 * side // (8 + step))


def reduced(grid: BoolMap, step: int) -> BoolMap:
    """What a map would have to be enlarged from."""
    return sampled(grid, reduced_side(grid.shape[0], step), reduced_side(grid.shape[1], step))


def sampled(grid: BoolMap, height: int, width: int) -> BoolMap:
    """For each cell of a height x width map, the pixel of `grid` in which its centre lies."""
    rows, columns = (
        (2 * np.arange(count) + 1) * side // (2 * count)
        for count, side in zip((height, width), grid.shape, strict=True)
    )
    found: BoolMap = grid[np.ix_(rows, columns)]
    return found


def enlarged(grid: BoolMap, height: int, width: int) -> BoolMap:
    """The map of height x width pixels: set where what `grid` has around, interpolated between its centres, is at least one half."""
    out = np.zeros((height, width), np.bool_)
    for start in range(0, height, BLOCK):
        rows = range(start, min(start + BLOCK, height))
        out[start : rows.stop] = enlarged_rows(grid, height, width, rows)
    return out


def enlarged_rows(grid: BoolMap, height: int, width: int, rows: Sequence[int] | range) -> BoolMap:
    """Some rows of the enlarged map."""
    upper, lower, part = _between(np.array(rows), grid.shape[0], height)
    above, below = (
        grid[cells].astype(np.int64) for cells in (upper, lower)
    )  # of these rows alone: there may be many others
    blended = above * (2 * height - part[:, None]) + below * part[:, None]
    left, right, part = _between(np.arange(width), grid.shape[1], width)
    sums = blended[:, left] * (2 * width - part) + blended[:, right] * part
    found: BoolMap = sums >= 2 * height * width
    return found


def _between(
    places: NDArray[np.int64], cells: int, pixels: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each pixel the cells before and behind its centre, and how far on its way between them it is, of 2 * pixels."""
    before, part = np.divmod((2 * places + 1) * cells - pixels, 2 * pixels)
    return before.clip(0, cells - 1), (before + 1).clip(0, cells - 1), part
