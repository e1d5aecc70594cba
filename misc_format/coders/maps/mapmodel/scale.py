"""Maps at other sizes (clause 7.5): bilinear enlargement in integers, and samples at the centres of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap

STEPS = 32  # of reduction: step s reduces by 2 + s / 4
ROWS_PER_BLOCK = 64
Places = NDArray[np.int64]
Step = TypeVar("Step", int, Places)


def reduced_side(side: int, step: Step) -> Step:
    """A side of a map after the reduction by a step, or by each of an array of steps."""
    return -(-4 * side // (8 + step))


def reduced(grid: BoolMap, step: int) -> BoolMap:
    """A map reduced by a step."""
    return sampled(grid, reduced_side(grid.shape[0], step), reduced_side(grid.shape[1], step))


def sampled(grid: BoolMap, height: int, width: int) -> BoolMap:
    """For each cell of a height x width map, the pixel of `grid` in which its centre lies."""
    cells = zip((np.arange(height), np.arange(width)), (height, width), grid.shape, strict=True)
    samples: BoolMap = grid[np.ix_(*(_centres(places, count, side) for places, count, side in cells))]
    return samples


def _centres(cells: Places, count: Places | int, side: int) -> Places:
    """The pixel in which the centre of each cell lies, if `count` cells cover `side` pixels."""
    centres: Places = (2 * cells + 1) * side // (2 * count)
    return centres


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


def is_lossless(grid: BoolMap, step: int) -> bool:
    """Whether a map, reduced by a step and enlarged again, is itself."""
    small, (height, width) = reduced(grid, step), grid.shape
    blocks = (range(start, min(start + ROWS_PER_BLOCK, height)) for start in range(0, height, ROWS_PER_BLOCK))
    return all(np.array_equal(_enlarged_rows(small, height, width, rows), grid[rows]) for rows in blocks)


def restored(grid: BoolMap, rows: Places, columns: Places) -> BoolMap:
    """Pixels (count,) of a map after the reduction by each step and the enlargement to its size, (STEPS, count)."""
    steps, (height, width) = np.arange(STEPS)[:, None], grid.shape
    (upper, lower, down), (left, right, across) = (
        _restored_along(places, steps, side) for places, side in zip((rows, columns), grid.shape, strict=True)
    )
    at_left, at_right = (grid[upper, x] * (2 * height - down) + grid[lower, x] * down for x in (left, right))
    pixels: BoolMap = at_left * (2 * width - across) + at_right * across >= 2 * height * width
    return pixels


def _restored_along(places: Places, steps: Places, side: int) -> tuple[Places, Places, Places]:
    """As `_between`, with the pixels of the unreduced map that the cells before and behind have."""
    cells = reduced_side(side, steps)
    before, behind, distance = _between(places, cells, side)
    return _centres(before, cells, side), _centres(behind, cells, side), distance


def _blended(upper: BoolMap, lower: BoolMap, weight: Places, height: int, width: int) -> BoolMap:
    """Rows between these rows of cells. `weight`: the distance of each from the upper one, as `_between` gives it."""
    above, below = (cells.astype(np.int64) for cells in (upper, lower))
    blended = above * (2 * height - weight[:, None]) + below * weight[:, None]
    left, right, across = _between(np.arange(width), upper.shape[1], width)
    sums = blended[:, left] * (2 * width - across) + blended[:, right] * across
    pixels: BoolMap = sums >= 2 * height * width
    return pixels


def _between(places: Places, cells: Places | int, pixels: int) -> tuple[Places, Places, Places]:
    """For each pixel the cells before and behind its centre, and its distance from the first of them in units of 1 / (2 * pixels)."""
    before, distance = np.divmod((2 * places + 1) * cells - pixels, 2 * pixels)
    return np.clip(before, 0, cells - 1), np.clip(before + 1, 0, cells - 1), distance
