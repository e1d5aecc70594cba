"""Vectors of the size of real content: maps, latents and grids of photographs, and texts up to their limit.

The contents are made of shapes and of noise, in integers, so that they are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle, pairwise

import numpy as np
from numpy.typing import NDArray

from misc_format import Grid, Item, Maps, Stream, Text
from misc_format.components import Size
from misc_format.limits import MAX_ITEMS, MAX_TEXT_BYTES

from ..suite import LARGE
from .cases import latents

Map = NDArray[np.bool_]
Point = tuple[int, int]
PHOTO = Size(768, 512)
WORDS = (
    "small", "bright", "old", "green", "wooden", "striped", "house", "boat", "tree", "street", "window", "horse", "near", "behind",
    "under", "with", "river", "cloud", "lamp", "bridge",
)  # fmt: skip


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector, as in `cases`."""
    for name, stream in _streams():
        yield LARGE + name, stream


def _streams() -> Iterator[tuple[str, Stream]]:
    shapes = (boat(PHOTO), tree(PHOTO), shore(PHOTO))
    for method in ("runlength", "jbig2", "context", "ragged"):
        yield f"maps-{method}", Stream(*PHOTO, maps=Maps(shapes[:1]), methods={"maps": method})
        yield f"maps-{method}-three", Stream(*PHOTO, maps=Maps(shapes), methods={"maps": method})
    yield "latents-photo", Stream(*PHOTO, image=latents(PHOTO, 80, 9))
    yield "latents-4096", Stream(4096, 4096, image=latents(Size(4096, 4096), 40, 10))
    for method in ("raw", "huffman", "language"):
        yield f"text-{method}", Stream(*PHOTO, text=longest_text(), methods={"text": method})
    yield "grid-grey", Stream(*PHOTO, image=Grid(shades(512, 512, 6)[..., 0], 6))
    yield "grid-colour", Stream(1024, 256, image=Grid(shades(1024, 256, 4), 4))


def ellipse(size: Size, centre: Point, radii: Point) -> Map:
    """The pixels of an ellipse."""
    y, x = np.mgrid[0 : size.height, 0 : size.width]
    across, down = (x - centre[0]) * radii[1], (y - centre[1]) * radii[0]
    inside: Map = across**2 + down**2 <= (radii[0] * radii[1]) ** 2
    return inside


def polygon(size: Size, corners: Sequence[Point]) -> Map:
    """The pixels of a polygon: a ray to the left of each crosses an odd number of its edges."""
    y, x = np.mgrid[0 : size.height, 0 : size.width]
    inside = np.zeros((size.height, size.width), np.bool_)
    for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]]):
        if y0 != y1:
            crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
            inside ^= crosses & (x * abs(y1 - y0) >= x0 * abs(y1 - y0) + (y - y0) * (x1 - x0) * (1 if y1 > y0 else -1))
    return inside


def boat(size: Size) -> Map:
    """A hull, two sails and a mast."""
    hull = polygon(size, [(180, 330), (560, 330), (500, 400), (240, 400)])
    sails = polygon(size, [(370, 90), (370, 310), (220, 310)]) | polygon(size, [(385, 120), (520, 315), (385, 315)])
    return hull | sails | polygon(size, [(372, 60), (380, 60), (380, 335), (372, 335)])


def tree(size: Size) -> Map:
    """A crown of ellipses with a rough edge, and a trunk."""
    crown = (
        ellipse(size, (610, 150), (110, 80)) | ellipse(size, (660, 210), (90, 70)) | ellipse(size, (560, 220), (70, 60))
    )
    holes = noise(size.width // 8, size.height // 8, 11).repeat(8, 0).repeat(8, 1) < 30
    return (crown & ~holes) | polygon(size, [(600, 240), (630, 240), (645, 430), (590, 430)])


def shore(size: Size) -> Map:
    """All below an uneven line."""
    steps = noise(size.width, 1, 12)[0].astype(np.int64) % 3 - 1
    line = 400 + np.cumsum(steps)
    below: Map = np.arange(size.height)[:, None] >= line
    return below


def noise(columns: int, rows: int, seed: int) -> NDArray[np.uint8]:
    """Bytes that do not depend on each other."""
    return np.random.default_rng(seed).integers(0, 256, (rows, columns), np.uint8)


def shades(columns: int, rows: int, depth: int) -> NDArray[np.uint8]:
    """The levels of three planes of slopes, a disc, and some noise."""
    y, x = np.mgrid[0:rows, 0:columns]
    disc = (x - columns // 3) ** 2 + (y - rows // 2) ** 2 < (rows // 3) ** 2
    slope = 60 + 100 * x // columns + 60 * y // rows
    planes = [slope + shift * disc + noise(columns, rows, 20 + shift) % 4 for shift in (30, -20, 10)]
    return (np.stack(planes, axis=-1) >> 8 - depth).astype(np.uint8)


def longest_text() -> Text:
    """Sentences of words at random and as many items as there may be, MAX_TEXT_BYTES bytes with their separators."""
    words = (WORDS[number % len(WORDS)] for number in cycle(noise(4096, 1, 30)[0].tolist()))

    def sentence(count: int) -> str:
        return " ".join(next(words) for _ in range(count))

    items = tuple(Item(sentence(2), sentence(12)) for _ in range(MAX_ITEMS))
    used = sum(len(item.name) + len(item.detail) + 2 for item in items)
    overall = ""
    while len(overall) < MAX_TEXT_BYTES - used:
        overall += f"{sentence(9).capitalize()}. "
    return Text(overall[: MAX_TEXT_BYTES - used], items)
