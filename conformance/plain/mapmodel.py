"""Clauses 7.5 and 7.5.8: maps under the map model, in plain integers, pixel by pixel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from .accounting import Decoded
from .bits import BrokenRule, Payload, Size, check_canonical
from .limits import MAX_MAP_PIXELS, MAX_SIDE
from .maps import EACH_SIZE, ONE_SIZE, Map, coded_size, pixels, shortest_code, symbols
from .modelfile import Integers, ModelFile
from .rangecoder import ONE, RangeDecoder, RangeEncoder, shares
from .tables import table

Values = dict[str, Any]
Pixel = Callable[[int, int], int]  # P of the specification
HALF = 2**23
MAX_COARSE = 4096  # pixels
OUTLINES, RAGGED = 0, 1  # the networks of fine maps
COUNTS = (3, 1, 2, *range(4, 17))
SIZE_CODES = (1, 9, 0, 10, 11, 2, 3, 4, 5, 6, 7, 8, 14, 15)
FINE_INPUTS, COARSE_INPUTS = 335, 83
# Row, first and last column of the pixels that are inputs.
FINE_ROWS = (
    (0, -14, -1), (-1, -14, 18), (-2, -14, 16), (-3, -12, 12), (-4, -10, 10), (-5, -8, 8), (-6, -8, 8), (-7, -6, 6), (-8, -6, 6),
)  # fmt: skip
EARLIER_ROWS = tuple((row, -3, 3) for row in range(-3, 4))
FLAT_ROWS = ((0, -4, -1), (-1, -8, 12), (-2, -4, 4), (-3, -2, 2))
COARSE_ROWS = ((0, -4, -1), (-1, -4, 4), (-2, -4, 4), (-3, -3, 3), (-4, -2, 2))
UNION_ROWS = tuple((row, -2, 2) for row in range(-2, 3))
LAST_ROWS = tuple((row, -1, 1) for row in range(-1, 2))
MOVES = {"up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}
TURNS = tuple(MOVES)  # each is to the right of the one before
WAYS = {way: (TURNS[(turn + 1) % 4], way, TURNS[turn - 1]) for turn, way in enumerate(TURNS)}
# Behind each way come, in this order: right, straight on, left. Beside its edge are the pixels on both sides, seen from the corner.
BESIDE = {"up": ((-1, -1), (0, -1)), "right": ((0, -1), (0, 0)), "down": ((-1, 0), (0, 0)), "left": ((-1, -1), (-1, 0))}
CORNERS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 26, 30, 35, 40, 48, 56, 64)  # n of clause 7.5.5
MAX_STEPS = 64


# Clause 7.5.1


class DecisionDecoder(RangeDecoder):
    """Clause 7.5.1. `decisions` are those so far."""

    def __init__(self, codeword: bytes) -> None:
        super().__init__(codeword)
        self.decisions: list[int] = []

    def decide(self, ones: int, total: int = ONE) -> int:
        """The next decision."""
        bit = super().decide(ones, total)
        self.decisions.append(bit)
        return bit


class DecisionEncoder(RangeEncoder):
    """Clause 7.5.1, for an encoder. `decisions` are those to come."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: Iterator[int] = iter(())

    def decide(self, ones: int) -> int:
        """Append the next decision, whose frequency of 1 is `ones`."""
        return self.append(next(self.decisions), ones)


# Clauses 7.5.2 to 7.5.7


class MapCoder:
    """The decisions of a codeword in their order: a decoder's, or an encoder's that has been given what is decided."""

    def __init__(self, model: MapModel, coder: DecisionDecoder | DecisionEncoder) -> None:
        self.coder = coder
        self.fine, self.coarse = Network(model.fine, model.logistic), Network(model.coarse, model.logistic)
        self.flat = list(model.flat)
        self.maps: list[Map] = []
        self.reduced = False  # whether a map was

    def decide(self, ones: int = HALF) -> int:
        """Clause 7.5.1."""
        return self.coder.decide(ones)

    def number(self, count: int) -> int:
        """A number of so many decisions, most significant first."""
        value = 0
        for _ in range(count):
            value = 2 * value + self.decide()
        return value

    def rank(self, values: Sequence[int], frequencies: Sequence[int]) -> int:
        """Clause 7.5.2."""
        for index, value in enumerate(values[:-1]):
            if self.decide(frequencies[index] if index < len(frequencies) else HALF):
                return value
        return values[-1]

    def sizes(self, picture: Size) -> tuple[int, list[Size]]:
        """Clause 7.5.2: size_code, and the size of each map."""
        count = self.rank(COUNTS, (14 << 20,))
        size_code = self.rank(SIZE_CODES, (HALF, 15 << 20))
        if size_code == ONE_SIZE:
            return size_code, [self._size()] * count
        if size_code == EACH_SIZE:
            return size_code, [self._size() for _ in range(count)]
        return size_code, [coded_size(size_code, picture)] * count

    def _size(self) -> Size:
        return Size(self.number(16) + 1, self.number(16) + 1)

    def next_map(self, columns: int, rows: int) -> Map:
        """Clause 7.5.3: the next map."""
        if columns * rows <= MAX_COARSE:
            return self.coarse_map(columns, rows)
        if not self.decide(2**20):
            return self.fine_map(columns, rows)
        self.reduced = True
        step = self.number(5)
        w, h = reduced_size(columns, rows, step)
        small = self.fine_map(w, h) if w * h > MAX_COARSE else self.coarse_map(w, h)
        return enlarged(small, columns, rows)

    def fine_map(self, columns: int, rows: int) -> Map:
        """Clause 7.5.4."""
        earlier = union([centres(other, columns, rows) for other in self.maps], columns, rows)
        grid = blank(columns, rows)
        for y in range(rows):
            for x in range(columns):
                grid[y][x] = self.fine_pixel(grid, earlier, x, y)
        return grid

    def fine_pixel(self, grid: Map, earlier: Map, x: int, y: int) -> int:
        """Clause 7.5.4: a pixel of a fine map."""
        right, left = alike_above(grid, x, y), len(grid[0]) - x
        if is_flat(grid, x, y):
            change = 5 if right >= left + 24 else sum(n <= right for n in (16, 24, 40, 80, 400))
            return self.flat_pixel(pixel_of(grid, x, y)(-1, 0), change, self._around(pixel_of(earlier, x, y)))
        return self.network_pixel(self.fine, fine_inputs(grid, earlier, right, x, y))

    def network_pixel(self, network: Network, inputs: Sequence[int]) -> int:
        """Clause 7.5.6: a pixel whose frequency is a network's."""
        ones = network.ones(inputs)
        bit = self.decide(ones)
        network.learn(bit, ones)
        return bit

    def flat_pixel(self, colour: int, change: int, around: int) -> int:
        """Clause 7.5.4: a flat pixel."""
        context = (colour * 6 + change) * 5 + around
        flat = self.flat[context]
        bit = self.decide(2**24 - flat if colour else flat)
        if bit != colour:
            self.flat[context] = min(flat + (flat >> 1) + 1, 2**20)
        return bit

    def _around(self, u: Pixel) -> int:
        if not self.maps:
            return 0
        total = sum(u(i, j) for j in (-1, 0, 1) for i in (-1, 0, 1))
        if total == 0:
            return 1
        if total == 9:
            return 2
        return 3 if u(0, 0) else 4

    def coarse_map(self, columns: int, rows: int) -> Map:
        """Clause 7.5.7."""
        others = [centres(other, columns, rows) for other in self.maps]
        earlier = union(others, columns, rows)
        last = others[-1] if others else earlier
        grid, seen = blank(columns, rows), Seen()
        for y in range(rows):
            for x in range(columns):
                inputs = coarse_inputs(grid, seen, earlier, last, len(others), x, y)
                bit = grid[y][x] = self.network_pixel(self.coarse, inputs)
                if bit:
                    seen.add(x, earlier[y][x])
        return grid


class MapEncoder(MapCoder):
    """Clause 7.5.3, for an encoder."""

    def __init__(self, model: MapModel) -> None:
        self.encoder = DecisionEncoder()
        super().__init__(model, self.encoder)

    def append(self, grid: Map) -> None:
        """The next map, as it is or reduced, whichever leaves the larger interval."""
        columns, rows = len(grid[0]), len(grid)
        before = self._state()
        fine = columns * rows > MAX_COARSE
        self._code([0] if fine else [], grid, columns, rows)
        whole = self._state()
        step = largest_step(grid) if fine else None
        if step is not None:
            self._restore(before)
            small = centres(grid, *reduced_size(columns, rows, step))
            self._code([1, *map(int, f"{step:05b}")], small, columns, rows)
            if (self.encoder.w, -self.encoder.range) >= (whole[1], -whole[2]):
                self._restore(whole)
        self.maps.append(grid)

    def _code(self, decisions: Sequence[int], grid: Map, columns: int, rows: int) -> None:
        self.encoder.decisions = chain(decisions, *grid)
        self.next_map(columns, rows)

    def _state(self) -> tuple[Any, ...]:
        encoder = self.encoder
        return encoder.low, encoder.w, encoder.range, self.fine.third, self.coarse.third, list(self.flat)

    def _restore(self, state: tuple[Any, ...]) -> None:
        encoder = self.encoder
        encoder.low, encoder.w, encoder.range, self.fine.third, self.coarse.third, flat = state
        self.flat = list(flat)


# Clause 7.5.3


def reduced_size(columns: int, rows: int, step: int) -> tuple[int, int]:
    """Clause 7.5.3: the columns and rows of a reduced map."""
    return -(-4 * columns // (8 + step)), -(-4 * rows // (8 + step))


def enlarged(small: Map, columns: int, rows: int) -> Map:
    """Clause 7.5.3: the map that a reduced map stands for."""
    return [bytearray(enlarged_pixel(small, x, y, columns, rows) for x in range(columns)) for y in range(rows)]


class Between(NamedTuple):
    """Clause 7.5.3: the four numbers that place a pixel between those of a reduced map, and `v`."""

    x0: int
    fx: int
    y0: int
    fy: int
    v: int


def enlarged_pixel(small: Map, x: int, y: int, columns: int, rows: int) -> bool:
    """Clause 7.5.3: the pixel (X, Y) of the map of W x H, here `columns` x `rows`, that a reduced map stands for."""
    return between(small, x, y, columns, rows).v >= 2 * columns * rows


def between(small: Map, x: int, y: int, columns: int, rows: int) -> Between:
    """Clause 7.5.3: x0, fx, y0, fy and v of the pixel (X, Y)."""
    w, h = len(small[0]), len(small)
    x0, fx = divmod((2 * x + 1) * w - columns, 2 * columns)
    y0, fy = divmod((2 * y + 1) * h - rows, 2 * rows)
    v = 0
    for j, down in ((y0, 2 * rows - fy), (y0 + 1, fy)):
        for i, across in ((x0, 2 * columns - fx), (x0 + 1, fx)):
            v += across * down * small[min(max(j, 0), h - 1)][min(max(i, 0), w - 1)]
    return Between(x0, fx, y0, fy, v)


def centres(grid: Map, columns: int, rows: int) -> Map:
    """Clause 7.5.3: a map at another size, the pixels in which the centres of the cells lie."""
    width, height = len(grid[0]), len(grid)
    xs = [(2 * x + 1) * width // (2 * columns) for x in range(columns)]
    return [bytearray(grid[(2 * y + 1) * height // (2 * rows)][x] for x in xs) for y in range(rows)]


def largest_step(grid: Map) -> int | None:
    """Clause 7.5.3: the largest step whose reduced map gives the map back, if any does."""
    columns, rows = len(grid[0]), len(grid)
    for step in range(31, -1, -1):
        small = centres(grid, *reduced_size(columns, rows, step))
        if all(enlarged_pixel(small, x, y, columns, rows) == grid[y][x] for y in range(rows) for x in range(columns)):
            return step
    return None


def is_reducible(grid: Map) -> bool:
    """Clause 7.5.3: whether an encoder tries to reduce a map."""
    return len(grid) * len(grid[0]) > MAX_COARSE and largest_step(grid) is not None


def blank(columns: int, rows: int) -> Map:
    """A map without a set pixel."""
    return [bytearray(columns) for _ in range(rows)]


def union(maps: Sequence[Map], columns: int, rows: int) -> Map:
    """The pixels that are set in any of the maps."""
    grid = blank(columns, rows)
    for other in maps:
        grid = [bytearray(a | b for a, b in zip(*lines, strict=True)) for lines in zip(grid, other, strict=True)]
    return grid


# Clause 7.5.4


def pixel_of(grid: Map, x: int, y: int) -> Pixel:
    """Clause 7.5.4: P, the pixels of a map seen from (x, y). Pixels outside are 0."""
    columns, rows = len(grid[0]), len(grid)

    def p(i: int, j: int) -> int:
        return grid[y + j][x + i] if 0 <= x + i < columns and 0 <= y + j < rows else 0

    return p


def alike_above(grid: Map, x: int, y: int) -> int:
    """Clause 7.5.4: `right`."""
    columns = len(grid[0])
    above = row_pixels(grid, y - 1, 0, columns + 23)
    end = above.find(1 - above[x], x)
    return (end if end >= 0 else columns + 24) - x


def row_pixels(grid: Map, y: int, first: int, last: int) -> bytes:
    """The pixels of a row from one column to another, which is -1 or more. Pixels outside are 0."""
    inside = grid[y][max(first, 0) : last + 1] if 0 <= y < len(grid) else b""
    return (bytes(max(-first, 0)) + inside).ljust(last - first + 1, b"\0")


def pixels_around(grid: Map, x: int, y: int, rows: Sequence[tuple[int, int, int]]) -> bytes:
    """The pixels seen from (x, y) in rows, each with its first and last column."""
    return b"".join(row_pixels(grid, y + j, x + first, x + last) for j, first, last in rows)


def is_flat(grid: Map, x: int, y: int) -> bool:
    """Clause 7.5.4: whether the pixels around have one colour."""
    around = pixels_around(grid, x, y, FLAT_ROWS)
    return around.count(around[0]) == len(around)


def fine_inputs(grid: Map, earlier: Map, right: int, x: int, y: int) -> list[int]:
    """Clause 7.5.4: the inputs of the network of fine maps; `earlier` is the union of the earlier maps."""
    columns, rows, p = len(grid[0]), len(grid), pixel_of(grid, x, y)
    inputs = [*pixels_around(grid, x, y, FINE_ROWS), *pixels_around(earlier, x, y, EARLIER_ROWS)]
    first, second = contours(p, right)
    runs = [
        1 + run_length(p, x, (-1, 0), (0, 0), p(-1, 0)),
        1 + run_length(p, x, (-1, 0), (0, -1), p(0, -1)),
        1 + run_length(p, y, (0, -1), (0, 0), p(0, -1)),
    ]
    borders = [x, columns - 1 - x, y, rows - 1 - y, math.isqrt(rows * columns // 256)]
    inputs += [*first.inputs, *second.inputs, min(right, 25)]
    return inputs + [min(n, 60) for n in (*runs, *borders)] + first.straight + second.straight


def run_length(p: Pixel, largest: int, move: tuple[int, int], start: tuple[int, int], colour: int) -> int:
    """How many pixels behind `start` have the colour, of the `largest` number that there are."""
    count = 0
    while count < largest and p(start[0] + (count + 1) * move[0], start[1] + (count + 1) * move[1]) == colour:
        count += 1
    return count


# Clause 7.5.5


class Contour(NamedTuple):
    """Clause 7.5.5: the steps of a contour, no steps if there is none, and what it gives to the inputs."""

    steps: list[str]
    inputs: list[int]
    straight: list[int]


def contours(p: Pixel, right: int) -> tuple[Contour, Contour]:
    """Clause 7.5.5: the two contours of a pixel."""
    first, second = Contour([], [0] * 44, [0] * 2), Contour([], [0] * 44, [0] * 3)
    if p(-1, 0) != p(0, -1):
        steps, inputs = contour(p, 0, "up" if p(-1, -1) != p(0, -1) else "left")
        first = Contour(steps, inputs, [straight(["left", *steps]), straight(["up", *steps])])
    if right <= 24:
        steps, inputs = contour(p, right, "up")
        lists = [["up", *["right"] * count, *steps] for count in (right, right - 1, 0)]
        second = Contour(steps, inputs, list(map(straight, lists)))
    return first, second


def contour(p: Pixel, column: int, direction: str) -> tuple[list[str], list[int]]:
    """Clause 7.5.5: the steps backwards from the corner (column, 0), the first of them given, and the inputs."""
    x, y = column, 0
    steps: list[str] = []
    corners: list[tuple[int, int]] = []
    while len(steps) < MAX_STEPS:
        steps.append(direction)
        x, y = x + MOVES[direction][0], y + MOVES[direction][1]
        corners.append((x - column, y))
        following = next((way for way in WAYS[direction] if y <= 0 and is_edge(p, x, y, way)), None)
        if following is None:
            break
        direction = following
    reached = [corners[min(n, len(corners)) - 1] for n in CORNERS]
    return steps, [*(min(max(value, -64), 63) for corner in reached for value in corner), len(steps), 1]


def is_edge(p: Pixel, x: int, y: int, way: str) -> bool:
    """Clause 7.5.5: whether the pixels on both sides of the edge that leads this way from a corner are known and differ."""
    (i, j), (k, m) = BESIDE[way]
    return is_known(x + i, y + j) and is_known(x + k, y + m) and p(x + i, y + j) != p(x + k, y + m)


def is_known(i: int, j: int) -> bool:
    """Clause 7.5.5: the rows above and the pixels before the present one."""
    return j < 0 or (j == 0 and i < 0)


def straight(direction: Sequence[str]) -> int:
    """Clause 7.5.5: how many directions from the first on make a digital straight segment, at most 63."""
    first, other = direction[0], None
    x, y, a, b, low = 1, 0, 0, 1, 0
    uf = lf = (0, 0)
    ul = ll = (1, 0)
    for i in range(1, len(direction)):
        if direction[i] == first:
            x += 1
        else:
            if other is None and direction[i] != TURNS[TURNS.index(first) - 2]:
                other = direction[i]
            if direction[i] != other:
                return min(i, 63)
            y += 1
        place = a * x - b * y
        if place == low - 1:
            lf, ul = ll, (x, y)
            a, b = y - uf[1], x - uf[0]
            low = a * x - b * y
        elif place == low + a + b:
            uf, ll = ul, (x, y)
            a, b = y - lf[1], x - lf[0]
            low = a * x - b * y - a - b + 1
        elif low <= place < low + a + b:
            if place == low:
                ul = (x, y)
            if place == low + a + b - 1:
                ll = (x, y)
        else:
            return min(i, 63)
    return min(len(direction), 63)


# Clause 7.5.6


class Layers(NamedTuple):
    """Clause 7.5.8: the arrays of one network."""

    first: Integers
    first_bias: Integers
    second: Integers
    second_bias: Integers
    third: Integers


class Network:
    """Clause 7.5.6. `third` goes on from map to map."""

    def __init__(self, layers: Layers, logistic: Sequence[int]) -> None:
        self.layers, self.logistic = layers, logistic
        self.third = layers.third
        self.values: Values = {}  # of the last pixel

    def ones(self, inputs: Sequence[int]) -> int:
        """The frequency of 1."""
        layers = self.layers
        hidden = np.clip((layers.first_bias + np.array(inputs, np.int64) @ layers.first) >> 5, 0, 4095)
        experts = np.clip((layers.second_bias + hidden @ layers.second) >> 10, 0, 4095)
        self.experts = np.append(experts, 128)
        logit = int(self.third @ self.experts)
        self.values = {"inputs": inputs, "hidden": hidden, "experts": self.experts, "logit": logit}
        return self.logistic[min(max((logit >> 15) + 4096, 0), 8191)]

    def learn(self, bit: int, ones: int) -> None:
        """What changes after the pixel."""
        self.third = self.third + (((bit * 2**24 - ones) * self.experts + 2**24) >> 25)


# Clause 7.5.7


class Seen:
    """Clause 7.5.7: the pixels of a map that were set so far: their number, those inside earlier maps, and their outermost columns."""

    def __init__(self) -> None:
        self.area = self.common = 0
        self.columns: tuple[int, int] | None = None

    def add(self, x: int, earlier: int) -> None:
        """One more. `earlier` is 1 inside earlier maps."""
        self.area += 1
        self.common += earlier
        leftmost, rightmost = self.columns or (x, x)
        self.columns = min(leftmost, x), max(rightmost, x)


def coarse_inputs(grid: Map, seen: Seen, earlier: Map, last: Map, number: int, x: int, y: int) -> list[int]:
    """Clause 7.5.7: the inputs of the network "coarse".

    `earlier` is the union of the earlier maps, `last` the last of them, `number` how many they are.
    """
    columns, rows = len(grid[0]), len(grid)
    inputs = [*pixels_around(grid, x, y, COARSE_ROWS)]
    inputs += [*pixels_around(earlier, x, y, UNION_ROWS), *pixels_around(last, x, y, LAST_ROWS)]
    inputs += [min(number, 3), (16 * x + 8) // columns, (16 * y + 8) // rows]
    inputs += [min(n, 8) for n in (columns - 1 - x, rows - 1 - y, x, y)]
    inputs += [min(max(columns, rows) // 4, 16)]
    inputs += [int(seen.area > 0), int(any(grid[y])), int(y > 0 and any(grid[y - 1][x:]))]
    leftmost, rightmost = seen.columns or (x, x)
    inputs += [min(max(n, -8), 8) for n in (x - leftmost, rightmost - x)]
    return [*inputs, 16 * seen.area // (rows * columns), 16 * seen.common // seen.area if seen.area else 0]


# Clause 7.5.8


class MapModel:
    """Clause 7.5.8: a model file. `network`: that of fine maps, OUTLINES or RAGGED."""

    def __init__(self, file: bytes, network: int) -> None:
        arrays = ModelFile(file, b"MISC-MM1", 6)
        units = [arrays.sizes[start : start + 2] for start in (0, 2, 4)]
        networks = [self._layers(arrays, FINE_INPUTS, *units[index]) for index in (OUTLINES, RAGGED)]
        self.fine = networks[network]
        self.coarse = self._layers(arrays, COARSE_INPUTS, *units[2])
        self.logistic: list[int] = arrays.array("u4", 8192).tolist()
        self.flat: list[int] = arrays.array("u4", 2, 60)[network].tolist()
        arrays.check_end()

    def _layers(self, arrays: ModelFile, inputs: int, hidden: int, experts: int) -> Layers:
        return Layers(
            arrays.array("i2", inputs, hidden),
            arrays.array("i4", hidden),
            arrays.array("i2", hidden, experts),
            arrays.array("i4", experts),
            arrays.array("i4", experts + 1),
        )


@cache
def map_model(network: int) -> MapModel:
    """The model of the specification."""
    return MapModel(table("maps-context-1.bin"), network)


# Clause 7.5


def decode(payload: Payload, network: int) -> Decoded:
    """Clause 7.5: the maps, and whether the codeword is canonical (clause 4.6)."""
    start, codeword = payload.position, payload.rest()
    decoder = DecisionDecoder(codeword)
    coder = MapCoder(map_model(network), decoder)
    size_code, sizes = coder.sizes(payload.picture)
    if any(side > MAX_SIDE for size in sizes for side in size):
        raise BrokenRule("MISC-MAP-005", start, "maps/codeword")
    if size_code != shortest_code(sizes, payload.picture):
        raise BrokenRule("MISC-MAP-002", start, "maps/codeword")
    if pixels(sizes) > MAX_MAP_PIXELS:
        raise BrokenRule("MISC-MAP-003", start, "maps")
    decisions = list(decoder.decisions)
    positions = [("sizes", decoder.position)]
    for i, (columns, rows) in enumerate(sizes):
        coder.maps.append(coder.next_map(columns, rows))
        positions.append((str(i), decoder.position))
    if coder.reduced or any(is_reducible(grid) for grid in coder.maps):
        canonical = encoded(map_model(network), payload.picture, decisions, coder.maps)
    else:
        canonical = decoder.encoded()  # an encoder has the same decisions
    check_canonical(codeword, canonical, start, "maps")
    return symbols(coder.maps), shares(positions, len(codeword))


def encoded(model: MapModel, picture: Size, sizes: Sequence[int], maps: Sequence[Map]) -> bytes:
    """Clause 7.5: the codeword of maps. `sizes` are the decisions of clause 7.5.2."""
    encoder = MapEncoder(model)
    encoder.encoder.decisions = iter(sizes)
    encoder.sizes(picture)
    for grid in maps:
        encoder.append(grid)
    return encoder.encoder.codeword()


def decode_maps(model: MapModel, codeword: bytes, picture: Size) -> list[Map]:
    """The maps of a conforming codeword."""
    return decode_with(MapCoder(model, DecisionDecoder(codeword)), picture)


def decode_with(coder: MapCoder, picture: Size) -> list[Map]:
    """The maps of a coder's codeword, which conforms."""
    for columns, rows in coder.sizes(picture)[1]:
        coder.maps.append(coder.next_map(columns, rows))
    return coder.maps
