"""The coding of small maps (clause 7.5). The context of a pixel is a causal neighbourhood, the earlier maps, its place, and the set pixels.

All arrays of pixels are uint8 and have MARGIN rows and columns of zeros on all sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel.network import learn, predict
from misc_format.coders.maps.mapmodel.window import neighbours, square
from misc_format.entropy.rangesteps import code
from misc_format.system.compiled import compiled, inlined

MARGIN = 8
# Rows of the neighbourhood: how far up, and how far to the left and to the right.
ROWS = ((0, 4, -1), (1, 4, 4), (2, 4, 4), (3, 3, 3), (4, 2, 2))
OFFSETS = np.array([(-up, right) for up, left, end in ROWS for right in range(-left, end + 1)])
EARLIER, LAST = 2, 1  # reach of the square of pixels in the union of the earlier maps, and in the last map
NUMBERS = 15
BITS = len(OFFSETS) + (2 * EARLIER + 1) ** 2 + (2 * LAST + 1) ** 2
INPUTS = BITS + NUMBERS


def padded(grid: NDArray[Any]) -> NDArray[np.uint8]:
    """The pixels of a map with their margins."""
    return np.pad(grid.astype(np.uint8), MARGIN)


@inlined
def gather(pixels: Any, earlier: Any, last: Any, y: int, x: int, index: int, seen: Any, out: Any) -> None:
    """Write the network's inputs for the pixel (x, y) of map `index` to `out`.

    `seen` describes the pixels set so far: their number, how many lie inside earlier maps, how many in this row, and their leftmost and
    rightmost column.
    """
    n = neighbours(pixels, y, x, OFFSETS, out)
    n = square(earlier, y, x, EARLIER, out, n)
    n = square(last, y, x, LAST, out, n)
    rows, columns = pixels.shape[0] - 2 * MARGIN, pixels.shape[1] - 2 * MARGIN
    row, column = y - MARGIN, x - MARGIN
    coming = 0
    for i in range(x, x + columns - column):
        coming |= pixels[y - 1, i]
    area, common, here, left, right = seen
    out[n] = min(index, 3)
    out[n + 1] = (16 * column + 8) // columns
    out[n + 2] = (16 * row + 8) // rows
    out[n + 3] = min(columns - 1 - column, 8)
    out[n + 4] = min(rows - 1 - row, 8)
    out[n + 5] = min(column, 8)
    out[n + 6] = min(row, 8)
    out[n + 7] = min(16, max(columns, rows) // 4)
    out[n + 8] = 1 if area else 0
    out[n + 9] = 1 if here else 0
    out[n + 10] = coming
    out[n + 11] = max(-8, min(8, column - left)) if area else 0
    out[n + 12] = max(-8, min(8, right - column)) if area else 0
    out[n + 13] = 16 * area // (rows * columns)
    out[n + 14] = 16 * common // area if area else 0


@inlined
def note(seen: Any, bit: int, inside: int, column: int) -> None:
    """Update `seen` by a coded pixel."""
    if bit:
        if seen[0] == 0 or column < seen[3]:
            seen[3] = column
        if seen[0] == 0 or column > seen[4]:
            seen[4] = column
        seen[0] += 1
        seen[1] += inside
        seen[2] += 1


@compiled
def walk(
    pixels: Any,
    earlier: Any,
    last: Any,
    index: int,
    seen: Any,
    weights: Any,
    work: Any,
    state: Any,
    words: Any,
    decoding: bool,
    cost: Any,
) -> None:
    """Code all pixels of map `index`, row by row.

    `pixels` are read by an encoder and filled by a decoder. `earlier` is the union of the earlier maps, `last` the map before. `seen` is
    five zeros, int64. The information content is added to `cost[0]`, in bits, unless it is negative.
    """
    for y in range(MARGIN, pixels.shape[0] - MARGIN):
        seen[2] = 0
        for x in range(MARGIN, pixels.shape[1] - MARGIN):
            gather(pixels, earlier, last, y, x, index, seen, work.inputs)
            ones = predict(weights, work)
            bit = code(state, words, decoding, np.int64(pixels[y, x]), np.int64(ones))
            if cost[0] >= 0:
                cost[0] += 24 - np.log2(ones if bit else (1 << 24) - ones)
            pixels[y, x] = bit
            learn(work, bit, ones)
            note(seen, bit, earlier[y, x], x - MARGIN)
