"""Clauses 7.1 to 7.3: maps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .accounting import Decoded
from .bits import Bits, BrokenRule, OutOfBits, Payload, Size
from .limits import MAX_MAP_PIXELS, MAX_SIDE

SQUARES = {1: 8, 2: 9, 3: 10, 4: 11, 5: 12, 6: 13, 7: 14, 8: 15, 9: 16, 10: 32, 11: 64}
PICTURE, ONE_SIZE, EACH_SIZE = 0, 14, 15
Map = list[bytearray]  # rows of pixels, a byte 0 or 1 each


def maps_header(payload: Payload) -> list[Size]:
    """Clause 7.1: the size of each map."""
    start = payload.position
    count = payload.u(4, "maps/map_count_minus_1") + 1
    size_code = payload.u(4, "maps/size_code")
    if size_code not in (PICTURE, *SQUARES, ONE_SIZE, EACH_SIZE):
        raise BrokenRule("MISC-MAP-001", start + 4, "maps/size_code")
    if size_code == ONE_SIZE:
        sizes = [map_size(payload, "maps/one_size/0")] * count
    elif size_code == EACH_SIZE:
        sizes = [map_size(payload, f"maps/size/{i}") for i in range(count)]
    else:
        sizes = [coded_size(size_code, payload.picture)] * count
    if size_code != shortest_code(sizes, payload.picture):
        raise BrokenRule("MISC-MAP-002", start + 4, "maps/size_code")
    if pixels(sizes) > MAX_MAP_PIXELS:
        raise BrokenRule("MISC-MAP-003", start, "maps")
    return sizes


def map_size(payload: Payload, path: str) -> Size:
    """Clause 7.1."""
    sides = []
    for name in ("width_minus_1", "height_minus_1"):
        start = payload.position
        sides.append(payload.v(f"{path}/{name}") + 1)
        if sides[-1] > MAX_SIDE:
            raise BrokenRule("MISC-MAP-005", start, f"{path}/{name}")
    return Size(*sides)


def coded_size(size_code: int, picture: Size) -> Size:
    """Clause 7.1: the size of a code below 14."""
    return picture if size_code == PICTURE else Size(SQUARES[size_code], SQUARES[size_code])


def shortest_code(sizes: Sequence[Size], picture: Size) -> int:
    """Clause 7.1: the first form of the list that can express the sizes."""
    if any(size != sizes[0] for size in sizes):
        return EACH_SIZE
    return next((code for code in (PICTURE, *SQUARES) if sizes[0] == coded_size(code, picture)), ONE_SIZE)


def pixels(sizes: Sequence[Size]) -> int:
    """The pixels of all maps together."""
    return sum(columns * rows for columns, rows in sizes)


def symbols(maps: Sequence[Map]) -> list[dict[str, Any]]:
    """Of each map its size, and the digest of its pixels as bytes."""
    return [
        {
            "columns": len(grid[0]),
            "rows": len(grid),
            "planes": 1,
            "sha256": hashlib.sha256(b"".join(grid)).hexdigest(),
        }
        for grid in maps
    ]


def decode_packed(payload: Payload) -> Decoded:
    """Clause 7.2."""
    sizes = maps_header(payload)
    start = payload.position
    try:
        maps = [[bytearray(payload.number(1) for _ in range(columns)) for _ in range(rows)] for columns, rows in sizes]
    except OutOfBits:
        raise BrokenRule("MISC-CON-007", start, "maps") from None
    payload.padding("maps")
    shares = [(str(i), columns * rows) for i, (columns, rows) in enumerate(sizes)]
    return symbols(maps), [*shares, ("padding", -pixels(sizes) % 8)]


def decode_runlength(payload: Payload) -> Decoded:
    """Clause 7.3."""
    sizes = maps_header(payload)
    start = payload.position
    maps: list[Map] = []
    shares = []
    encoded = ""
    for i, (columns, rows) in enumerate(sizes):
        before = payload.position
        try:
            line = runlength_map(payload, columns, rows, f"maps/{i}")
        except OutOfBits:
            raise BrokenRule("MISC-CON-007", before, f"maps/{i}") from None
        maps.append([line[y * columns : (y + 1) * columns] for y in range(rows)])
        shares.append((str(i), payload.position - before))
        encoded += encoded_runlength_map(line, columns)
    end = payload.position
    payload.padding("maps")
    given = "".join(str(payload.data[bit // 8] >> 7 - bit % 8 & 1) for bit in range(start, end))
    if given != encoded:
        first = next((bit for bit, (a, b) in enumerate(zip(given, encoded, strict=False)) if a != b), 0)
        raise BrokenRule("MISC-CON-018", start + first, "maps")
    return symbols(maps), [*shares, ("padding", payload.end - end)]


class Run(NamedTuple):
    """Clause 7.3: a run, and how its end is coded: `far` and `before` its `place`, or by `length`, the result of exp_golomb."""

    colour: int
    start: int
    place: int | None
    far: int
    before: int | None
    length: int | None
    end: int


def runlength_map(bits: Bits, columns: int, rows: int, path: str) -> bytearray:
    """Clause 7.3, map( ): the pixels of a map in one line."""
    line = bytearray()
    for run in runs(bits, columns, rows, path):
        line += bytes((run.colour,)) * (run.end - run.start)
    return line


def runs(bits: Bits, columns: int, rows: int, path: str) -> Iterator[Run]:
    """Clause 7.3, map( ): run by run."""
    n = columns * rows
    first_colour = bits.number(1)
    k = bits.number(3)
    start = 0
    ends: list[int] = []
    while start < n:
        offset = bits.position
        place = expected_end(ends, len(ends), start, columns, n)
        far = 0
        before = length = None
        while place is not None and far <= k and bits.number(1) == 0:
            far += 1
        if place is not None and far <= k:
            before = bits.number(1) if far > 0 else 0
            end = place - far if before else place + far
        else:
            length = exp_golomb(bits, k, n - start, offset, path)
            end = start + 1 + length
        if not start < end <= n:
            raise BrokenRule("MISC-MAP-004", offset, path)
        yield Run(first_colour ^ len(ends) % 2, start, place, far, before, length, end)
        ends.append(end)
        start = end


def expected_end(ends: Sequence[int], i: int, start: int, columns: int, n: int) -> int | None:
    """Clause 7.3, place: where the row above lets expect the end of run i, which begins at `start`."""
    recent = range(max(i - columns, 0), i)  # no more runs than columns end in the row above
    places = [min(ends[j] + columns, n) for j in recent if j % 2 == i % 2 and ends[j] > start - columns]
    return min(places, default=None)


def exp_golomb(bits: Bits, k: int, left: int, run: int, path: str) -> int:
    """Clause 7.3. `left` pixels are left; `run` is the first bit of the run's code."""
    zeros = 0
    while ((1 << zeros) - 1) << k < left:
        stop = bits.number(1)
        if stop == 1:
            high = bits.number(zeros)
            low = bits.number(k)
            return ((1 << zeros | high) - 1) << k | low
        zeros += 1
    raise BrokenRule("MISC-MAP-004", run, path)


def encoded_runlength_map(line: bytes | bytearray, columns: int) -> str:
    """Clause 7.3: the code of a map as binary digits, with the k from 0 to 7 that makes it shortest, the smallest of several."""
    ends = [run.end() for run in re.finditer(b"\x00+|\x01+", line)]
    runs = []
    for i, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        runs.append((start, end, expected_end(ends, i, start, columns, len(line))))
    codes = (f"{line[0]}{k:03b}" + "".join(_run_code(*run, k) for run in runs) for k in range(8))
    return min(codes, key=len)


def _run_code(start: int, end: int, place: int | None, k: int) -> str:
    if place is not None and abs(end - place) <= k:
        far = abs(end - place)
        return "0" * far + "1" + (str(int(end < place)) if far else "")
    value = end - start - 1
    scaled = (value >> k) + 1
    zeros = scaled.bit_length() - 1
    low = f"{value & (1 << k) - 1:0{k}b}" if k else ""
    return ("" if place is None else "0" * (k + 1)) + "0" * zeros + f"{scaled:b}" + low
