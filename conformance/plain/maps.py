"""Clause 7: maps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.plain import coder, jbig2
from conformance.plain.bits import Bits, Broken, Short, first_difference
from conformance.plain.tables import table
from conformance.plain_maps import PlainMaps, enlarged_pixel, shrunk

SQUARES = {1: 8, 2: 9, 3: 10, 4: 11, 5: 12, 6: 13, 7: 14, 8: 15, 9: 16, 10: 32, 11: 64}
PICTURE, ONE_SIZE, EACH_SIZE = 0, 14, 15
MAX_SIDE, MAX_MAP_PIXELS = 65_535, 2**24
Size = tuple[int, int]  # columns, rows
Map = list[bytes]  # rows, a byte 0 or 1 a pixel
Found = tuple[list[Map], list[tuple[str, int]]]


def decode(bits: Bits, method: int, picture: Size) -> Found:
    """The maps of a payload."""
    if method == 3:
        return _context(bits, picture)
    sizes = _sizes(bits, picture)
    return {0: _packed, 1: _runlength, 2: _jbig2}[method](bits, sizes)


def symbols(grid: Map) -> dict[str, Any]:
    """Size, and the digest of the pixels as bytes."""
    digest = hashlib.sha256(b"".join(grid)).hexdigest()
    return {"columns": len(grid[0]), "rows": len(grid), "planes": 1, "sha256": digest}


def _sizes(bits: Bits, picture: Size) -> list[Size]:
    """Clause 7.1."""
    start = bits.place
    count = bits.u(4, "maps/map_count_minus_1") + 1
    code = bits.u(4, "maps/size_code")
    if code not in (PICTURE, *SQUARES, ONE_SIZE, EACH_SIZE):
        raise Broken("MISC-MAP-001", start + 4, "maps/size_code")
    if code == ONE_SIZE:
        sizes = [_size(bits, "maps/one_size/0")] * count
    elif code == EACH_SIZE:
        sizes = [_size(bits, f"maps/size/{i}") for i in range(count)]
    else:
        sizes = [picture if code == PICTURE else (SQUARES[code],) * 2] * count
    if code != shortest(sizes, picture):
        raise Broken("MISC-MAP-002", start + 4, "maps/size_code")
    if sum(columns * rows for columns, rows in sizes) > MAX_MAP_PIXELS:
        raise Broken("MISC-MAP-003", start, "maps")
    return sizes


def _size(bits: Bits, path: str) -> Size:
    sides = []
    for name in ("width_minus_1", "height_minus_1"):
        start = bits.place
        sides.append(bits.v(f"{path}/{name}") + 1)
        if sides[-1] > MAX_SIDE:
            raise Broken("MISC-MAP-005", start, f"{path}/{name}")
    return sides[0], sides[1]


def shortest(sizes: list[Size], picture: Size) -> int:
    """The first form that can express the sizes."""
    if any(size != sizes[0] for size in sizes):
        return EACH_SIZE
    if sizes[0] == picture:
        return PICTURE
    return next((code for code, side in SQUARES.items() if sizes[0] == (side, side)), ONE_SIZE)


def _packed(bits: Bits, sizes: list[Size]) -> Found:
    """Clause 7.2."""
    start = bits.place
    try:
        maps = [[bytes(bits.number(1) for _ in range(columns)) for _ in range(rows)] for columns, rows in sizes]
    except Short:
        raise Broken("MISC-CON-007", start, "maps") from None
    bits.padding("maps")
    shares = [(str(i), columns * rows) for i, (columns, rows) in enumerate(sizes)]
    return maps, [*shares, ("padding", -sum(share for _, share in shares) % 8)]


def _runlength(bits: Bits, sizes: list[Size]) -> Found:
    """Clause 7.3."""
    home = bits.place
    maps: list[Map] = []
    shares = []
    code = ""
    for i, size in enumerate(sizes):
        start = bits.place
        try:
            pixels = _runs(bits, size, f"maps/{i}")
        except Short:
            raise Broken("MISC-CON-007", start, f"maps/{i}") from None
        maps.append([bytes(pixels[at : at + size[0]]) for at in range(0, len(pixels), size[0])])
        shares.append((str(i), bits.place - start))
        code += shortest_runs(pixels, size[0])
    end = bits.place
    bits.padding("maps")
    found = "".join(str(bits.data[at // 8] >> 7 - at % 8 & 1) for at in range(home, end))
    if found != code:
        common = next((at for at, (a, b) in enumerate(zip(found, code, strict=False)) if a != b), 0)
        raise Broken("MISC-CON-018", home + common, "maps")
    return maps, [*shares, ("padding", bits.end - end)]


def _runs(bits: Bits, size: Size, path: str) -> bytearray:
    columns, n = size[0], size[0] * size[1]
    colour, k = bits.number(1), bits.number(3)
    pixels = bytearray()
    ends: list[int] = []
    while len(pixels) < n:
        start, first = len(pixels), bits.place
        place = expected(ends, start, columns, n)
        far = 0
        while place is not None and far <= k and not bits.number(1):
            far += 1
        if place is not None and far <= k:
            end = place - far if far > 0 and bits.number(1) else place + far
        else:
            end = start + 1 + _exp_golomb(bits, k, n - start, first, path)
        if not start < end <= n:
            raise Broken("MISC-MAP-004", first, path)
        pixels += bytes((colour,)) * (end - start)
        ends.append(end)
        colour = 1 - colour
    return pixels


def expected(ends: list[int], start: int, columns: int, n: int) -> int | None:
    """Where the row above lets expect the end of the next run."""
    i = len(ends)
    places = [min(end + columns, n) for j, end in enumerate(ends) if j % 2 == i % 2 and end > start - columns]
    return min(places, default=None)


def _exp_golomb(bits: Bits, k: int, left: int, first: int, path: str) -> int:
    zeros = 0
    while ((1 << zeros) - 1) << k < left:
        if bits.number(1):
            return ((1 << zeros | bits.number(zeros)) - 1) << k | bits.number(k)
        zeros += 1
    raise Broken("MISC-MAP-004", first, path)


def shortest_runs(pixels: bytes | bytearray, columns: int) -> str:
    """The code of a map, as digits: of the eight parameters the one that makes it shortest, the smallest of several."""
    n = len(pixels)
    ends = [found.end() for found in re.finditer(b"\x00+|\x01+", pixels)]
    runs = []
    for i, end in enumerate(ends):
        start = ends[i - 1] if i else 0
        near = [other for other in ends[max(i - 2 * columns, 0) : i] if other > start - columns]
        first = i - len(near)
        kept = [other for j, other in enumerate(near, first) if j % 2 == i % 2]
        runs.append((end - start - 1, end, min(kept[0] + columns, n) if kept else None))
    codes = (f"{pixels[0]}{k:03b}" + "".join(_run_code(*run, k) for run in runs) for k in range(8))
    return min(codes, key=len)


def _run_code(value: int, end: int, place: int | None, k: int) -> str:
    if place is not None and abs(end - place) <= k:
        far = abs(end - place)
        return "0" * far + "1" + (str(int(end < place)) if far else "")
    scaled = (value >> k) + 1
    zeros = scaled.bit_length() - 1
    low = f"{value & (1 << k) - 1:0{k}b}" if k else ""
    return ("" if place is None else "0" * (k + 1)) + "0" * zeros + f"{scaled:b}" + low


def _jbig2(bits: Bits, sizes: list[Size]) -> Found:
    """Clause 7.4.1."""
    count = len(sizes)
    frames = []
    for i in range(count):
        path, last = f"maps/region/{i}", i == count - 1
        template = bits.u(2, f"{path}/template")
        typical = bits.u(1, f"{path}/typical_prediction")
        marker = bits.u(1, f"{path}/end_marker")
        place = bits.place - 1
        length = None if last else bits.v(f"{path}/length")
        if last and count % 2:
            bits.f(4, 0, f"{path}/reserved")
        frames.append((template, typical, marker, place, length))
    maps, shares, wrong = [], [], []
    for i, (template, typical, marker, place, length) in enumerate(frames):
        if length is not None and length > bits.left // 8:
            raise Broken("MISC-CON-007", bits.place, f"maps/{i}")
        data = bits.rest() if length is None else bits.octets(length)
        if not marker and data.endswith(b"\xff\xac"):
            wrong.append(place)
        maps.append([bytes(row) for row in jbig2.decode(data, *sizes[i], template, typical)])
        shares.append((str(i), 8 * len(data)))
    if wrong:
        raise Broken("MISC-CON-018", wrong[0], "maps")
    return maps, shares


def _context(bits: Bits, picture: Size) -> Found:
    """Clause 7.5."""
    start, codeword = bits.place, bits.rest()
    model = table("maps-context-1.bin")
    decisions: list[int] = []
    decoder = PlainMaps(model, codeword, lambda seen: decisions.append(seen["bit"]))
    code, sizes = decoder.sizes(*picture)
    if any(side > MAX_SIDE for size in sizes for side in size):
        raise Broken("MISC-MAP-005", start, "maps/codeword")
    if code != shortest(sizes, picture):
        raise Broken("MISC-MAP-002", start, "maps/codeword")
    if sum(columns * rows for columns, rows in sizes) > MAX_MAP_PIXELS:
        raise Broken("MISC-MAP-003", start, "maps")
    said = list(decisions)
    marks = [("sizes", coder.position(decoder.range, decoder.words))]
    for i, (columns, rows) in enumerate(sizes):
        decoder.decode_map(columns, rows)
        marks.append((str(i), coder.position(decoder.range, decoder.words)))
    encoder = Encoder(model)
    encoder.decisions = iter(said)
    encoder.sizes(*picture)
    for grid in decoder.maps:
        encoder.append(grid)
    again = coder.ending(encoder.low, encoder.range, encoder.words)
    if again != codeword:
        raise Broken("MISC-CON-018", start + first_difference(codeword, again), "maps")
    maps = [[row.tobytes() for row in grid] for grid in decoder.maps]
    return maps, coder.shares(marks, len(codeword))


class Encoder(PlainMaps):
    """Clause 7.5 the other way round: the decoder's walk, with decisions that are given."""

    def __init__(self, model: bytes) -> None:
        super().__init__(model, b"")
        self.low = 0
        self.decisions: Iterator[int] = iter(())

    def decide(self, ones: int = 2**23, seen: dict[str, Any] | None = None) -> int:
        """Clause 7.5.1."""
        bit, rare = next(self.decisions), int(ones < 2**23)
        split = (self.range >> 24) * (ones if rare else 2**24 - ones)
        if bit == rare:
            self.range = split
        else:
            self.low += split
            self.range -= split
        if self.range < 2**32:
            self.low <<= 32
            self.range <<= 32
            self.words += 1
        return bit

    def append(self, grid: NDArray[np.bool_]) -> None:
        """Clause 7.5.3: a map, reduced where that leaves the larger interval."""
        rows, columns = grid.shape
        before = self._state()
        fine = rows * columns > 4096
        self._walk([0] if fine else [], grid, grid.shape)
        whole = self._state()
        step = _largest_step(grid) if fine else None
        if step is not None:
            self._restore(before)
            self._walk([1, *map(int, f"{step:05b}")], _reduced(grid, step), grid.shape)
            if (self.words, -self.range) >= (whole[1], -whole[2]):
                self._restore(whole)
        self.maps.append(grid)

    def _walk(self, first: list[int], grid: NDArray[np.bool_], shape: tuple[int, ...]) -> None:
        self.decisions = chain(first, grid.astype(int).ravel().tolist())
        self._map(shape[1], shape[0])

    def _state(self) -> tuple[Any, ...]:
        return self.low, self.words, self.range, self.fine.third, self.coarse.third, self.flat.copy()

    def _restore(self, state: tuple[Any, ...]) -> None:
        self.low, self.words, self.range, self.fine.third, self.coarse.third, flat = state
        self.flat = flat.copy()


def _reduced(grid: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    rows, columns = (-(-4 * side // (8 + step)) for side in grid.shape)
    return shrunk(grid, columns, rows)


def _largest_step(grid: NDArray[np.bool_]) -> int | None:
    """The largest step whose reduced map gives the map back."""
    rows, columns = grid.shape
    wanted = grid.tolist()
    for step in range(31, -1, -1):
        small = _reduced(grid, step)
        if all(enlarged_pixel(small, x, y, columns, rows) == wanted[y][x] for y in range(rows) for x in range(columns)):
            return step
    return None
