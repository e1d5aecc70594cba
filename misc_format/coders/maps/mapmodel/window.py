"""The pixels around a pixel as inputs of a network, in machine code."""

from __future__ import annotations

from typing import Any

from misc_format.system.compiled import inlined


@inlined
def neighbours(pixels: Any, y: int, x: int, offsets: Any, out: Any) -> int:
    """Write the pixels at these offsets (count, 2), rows and columns from (x, y), to `out`; returns their number."""
    for k in range(offsets.shape[0]):
        out[k] = pixels[y + offsets[k, 0], x + offsets[k, 1]]
    return int(offsets.shape[0])


@inlined
def square(pixels: Any, y: int, x: int, reach: int, out: Any, start: int) -> int:
    """Write the square of pixels up to `reach` from (x, y) to `out`, row by row, from `start` on; returns the place behind them."""
    for j in range(-reach, reach + 1):
        for i in range(-reach, reach + 1):
            out[start] = pixels[y + j, x + i]
            start += 1
    return start
