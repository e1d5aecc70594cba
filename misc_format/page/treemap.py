"""The treemap of the bits of a file, squarified: its rectangles are close to squares (Bruls, Huizing, van Wijk, 2000)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from misc_format.accounting import Part

WIDTH, HEIGHT = 960, 300  # units of the treemap
GAP = 1.5  # units around a tile, for its outline
LETTER_WIDTH = 7.2  # units per letter of a label
LINE_HEIGHT = 16  # units from one line of a label to the next
DESCENT = 3  # units of a letter below its baseline
MARGIN = 7  # units from a tile's left edge to its label


class Box(NamedTuple):
    """A rectangle; y grows downwards."""

    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A line of a label. `x`, `y`: the start of its baseline."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the file as a rectangle. `owner`: its component. `fraction`: of the file. `label`: the lines that fit into the box."""

    path: str
    kind: str
    owner: str
    bits: int
    fraction: float
    box: Box
    label: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Treemap:
    """Tiles that together cover `width` x `height` units."""

    width: int
    height: int
    tiles: list[Tile]


def treemap(parts: Sequence[Part]) -> Treemap:
    """A tile for each part that has bits. Its area is proportional to its bits. Parts of one component are adjacent."""
    file_bits = _bits(parts)
    components: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda part: -part.bits):
        if part.bits:
            components.setdefault(part.path.partition("/")[0], []).append(part)
    groups = sorted(components.values(), key=_bits, reverse=True)
    outlines = squarify([_bits(group) for group in groups], Box(0, 0, WIDTH, HEIGHT))
    tiles = [
        _tile(part, box, file_bits)
        for group, outline in zip(groups, outlines, strict=True)
        for part, box in zip(group, squarify([part.bits for part in group], outline), strict=True)
    ]
    return Treemap(WIDTH, HEIGHT, tiles)


def _bits(parts: Sequence[Part]) -> int:
    return sum(part.bits for part in parts)


def _tile(part: Part, box: Box, file_bits: int) -> Tile:
    box = Box(box.x + GAP, box.y + GAP, max(0.5, box.width - 2 * GAP), max(0.5, box.height - 2 * GAP))
    return Tile(part.path, part.kind, part.owner, part.bits, part.bits / file_bits, box, _label(part, box))


def _label(part: Part, box: Box) -> tuple[Line, ...]:
    """The path and the bits, up to the first line that does not fit."""
    texts = (part.path, f"{part.bits:,} bit{'s' * (part.bits != 1)}")
    lines = (Line(box.x + MARGIN, box.y + 2 + row * LINE_HEIGHT, text) for row, text in enumerate(texts, 1))
    return tuple(takewhile(lambda line: _fits(line, box), lines))


def _fits(line: Line, box: Box) -> bool:
    right = line.x + len(line.text) * LETTER_WIDTH
    return right <= box.x + box.width and line.y + DESCENT <= box.y + box.height


def squarify(sizes: Sequence[int], box: Box) -> list[Box]:
    """A box for each size, with a proportional area. The boxes cover `box`. Sizes are positive and in descending order."""
    boxes: list[Box] = []
    remaining = list(sizes)
    while remaining:
        row = _row(remaining, box)
        stacked = box.width >= box.height
        strip, box = _split(box, sum(row) / sum(remaining))
        boxes += _divide(strip, row, stacked=stacked)
        remaining = remaining[len(row) :]
    return boxes


def _row(sizes: Sequence[int], box: Box) -> Sequence[int]:
    """The first sizes, as many as minimise the flatness of the next row."""
    scale = box.width * box.height / sum(sizes)
    side = min(box.width, box.height)
    best = 1
    for count in range(2, len(sizes) + 1):
        if _flatness(sizes[:count], scale, side) > _flatness(sizes[:best], scale, side):
            break
        best = count
    return sizes[:best]


def _flatness(row: Sequence[int], scale: float, side: float) -> float:
    """The largest aspect ratio of the boxes in a row along `side`: that of the first or the last box."""
    depth = sum(row) * scale / side
    lengths = [size * scale / depth for size in (row[0], row[-1])]
    return max(max(depth / length, length / depth) for length in lengths)


def _split(box: Box, fraction: float) -> tuple[Box, Box]:
    """A strip along the shorter side with this fraction of the area, and the remaining box."""
    x, y, width, height = box
    if width >= height:
        cut = width * fraction
        return Box(x, y, cut, height), Box(x + cut, y, width - cut, height)
    cut = height * fraction
    return Box(x, y, width, cut), Box(x, y + cut, width, height - cut)


def _divide(strip: Box, row: Sequence[int], *, stacked: bool) -> list[Box]:
    """The boxes of a row in its strip: from top to bottom if stacked, otherwise from left to right."""
    boxes = []
    x, y, width, height = strip
    for size in row:
        fraction = size / sum(row)
        if stacked:
            boxes.append(Box(x, y, width, height * fraction))
            y += height * fraction
        else:
            boxes.append(Box(x, y, width * fraction, height))
            x += width * fraction
    return boxes
