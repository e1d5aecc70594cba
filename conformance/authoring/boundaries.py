"""Vectors at the boundaries of the algorithms, which no other vector reaches. Decoders that are wrong in one place showed what was missing.

As in `breaking`, rule, bit offset and path of a broken file are written by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from misc_format import Maps, Stream, Text
from misc_format.coders.maps.mapmodel import scale

from .breaking import PAYLOAD, Broken, BrokenRows, only

Map = NDArray[np.bool_]


def conforming_streams() -> Iterator[tuple[str, Stream]]:
    """The name and stream of each vector, as in `cases`."""
    for name, maps in _context_maps():
        rows, columns = maps[0].shape
        yield f"maps-context-{name}", Stream(columns, rows, maps=Maps(maps), methods={"maps": "context"})
    # The state of the network goes up to its end, where a value of 8 bits would be 128.
    yield "text-language-saturated", Stream(64, 64, text=Text("e" * 48 + " tree"), methods={"text": "language"})


def noise(columns: int, rows: int, seed: int, share: float = 0.5) -> Map:
    """A map of independent pixels."""
    return np.random.default_rng(seed).random((rows, columns)) < share


def _context_maps() -> Iterator[tuple[str, tuple[Map, ...]]]:
    dots = np.zeros((48, 96), np.bool_)
    dots[4::4, 12::24] = True
    yield "dots", (dots,)  # each is unlikely, until their frequency is at its limit
    upright = np.zeros((144, 32), np.bool_)
    upright[:, :14] = True
    upright[136:] = noise(32, 8, 1)
    yield "upright", (upright,)  # straight edges of more than 63 steps
    level = np.zeros((32, 144), np.bool_)
    level[8:24, 20:130] = True
    level[26:] = noise(144, 6, 2)
    yield "level", (level,)  # contours that lead 63 columns to the right, and 64 to the left
    yield "tied", (scale.enlarged(noise(40, 40, 3, 0.4), 90, 90),)  # reduced; pixels lie exactly between others
    yield "reduced-most", (scale.enlarged(noise(64, 64, 4, 0.1), 128, 128),)  # reduced to 4,096 pixels
    yield "coarse-noise", tuple(noise(12, 11, seed, 0.4) for seed in range(5, 9))


def broken_files() -> Iterator[Broken]:
    """Every non-conforming vector of this module."""
    for title, rule, bit_offset, path, data in _broken_maps():
        yield Broken(f"bad-maps-{title}", rule, bit_offset, path, data)


def _broken_maps() -> BrokenRows:
    """Run lengths whose zeros are too many just where the file ends, or one too few."""
    first = PAYLOAD + 12
    yield "run-zeros-too-many", "MISC-MAP-004", first, "maps/0", only("maps", 1, b"\x01\x30")
    behind = first + 16
    yield "run-zeros-too-many-for-15", "MISC-MAP-004", behind, "maps/0", only("maps", 1, b"\x0e\x04\x02\x00")
    cut = PAYLOAD + 24
    yield "run-zeros-cut", "MISC-CON-007", cut, "maps/0", only("maps", 1, b"\x0e\x03\x03\x00", (8, 8))
