"""Maps as run lengths (clause 7.3): map by map, row by row, runs of 0 and 1 in turn, each in an Exp-Golomb code.

The parameter of each map is the one that makes it shortest, the smaller of two that tie, so that there is one codeword only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.bits import BitReader, BitWriter
from misc_format.coders import Share, mapsizes
from misc_format.components import BoolMap, Maps, Size
from misc_format.errors import TruncatedError

PARAMETER_BITS = 4
PARAMETERS = 1 << PARAMETER_BITS
POWERS = 1 << np.arange(32)  # as many of these are at most n as n has binary digits


def encode(content: Maps, picture: Size) -> bytes:
    writer = mapsizes.write(content, picture)
    for grid in content.maps:
        values = _values(grid)
        parameter = _best(values)
        writer.u(1, int(grid.flat[0]))
        writer.u(PARAMETER_BITS, parameter)
        for value in values.tolist():
            _write_code(writer, value, parameter)
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


def price(content: Maps, picture: Size) -> list[Share]:
    shares = []
    for index, grid in enumerate(content.maps):
        values = _values(grid)
        bits = 1 + PARAMETER_BITS + int(_lengths(values, _best(values)).sum())
        shares.append(Share(str(index), bits, bits, f"{grid.shape[1]}x{grid.shape[0]}"))
    return [*shares, Share("padding", -sum(share.bits for share in shares) % 8, 0.0)]


def _values(grid: BoolMap) -> NDArray[np.int64]:
    """Run lengths - 1, in order; they add up to the map, so that the decoder knows the last one."""
    flat = grid.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs: NDArray[np.int64] = np.diff(edges, prepend=0, append=flat.size)
    return runs - 1


def _lengths(values: NDArray[np.int64], parameter: int) -> NDArray[np.int64]:
    """Bits of each Exp-Golomb code of order `parameter`: n - 1 zeros, then the n bits of value / 2^k + 1, then k bits."""
    scaled = (values >> parameter) + 1
    digits = np.searchsorted(POWERS, scaled, side="right")
    return 2 * digits - 1 + parameter


def _best(values: NDArray[np.int64]) -> int:
    return int(np.argmin([_lengths(values, parameter).sum() for parameter in range(PARAMETERS)]))


def _write_code(writer: BitWriter, value: int, parameter: int) -> None:
    scaled = (value >> parameter) + 1
    writer.u(2 * scaled.bit_length() - 1, scaled)
    writer.u(parameter, value & (1 << parameter) - 1)


def _read_code(reader: BitReader, parameter: int, largest: int) -> int:
    """One Exp-Golomb code; a value above `largest` is refused, where its prefix shows it before more is read."""
    start = reader.position
    zeros = value = 0
    while value <= largest and not reader.u(1):
        zeros += 1
        value = (1 << zeros) - 1  # at least
    if value <= largest:
        value = ((1 << zeros | reader.u(zeros)) - 1) << parameter | reader.u(parameter)
    if value > largest:
        reader.fail("MISC-MAP-004", f"a run is longer than the {largest + 1} pixels left", bit_offset=start)
    return value


def _decode_map(reader: BitReader, size: Size) -> BoolMap:
    total = size.width * size.height
    colour = reader.u(1)
    parameter = reader.u(PARAMETER_BITS)
    flat = np.zeros(total, np.bool_)
    position = 0
    while position < total:
        run = 1 + _read_code(reader, parameter, total - position - 1)
        if colour:
            flat[position : position + run] = True
        position += run
        colour ^= 1
    return flat.reshape(size.height, size.width)
