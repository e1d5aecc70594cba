"""Maps as run lengths (clause 7.3): each run by how far its end lies from the end that the row above lets expect, or by its length.

One parameter k of each map bounds the first form and shapes the second; it is the one that makes the map shortest, the smallest of
several, and the first form is used where it can be, so that there is one codeword only.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders import Coder
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.coders.maps.sizes import SYNTAXES
from misc_format.components import BoolMap, Maps, Size
from misc_format.errors import TruncatedError
from misc_format.structure.bits import BitReader, BitWriter, Share

PARAMETER_BITS = 3
PARAMETERS = 1 << PARAMETER_BITS
STRETCH = 1 << 16  # pixels or runs that are looked at at a time
POWERS = 1 << np.arange(32)  # as many of these are at most n as n has binary digits


class Runs(NamedTuple):
    """The runs of a map in order, int64: length - 1, whether the row above lets expect an end, and how far behind it the end lies."""

    values: NDArray[np.int64]
    expected: NDArray[np.bool_]
    offsets: NDArray[np.int64]


def encode(content: Maps, picture: Size) -> bytes:
    writer = mapsizes.write(content, picture)
    for grid in content.maps:
        k = int(np.argmin(_totals(grid)))
        writer.u(1, int(grid.flat[0]))
        writer.u(PARAMETER_BITS, k)
        for runs in _runs(grid):
            for value, expected, offset in zip(*(column.tolist() for column in runs), strict=True):
                _write_run(writer, value, expected, offset, k)
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Maps:
    maps = []
    for index, size in enumerate(mapsizes.read(reader, picture)):
        reader.path = f"maps/{index}"
        start = reader.position
        try:
            maps.append(_decode_map(reader, size))
        except TruncatedError as error:
            reader.fail(error.rule, "the payload ends inside the map's code", bit_offset=start)
    reader.path = "maps"
    reader.finish()
    return Maps(tuple(maps))


def split_bits(content: Maps, picture: Size) -> list[Share]:
    shares = []
    for index, grid in enumerate(content.maps):
        bits = 1 + PARAMETER_BITS + int(_totals(grid).min())
        shares.append(Share(str(index), bits, bits, f"{grid.shape[1]}x{grid.shape[0]}"))
    return [*shares, Share("padding", -sum(share.bits for share in shares) % 8, 0.0)]


def _runs(grid: BoolMap) -> Iterator[Runs]:
    """The runs of a map, some at a time: a map may have as many as it has pixels."""
    flat, width = grid.ravel(), grid.shape[1]
    ends = np.concatenate([*_changes(flat), np.array([flat.size], np.int32)])
    for first in range(0, ends.size, STRETCH):
        here = ends[first : first + STRETCH].astype(np.int64)
        starts = np.append(ends[first - 1] if first else 0, here[:-1])
        numbers = np.arange(first, first + here.size)
        # The first end in the row's length before the start; of ends of another type numpy would make a copy.
        above = np.searchsorted(ends, (starts - width).astype(np.int32), side="right")
        above += above - numbers & 1  # of a run of this colour
        expected = above < numbers
        places = np.minimum(ends[np.where(expected, above, 0)].astype(np.int64) + width, flat.size)
        yield Runs(here - starts - 1, expected, here - places)


def _changes(flat: NDArray[np.bool_]) -> Iterator[NDArray[np.int32]]:
    """The pixels that differ from the one before, some at a time."""
    for first in range(0, flat.size, STRETCH):
        part = flat[first : first + STRETCH + 1]
        yield first + 1 + np.flatnonzero(part[1:] != part[:-1]).astype(np.int32)


def _totals(grid: BoolMap) -> NDArray[np.int64]:
    """Bits of all runs of a map, for each parameter."""
    return sum(
        (np.array([_lengths(runs, k).sum() for k in range(PARAMETERS)]) for runs in _runs(grid)),
        np.zeros(PARAMETERS, np.int64),
    )


def _lengths(runs: Runs, k: int) -> NDArray[np.int64]:
    """Bits of each run."""
    far = np.abs(runs.offsets)
    digits = np.searchsorted(POWERS, (runs.values >> k) + 1, side="right")
    plain = 2 * digits - 1 + k + (k + 1) * runs.expected
    return np.where(runs.expected & (far <= k), far + 1 + (far > 0), plain)


def _write_run(writer: BitWriter, value: int, expected: bool, offset: int, k: int) -> None:
    if expected and abs(offset) <= k:
        writer.u(abs(offset) + 1, 1)
        if offset:
            writer.u(1, int(offset < 0))
        return
    if expected:
        writer.u(k + 1, 0)
    scaled = (value >> k) + 1
    writer.u(2 * scaled.bit_length() - 1, scaled)
    writer.u(k, value & (1 << k) - 1)


def _decode_map(reader: BitReader, size: Size) -> BoolMap:
    total = size.width * size.height
    colour = reader.u(1)
    k = reader.u(PARAMETER_BITS)
    ends = array("i")
    start = above = 0
    while start < total:
        while above < len(ends) and ends[above] <= start - size.width:
            above += 1
        guide = above + (above - len(ends) & 1)
        place = min(ends[guide] + size.width, total) if guide < len(ends) else None
        start = _read_end(reader, start, place, total, k)
        ends.append(start)
    changes = np.frombuffer(ends, np.intc)[:-1]
    pixels = np.zeros(total, np.bool_)
    pixels[0] = colour
    for first in range(0, changes.size, STRETCH):  # numpy would make eight bytes of every change
        pixels[changes[first : first + STRETCH]] = True
    return np.logical_xor.accumulate(pixels).reshape(size.height, size.width)


def _read_end(reader: BitReader, start: int, place: int | None, total: int, k: int) -> int:
    """The end of the run that begins at `start`; `place`: where it is expected."""
    first = reader.position
    if place is None:
        return start + 1 + _read_value(reader, k, total - start - 1, first)
    far = 0
    while far <= k and not reader.u(1):
        far += 1
    if far > k:
        return start + 1 + _read_value(reader, k, total - start - 1, first)
    end = place - far if far and reader.u(1) else place + far
    if not start < end <= total:
        reader.fail("MISC-MAP-004", f"a run ends {end - start} pixels on; {total - start} are left", bit_offset=first)
    return end


def _read_value(reader: BitReader, k: int, largest: int, first: int) -> int:
    """One Exp-Golomb code; a value above `largest` is refused, where its prefix shows it before more is read."""
    zeros = value = 0
    while value <= largest and not reader.u(1):
        zeros += 1
        value = ((1 << zeros) - 1) << k  # at least
    if value <= largest:
        value = ((1 << zeros | reader.u(zeros)) - 1) << k | reader.u(k)
    if value > largest:
        reader.fail("MISC-MAP-004", f"a run is longer than the {largest + 1} pixels left", bit_offset=first)
    return value


CODER = Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,), syntaxes=SYNTAXES)
