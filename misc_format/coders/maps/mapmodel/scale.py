"""Maps at other sizes (clause 7.5): bilinear enlargement in integers, and samples at the centres of cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap

STEPS = 32  # of reduction: step s reduces by 2 + s / 4
ROWS_PER_BLOCK = 64


def reduced_side(side: int, step: int) -> int:
    """A side of a map after the reduction by a step."""
    return -(-4 * side // (8 + step))


def reduced(grid: BoolMap, step: int) -> BoolMap:
    """A map reduced by a step."""
    return sampled(grid, reduced_side(grid.shape[0], step), reduced_side(grid.shape[1], step))


def sampled(grid: BoolMap, height: int, width: int) -> BoolMap:
    """For each cell of a height x width map, the pixel of `grid` in which its centre lies."""
    return _sampled_rows(grid, height, width, np.arange(height))


def _sampled_rows(grid: BoolMap, height: int, width: int, rows: NDArray[np.int64]) -> BoolMap:
    """These rows of the sampled map."""
    cells = zip((rows, np.arange(width)), (height, width), grid.shape, strict=True)
    samples: BoolMap = grid[np.ix_(*((2 * places + 1) * side // (2 * count) for places, count, side in cells))]
    return samples


def enlarged(grid: BoolMap, height: int, width: int) -> BoolMap:
    """A map of height x width pixels. A pixel is set if `grid`, interpolated between the centres of its cells, is at least one half."""
    out = np.zeros((height, width), np.bool_)
    for start in range(0, height, ROWS_PER_BLOCK):
        rows = range(start, min(start + ROWS_PER_BLOCK, height))
        out[start : rows.stop] = _enlarged_rows(grid, height, width, rows)
    return out


def _enlarged_rows(grid: BoolMap, height: int, width: int, rows: Sequence[int] | range) -> BoolMap:
    """These rows of the enlarged map."""
    upper, lower, weight = _between(np.array(rows), grid.shape[0], height)
    return _blended(grid[upper], grid[lower], weight, height, width)


def restored_rows(grid: BoolMap, step: int, rows: Sequence[int]) -> BoolMap:
    """These rows of a map after the reduction by a step and the enlargement to its size. No other row is computed."""
    height, width = grid.shape
    cells = reduced_side(height, step), reduced_side(width, step)
    upper, lower, weight = _between(np.array(rows), cells[0], height)
    above, below = (_sampled_rows(grid, *cells, places) for places in (upper, lower))
    return _blended(above, below, weight, height, width)


def _blended(upper: BoolMap, lower: BoolMap, weight: NDArray[np.int64], height: int, width: int) -> BoolMap:
    """Rows between these rows of cells. `weight`: the distance of each from the upper one, as `_between` gives it."""
    above, below = (cells.astype(np.int64) for cells in (upper, lower))
    blended = above * (2 * height - weight[:, None]) + below * weight[:, None]
    left, right, across = _between(np.arange(width), upper.shape[1], width)
    sums = blended[:, left] * (2 * width - across) + blended[:, right] * across
    pixels: BoolMap = sums >= 2 * height * width
    return pixels


def _between(
    places: NDArray[np.int64], cells: int, pixels: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each pixel the cells before and behind its centre, and its distance from the first of them in units of 1 / (2 * pixels)."""
    before, distance = np.divmod((2 * places + 1) * cells - pixels, 2 * pixels)
    return before.clip(0, cells - 1), (before + 1).clip(0, cells - 1), distance
