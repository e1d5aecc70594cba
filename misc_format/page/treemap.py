"""Squarified treemaps (Bruls, Huizing, van Wijk, 2000): rectangles as near to squares as their areas allow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


def squarify(sizes: Sequence[int], box: Box) -> list[Box]:
    """A box for each size, largest first, that together cover `box`, with areas in proportion; sizes are positive and descending."""
    found: list[Box] = []
    left = list(sizes)
    while left:
        row = _row(left, box)
        stacked = box.width >= box.height
        strip, box = _split(box, sum(row) / sum(left))
        found += _fill(row, strip, stacked=stacked)
        left = left[len(row) :]
    return found


def _row(sizes: Sequence[int], box: Box) -> Sequence[int]:
    """As many of the sizes as make the flattest box of the next row least flat."""
    scale = box.width * box.height / sum(sizes)
    side = min(box.width, box.height)
    best = 1
    for count in range(2, len(sizes) + 1):
        if _flattest(sizes[:count], scale, side) > _flattest(sizes[:best], scale, side):
            break
        best = count
    return sizes[:best]


def _flattest(row: Sequence[int], scale: float, side: float) -> float:
    depth = sum(row) * scale / side
    return max(max(depth / (size * scale / depth), (size * scale / depth) / depth) for size in (row[0], row[-1]))


def _split(box: Box, share: float) -> tuple[Box, Box]:
    """A strip along the shorter side, and what is left."""
    x, y, width, height = box
    if width >= height:
        cut = width * share
        return Box(x, y, cut, height), Box(x + cut, y, width - cut, height)
    cut = height * share
    return Box(x, y, width, cut), Box(x, y + cut, width, height - cut)


def _fill(row: Sequence[int], strip: Box, *, stacked: bool) -> list[Box]:
    found = []
    x, y, width, height = strip
    for size in row:
        share = size / sum(row)
        if stacked:
            found.append(Box(x, y, width, height * share))
            y += height * share
        else:
            found.append(Box(x, y, width * share, height))
            x += width * share
    return found
