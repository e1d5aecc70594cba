"""Maps as run lengths (clause 7.3).

A run has one of two forms: the distance of its end from the end that the row above predicts, or its length. Each map has a parameter k,
which bounds the distance in the first form and is the order of the Exp-Golomb code in the second. The encoder takes the k that makes the
map shortest, of several the smallest, and the first form wherever it can. A map therefore has only one codeword.
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
from misc_format.structure.steps import FINISH, Step

PARAMETER_BITS = 3
PARAMETERS = 1 << PARAMETER_BITS
BLOCK = 1 << 16  # pixels or runs per step, to bound memory
POWERS = 1 << np.arange(32)  # the number of binary digits of n is the number of these that are at most n


class Runs(NamedTuple):
    """Runs of a map in order: length - 1, whether the row above predicts the end, and how far the end lies behind the prediction."""

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
    """The runs of a map, in blocks: there may be as many runs as pixels."""
    flat, width = grid.ravel(), grid.shape[1]
    ends = np.concatenate([*_changes(flat), np.array([flat.size], np.int32)])
    for first in range(0, ends.size, BLOCK):
        here = ends[first : first + BLOCK].astype(np.int64)
        starts = np.append(ends[first - 1] if first else 0, here[:-1])
        numbers = np.arange(first, first + here.size)
        # The first end less than a row before the start. The type is that of `ends`: for another, numpy would copy all of them.
        above = np.searchsorted(ends, (starts - width).astype(np.int32), side="right")
        above += above - numbers & 1  # the end of a run of this colour
        expected = above < numbers
        places = np.minimum(ends[np.where(expected, above, 0)].astype(np.int64) + width, flat.size)
        yield Runs(here - starts - 1, expected, here - places)


def _changes(flat: NDArray[np.bool_]) -> Iterator[NDArray[np.int32]]:
    """The places of the pixels that differ from the one before, in blocks."""
    for first in range(0, flat.size, BLOCK):
        block = flat[first : first + BLOCK + 1]
        yield first + 1 + np.flatnonzero(block[1:] != block[:-1]).astype(np.int32)


def _totals(grid: BoolMap) -> NDArray[np.int64]:
    """The number of bits of all runs of a map, for each parameter."""
    return sum(
        (np.array([_lengths(runs, k).sum() for k in range(PARAMETERS)]) for runs in _runs(grid)),
        np.zeros(PARAMETERS, np.int64),
    )


def _lengths(runs: Runs, k: int) -> NDArray[np.int64]:
    """The number of bits of each run under parameter k."""
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
    for first in range(0, changes.size, BLOCK):  # in blocks: numpy would make eight bytes of every change
        pixels[changes[first : first + BLOCK]] = True
    return np.logical_xor.accumulate(pixels).reshape(size.height, size.width)


def _read_end(reader: BitReader, start: int, place: int | None, total: int, k: int) -> int:
    """The end of the run that begins at `start`. `place` is the predicted end, or None."""
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
    """The value of an Exp-Golomb code. A value above `largest` is an error, as early as its prefix shows it."""
    zeros = value = 0
    while value <= largest and not reader.u(1):
        zeros += 1
        value = ((1 << zeros) - 1) << k  # the smallest value of this prefix
    if value <= largest:
        value = ((1 << zeros | reader.u(zeros)) - 1) << k | reader.u(k)
    if value > largest:
        reader.fail("MISC-MAP-004", f"a run is longer than the {largest + 1} pixels left", bit_offset=first)
    return value


RULES = {"truncated": "MISC-CON-007", "run": "MISC-MAP-004"}
STEPS: list[Step] = [*mapsizes.STEPS, {"do": "map_runs", "rules": RULES}, FINISH]

CODER = Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,), syntaxes=SYNTAXES, steps=STEPS)
