"""The map model as clauses 7.5 and 7.6 say it, in plain integers: slow, and independent of the coder, which it checks.

It shares nothing with `misc_format.coders.maps.mapmodel`: it reads the model file itself, and looks at pixels one by one.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.bool_]
Values = dict[str, Any]
SQUARES = {1: 8, 2: 9, 3: 10, 4: 11, 5: 12, 6: 13, 7: 14, 8: 15, 9: 16, 10: 32, 11: 64}
STEPS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 26, 30, 35, 40, 48, 56, 64)
FINE_ROWS: tuple[tuple[int, int, int], ...] = ((0, -14, -1), (-1, -14, 18), (-2, -14, 16), (-3, -12, 12), (-4, -10, 10))
FINE_ROWS += ((-5, -8, 8), (-6, -8, 8), (-7, -6, 6), (-8, -6, 6))
COARSE_ROWS = ((0, -4, -1), (-1, -4, 4), (-2, -4, 4), (-3, -3, 3), (-4, -2, 2))
MOVES = {"up": (0, -1), "left": (-1, 0), "down": (0, 1), "right": (1, 0)}
OPPOSITE = {"up": "down", "down": "up", "left": "right", "right": "left"}
TURNS = ("up", "right", "down", "left")  # each the right turn of the one before


class Network:
    """Clause 7.5.6."""

    def __init__(self, read: Callable[[str, int], Any], inputs: int, hidden: int, experts: int) -> None:
        self.first = read("i2", inputs * hidden).reshape(inputs, hidden)
        self.first_bias = read("i4", hidden)
        self.second = read("i2", hidden * experts).reshape(hidden, experts)
        self.second_bias = read("i4", experts)
        self.third = read("i4", experts + 1)

    def predict(self, inputs: list[int], logistic: Any, seen: Values | None = None) -> int:
        """The frequency of 1."""
        hidden = np.clip((self.first_bias + (self.first * np.array(inputs)[:, None]).sum(0)) >> 5, 0, 4095)
        experts = np.clip((self.second_bias + (self.second * hidden[:, None]).sum(0)) >> 10, 0, 4095)
        self.experts = np.append(experts, 128)
        logit = int((self.third * self.experts).sum())
        if seen is not None:
            seen |= {"inputs": inputs, "hidden": hidden.tolist(), "experts": self.experts.tolist(), "logit": logit}
        return int(logistic[min(max((logit >> 15) + 4096, 0), 8191)])

    def learn(self, bit: int, ones: int) -> None:
        """Behind the pixel."""
        self.third = self.third + (((bit * 2**24 - ones) * self.experts + 2**24) >> 25)


class PlainMaps:
    """A decoder of one codeword. `note` gets each decision: ones, bit, position; of the first under each network all values."""

    def __init__(self, model: bytes, codeword: bytes, note: Callable[[Values], None] | None = None) -> None:
        content = zlib.decompress(model)
        units = struct.unpack_from("<4H", content, 8)
        place = 16

        def read(kind: str, count: int) -> Any:
            nonlocal place
            found = np.frombuffer(content, f"<{kind}", count, place).astype(np.int64)
            place += found.size * int(kind[1])
            return found

        self.fine = Network(read, 335, units[0], units[1])
        self.coarse = Network(read, 83, units[2], units[3])
        self.logistic, self.flat = read("u4", 8192), read("u4", 60)
        self.codeword, self.note = codeword, note
        self.difference, self.range, self.words = self._bytes(0, 8), 2**64 - 1, 0
        self.maps: list[Grid] = []
        self.traced: set[str] = set()

    def _bytes(self, start: int, count: int) -> int:
        return int.from_bytes(self.codeword[start : start + count].ljust(count, b"\0"), "big")

    def decide(self, ones: int = 2**23, seen: Values | None = None) -> int:
        """Clause 7.5.1."""
        rare = int(ones < 2**23)
        split = (self.range >> 24) * (ones if rare else 2**24 - ones)
        if self.difference < split:
            bit, self.range = rare, split
        else:
            bit = 1 - rare
            self.difference -= split
            self.range -= split
        if self.range < 2**32:
            self.difference = self.difference << 32 | self._bytes(8 + 4 * self.words, 4)
            self.range <<= 32
            self.words += 1
        if self.note:
            position = 32 * self.words + 64 - self.range.bit_length()
            self.note({"ones": ones, "bit": bit, "position": position, **(seen or {})})
        return bit

    def number(self, bits: int) -> int:
        """So many decisions of one half."""
        value = 0
        for _ in range(bits):
            value = 2 * value + self.decide()
        return value

    def rank(self, values: tuple[int, ...], likely: tuple[int, ...]) -> int:
        """Clause 7.5.2."""
        for index, value in enumerate(values[:-1]):
            if self.decide(likely[index] if index < len(likely) else 2**23):
                return value
        return values[-1]

    def decode(self, width: int, height: int) -> list[Grid]:
        """All maps of a file whose picture has this size; of a conforming codeword."""
        for columns, rows in self.sizes(width, height)[1]:
            self.decode_map(columns, rows)
        return self.maps

    def sizes(self, width: int, height: int) -> tuple[int, list[tuple[int, int]]]:
        """Clause 7.5.2: size_code, and columns and rows of each map."""
        count = self.rank((3, 1, 2, *range(4, 17)), (14 << 20,))
        code = self.rank((1, 9, 0, 10, 11, 2, 3, 4, 5, 6, 7, 8, 14, 15), (2**23, 15 << 20))
        if code >= 14:
            sizes = [(self.number(16) + 1, self.number(16) + 1) for _ in range(1 if code == 14 else count)]
            return code, sizes * count if code == 14 else sizes
        return code, [(width, height) if code == 0 else (SQUARES[code],) * 2] * count

    def decode_map(self, columns: int, rows: int) -> None:
        """The next map."""
        self.maps.append(self._map(columns, rows))

    def _map(self, columns: int, rows: int) -> Grid:
        """Clause 7.5.3."""
        if columns * rows <= 4096:
            return self._coarse_map(columns, rows)
        if not self.decide(2**20):
            return self._fine_map(columns, rows)
        step = self.number(5)
        w, h = -(-4 * columns // (8 + step)), -(-4 * rows // (8 + step))
        small = self._fine_map(w, h) if w * h > 4096 else self._coarse_map(w, h)
        return enlarged(small, columns, rows)

    def _earlier(self, columns: int, rows: int) -> list[Grid]:
        return [shrunk(other, columns, rows) for other in self.maps]

    def _trace(self, name: str) -> Values | None:
        if not self.note or name in self.traced:
            return None
        self.traced.add(name)
        return {}

    def _fine_map(self, columns: int, rows: int) -> Grid:
        """Clause 7.5.4."""
        union = np.zeros((rows, columns), np.bool_)
        for other in self._earlier(columns, rows):
            union |= other
        grid = np.zeros((rows, columns), np.bool_)
        for y in range(rows):
            for x in range(columns):
                grid[y, x] = self._fine_pixel(grid, union, x, y)
        return grid

    def _fine_pixel(self, grid: Grid, union: Grid, x: int, y: int) -> int:
        rows, columns = grid.shape

        def pixel(i: int, j: int) -> int:
            inside = 0 <= x + i < columns and 0 <= y + j < rows
            return int(grid[y + j, x + i]) if inside else 0

        def earlier(i: int, j: int) -> int:
            inside = 0 <= x + i < columns and 0 <= y + j < rows
            return int(union[y + j, x + i]) if inside else 0

        right = 1
        while x + right < columns + 24 and pixel(right, -1) == pixel(0, -1):
            right += 1
        near = [pixel(-i, 0) for i in range(1, 5)] + [pixel(i, -1) for i in range(-8, 13)]
        near += [pixel(i, -2) for i in range(-4, 5)] + [pixel(i, -3) for i in range(-2, 3)]
        if len(set(near)) == 1:
            colour = near[0]
            change = 5 if x + right >= columns + 24 else sum(right >= n for n in (16, 24, 40, 80, 400))
            total = sum(earlier(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))
            around = 0 if not self.maps else 1 if total == 0 else 2 if total == 9 else 3 if earlier(0, 0) else 4
            context = (colour * 6 + change) * 5 + around
            frequency = int(self.flat[context])
            bit = self.decide(2**24 - frequency if colour else frequency)
            if bit != colour:
                self.flat[context] = min(frequency + (frequency >> 1) + 1, 2**20)
            return bit
        inputs = [pixel(i, j) for j, start, stop in FINE_ROWS for i in range(start, stop + 1)]
        inputs += [earlier(i, j) for j in range(-3, 4) for i in range(-3, 4)]
        lines = [0] * 5
        first = second = [0] * 44
        if pixel(-1, 0) != pixel(0, -1):
            steps, first = _contour(pixel, 0, "up" if pixel(-1, -1) != pixel(0, -1) else "left")
            lines[:2] = straight(["left", *steps]), straight(["up", *steps])
        if right <= 24:
            steps, second = _contour(pixel, right, "up")
            lines[2] = straight(["up", *["right"] * right, *steps])
            lines[3] = straight(["up", *["right"] * (right - 1), *steps])
            lines[4] = straight(["up", *steps])
        runs = [
            1 + _count(pixel, x, lambda n: (-n, 0), pixel(-1, 0)),
            1 + _count(pixel, x, lambda n: (-n, -1), pixel(0, -1)),
            1 + _count(pixel, y, lambda n: (0, -n), pixel(0, -1)),
        ]
        borders = [x, columns - 1 - x, y, rows - 1 - y, math.isqrt(rows * columns // 256)]
        inputs += [*first, *second, min(right, 25), *(min(n, 60) for n in runs + borders), *lines]
        seen = self._trace("fine")
        ones = self.fine.predict(inputs, self.logistic, seen)
        bit = self.decide(ones, seen)
        self.fine.learn(bit, ones)
        return bit

    def _coarse_map(self, columns: int, rows: int) -> Grid:
        """Clause 7.5.7."""
        others = self._earlier(columns, rows)
        union = np.zeros((rows, columns), np.bool_)
        for other in others:
            union |= other
        last = others[-1] if others else union
        grid = np.zeros((rows, columns), np.bool_)
        for y in range(rows):
            for x in range(columns):
                grid[y, x] = self._coarse_pixel(grid, union, last, x, y, len(others))
        return grid

    def _coarse_pixel(self, grid: Grid, union: Grid, last: Grid, x: int, y: int, index: int) -> int:
        rows, columns = grid.shape

        def of(source: Grid, i: int, j: int) -> int:
            return int(source[y + j, x + i]) if 0 <= x + i < columns and 0 <= y + j < rows else 0

        inputs = [of(grid, i, j) for j, start, stop in COARSE_ROWS for i in range(start, stop + 1)]
        inputs += [of(union, i, j) for j in range(-2, 3) for i in range(-2, 3)]
        inputs += [of(last, i, j) for j in range(-1, 2) for i in range(-1, 2)]
        seen_x = np.flatnonzero(grid.any(0)).tolist()
        area, common = int(grid.sum()), int((grid & union).sum())
        inputs += [min(index, 3), (16 * x + 8) // columns, (16 * y + 8) // rows]
        inputs += [min(n, 8) for n in (columns - 1 - x, rows - 1 - y, x, y)]
        inputs += [min(max(columns, rows) // 4, 16), int(area > 0), int(grid[y].any())]
        inputs += [int(y > 0 and grid[y - 1, x:].any())]
        inputs += [min(max(n, -8), 8) for n in (x - seen_x[0], seen_x[-1] - x)] if area else [0, 0]
        inputs += [16 * area // (rows * columns), 16 * common // area if area else 0]
        seen = self._trace("coarse")
        ones = self.coarse.predict(inputs, self.logistic, seen)
        bit = self.decide(ones, seen)
        self.coarse.learn(bit, ones)
        return bit


def _count(pixel: Callable[[int, int], int], most: int, place: Callable[[int], tuple[int, int]], colour: int) -> int:
    """How many pixels from the first on have the colour, of those in the map."""
    count = 0
    while count < most and pixel(*place(count + 1)) == colour:
        count += 1
    return count


def enlarged(small: Grid, columns: int, rows: int) -> Grid:
    """Clause 7.5.3: what a reduced map stands for."""
    out = np.zeros((rows, columns), np.bool_)
    for y in range(rows):
        for x in range(columns):
            out[y, x] = enlarged_pixel(small, x, y, columns, rows)
    return out


def shrunk(grid: Grid, columns: int, rows: int) -> Grid:
    """Clause 7.5.3: the pixels in which the centres of cells lie."""
    height, width = grid.shape
    ys = [(2 * y + 1) * height // (2 * rows) for y in range(rows)]
    xs = [(2 * x + 1) * width // (2 * columns) for x in range(columns)]
    return grid[ys][:, xs]


def enlarged_pixel(small: Grid, x: int, y: int, columns: int, rows: int) -> bool:
    """One pixel of it."""
    height, width = small.shape
    x0, fx = divmod((2 * x + 1) * width - columns, 2 * columns)
    y0, fy = divmod((2 * y + 1) * height - rows, 2 * rows)
    total = 0
    for j, part in ((y0, 2 * rows - fy), (y0 + 1, fy)):
        for i, share in ((x0, 2 * columns - fx), (x0 + 1, fx)):
            total += part * share * int(small[min(max(j, 0), height - 1), min(max(i, 0), width - 1)])
    return total >= 2 * columns * rows


def _contour(pixel: Callable[[int, int], int], column: int, direction: str) -> tuple[list[str], list[int]]:
    """Clause 7.5.5: the steps backwards from the corner (column, 0), and the inputs."""

    def known(i: int, j: int) -> bool:
        return j < 0 or (j == 0 and i < 0)

    def edge(x: int, y: int, way: str) -> bool:
        """Whether the contour can go this way from a corner."""
        left, right = {
            "up": ((x - 1, y - 1), (x, y - 1)),
            "left": ((x - 1, y - 1), (x - 1, y)),
            "down": ((x - 1, y), (x, y)),
            "right": ((x, y - 1), (x, y)),
        }[way]
        return known(*left) and known(*right) and pixel(*left) != pixel(*right)

    x, y = column, 0
    steps: list[str] = []
    corners: list[tuple[int, int]] = []
    while len(steps) < 64:
        steps.append(direction)
        x, y = x + MOVES[direction][0], y + MOVES[direction][1]
        corners.append((x - column, y))
        turn = TURNS.index(direction)
        ways = [way for way in (TURNS[(turn + 1) % 4], direction, TURNS[turn - 1]) if y <= 0 and edge(x, y, way)]
        if not ways:
            break
        direction = ways[0]
    inputs = []
    for n in STEPS:
        inputs += [min(max(value, -64), 63) for value in corners[min(n, len(corners)) - 1]]
    return steps, [*inputs, len(steps), 1]


def straight(direction: list[str]) -> int:
    """Clause 7.5.5: by trying every slope, how many directions from the first on make a digital straight segment, at most 63."""
    best = 1
    for n in range(2, len(direction) + 1):
        if not _is_straight(direction[:n]):
            break
        best = n
    return min(best, 63)


def _is_straight(direction: list[str]) -> bool:
    """Whether all corners lie in a band of a x - b y that is a + b wide: two directions at most, not opposite, and balanced.

    A word of two letters is a piece of a digital straight line exactly if, of any two of its pieces of one length, the numbers of
    one letter differ by one at most.
    """
    kinds = set(direction)
    if len(kinds) > 2 or any(OPPOSITE[kind] in kinds for kind in kinds):
        return False
    sums = np.cumsum([0, *(int(step == direction[0]) for step in direction)])
    return all(np.ptp(sums[n:] - sums[:-n]) <= 1 for n in range(1, len(direction)))
