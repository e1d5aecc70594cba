"""Clause 8: image as a pixel grid, in plain integers, sample by sample."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .accounting import Decoded
from .bits import BrokenRule, Payload, Size, TooSlow, check_canonical
from .limits import MAX_GRID_CELLS, MAX_PATIENCE
from .modelfile import Integers, ModelFile
from .rangecoder import NoSymbol, RangeDecoder, shares
from .tables import table

Plane = list[list[int]]
Values = dict[str, Any]
Place = tuple[int, int]  # rows up, columns to the right
START, PRIOR = (512, 0, 0), (1024, 256, 256)
NEAR: tuple[Place, ...] = (
    (0, -1), (0, -2), (0, -3), (1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (1, 3), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2), (3, 0),
)  # fmt: skip
ERRORS: tuple[Place, ...] = ((0, -1), (1, -1), (1, 0), (1, 1))
PAIRS: tuple[tuple[Place, Place], ...] = (
    ((0, -1), (1, -1)), ((1, 0), (1, -1)), ((1, 1), (1, 0)), ((0, -2), (0, -1)), ((2, 0), (1, 0)), ((2, 1), (1, 1)),
)  # fmt: skip
AROUND: tuple[Place, ...] = (
    (2, 0), (1, -1), (1, 0), (1, 1), (0, -2), (0, -1), (0, 1), (0, 2), (-1, -1), (-1, 0), (-1, 1), (-2, 0),
)  # fmt: skip
SIDES: tuple[Place, ...] = ((0, -1), (1, 0), (0, 1), (-1, 0))
REACH = 6
INPUTS, OUTPUTS = (38, 61, 81), 8  # inputs of each plane


class GridHeader(NamedTuple):
    """Clause 8.1. `block` is 0 where the grid is stretched."""

    columns: int
    rows: int
    colour: int
    depth: int
    block: int


def decode(payload: Payload) -> Decoded:
    """Clause 8.1: the fields, the codeword, and whether it is canonical (clause 4.6)."""
    header = grid_header(payload)
    cells = header.columns * header.rows
    start, codeword = payload.position, payload.rest()
    names = ("green", "red", "blue") if header.colour else ("grey",)
    decoder = GridDecoder(grid_model(), codeword, header.columns, header.rows, header.depth)
    planes: list[Plane] = []
    positions = []
    try:
        decoder.decoder.quantile()  # what fits no symbol does not take long
        if cells > MAX_PATIENCE:
            raise TooSlow(f"{cells} cells")
        for name in names:
            planes.append(decoder.plane())
            positions.append((name, decoder.decoder.position))
    except NoSymbol:
        raise BrokenRule("MISC-ENT-001", start, "image/codeword") from None
    check_canonical(codeword, decoder.decoder.encoded(), start, "image")
    return symbols(header, planes), shares(positions, len(codeword))


def symbols(header: GridHeader, planes: Sequence[Plane]) -> dict[str, Any]:
    """Sizes, the digest of the samples as bytes, cell by cell, in the order red, green, blue, and how the grid is laid out."""
    in_order = [planes[p] for p in (1, 0, 2)] if header.colour else planes
    samples = bytes(plane[y][x] for y in range(header.rows) for x in range(header.columns) for plane in in_order)
    size = {"columns": header.columns, "rows": header.rows, "planes": len(planes)}
    return {**size, "sha256": hashlib.sha256(samples).hexdigest(), "depth": header.depth, "block": header.block}


def grid_header(payload: Payload) -> GridHeader:
    """Clause 8.1."""
    start = payload.position
    layout = payload.u(1, "image/layout")
    colour = payload.u(2, "image/colour")
    if colour > 1:
        raise BrokenRule("MISC-IMG-001", start + 1, "image/colour")
    depth = payload.u(3, "image/depth_minus_1") + 1
    payload.f(2, 0, "image/reserved")
    if layout == 0:
        block, size = 0, _stretched(payload)
    else:
        block, size = _blocks(payload)
    columns, rows = size
    if columns * rows > MAX_GRID_CELLS:
        raise BrokenRule("MISC-IMG-002", start, "image")
    return GridHeader(columns, rows, colour, depth, block)


def _stretched(payload: Payload) -> Size:
    paths = ("image/grid_width_minus_1", "image/grid_height_minus_1")
    return Size(*payload.sides(paths, payload.picture, "MISC-IMG-004"))


def _blocks(payload: Payload) -> tuple[int, Size]:
    start, name = payload.position, "image/block_size_minus_1"
    block_size = payload.v(name) + 1
    if block_size > max(payload.picture):
        raise BrokenRule("MISC-IMG-005", start, name)
    width, height = payload.picture
    return block_size, Size(-(-width // block_size), -(-height // block_size))


class GridDecoder:
    """Clauses 8.2 to 8.4: plane after plane of one codeword.

    `trace` gets each sample: the sum of the frequencies below it, its own, its level, the position behind it, and the values that led to
    them.
    """

    def __init__(
        self,
        model: GridModel,
        codeword: bytes,
        columns: int,
        rows: int,
        depth: int,
        trace: Callable[[Values], None] | None = None,
    ) -> None:
        self.model, self.decoder, self.trace = model, RangeDecoder(codeword), trace
        self.columns, self.rows, self.depth, self.most = columns, rows, depth, (1 << depth) - 1
        self.value: list[Plane] = []
        self.error: list[Plane] = []
        self.wrong: list[int] = []
        self.total: list[int] = []
        self.count: list[int] = []

    def plane(self) -> Plane:
        """Clause 8.2: the levels of the next plane; NoSymbol where the codeword fits none."""
        for planes in (self.value, self.error):
            planes.append([[0] * self.columns for _ in range(self.rows)])
        for sums in (self.wrong, self.total, self.count):
            sums.append(0)
        return [[self._sample(row, column) for column in range(self.columns)] for row in range(self.rows)]

    def _sample(self, row: int, column: int) -> int:
        """Clause 8.2: the next sample, and what is then known of it."""
        p = len(self.value) - 1
        green = self.value[0][row][column] if p > 0 else 0
        inputs, base = self.inputs(p, row, column)
        values: Values = {"plane": p, "inputs": inputs, "base": base}
        parts = self.model.mixture(p, inputs, values)
        level = self._level(parts, base + green, values)
        value = self.unit(level) - green
        error = value - base if row or column else 0
        self.value[p][row][column], self.error[p][row][column] = value, error
        self.wrong[p] += abs(error)
        self.total[p] += value
        self.count[p] += 1
        if self.trace:
            self.trace(values)
        return level

    def unit(self, v: int) -> int:
        """Clause 8.2: what a level is, in units."""
        return (2040 * v + self.most) // (2 * self.most)

    def edge(self, v: int) -> int:
        """Clause 8.2: where a level begins, in 16ths of a unit."""
        return (2 * v - 1) * 8160 // self.most

    def before(self, plane: Plane, none: int, row: int, column: int, place: Place) -> int:
        """Clause 8.3: of a plane that is known up to this sample."""
        up, right = place
        y = max(row - up, 0)
        x = min(max(column + right, 0), self.columns - 1)
        if y == row and x >= column:
            if column > 0:
                x = column - 1
            elif row > 0:
                y = row - 1
            else:
                return none
        return plane[y][x]

    def around(self, plane: Plane, row: int, column: int, place: Place) -> int:
        """Clause 8.3: of a plane that is all known."""
        up, right = place
        return plane[min(max(row - up, 0), self.rows - 1)][min(max(column + right, 0), self.columns - 1)]

    def mean(self, q: int) -> int:
        """Clause 8.3."""
        return log((16 * self.wrong[q] + 4 * PRIOR[q]) // (self.count[q] + 4))

    def inputs(self, p: int, row: int, column: int) -> tuple[list[int], int]:
        """Clause 8.3: the inputs, and base."""

        def near(place: Place) -> int:
            return self.before(self.value[p], START[p], row, column, place)

        w, n, nw = near((0, -1)), near((1, 0)), near((1, -1))
        base = max(min(w, n), min(w + n - nw, max(w, n)))
        errors = [self.before(self.error[p], 0, row, column, place) for place in ERRORS]
        average = self.total[p] // self.count[p] if self.count[p] else START[p]
        inputs = [near(place) - base for place in NEAR] + errors
        inputs += [base - START[p], average - base]
        inputs += [log(abs(near(one) - near(other))) for one, other in PAIRS]
        inputs += [log(sum(map(abs, errors))), self.mean(p)]
        inputs += [(64 * row + 32) // self.rows, (64 * column + 32) // self.columns]
        inputs += [32 * min(number, 2) for number in (row, column, self.columns - 1 - column)]
        inputs += [32 * (row == column == 0), log(self.rows), log(self.columns), 16 * self.depth]
        for q in range(p):
            inputs += self._earlier_inputs(q, row, column)
        if p > 0:
            inputs += self._alike_inputs(p, row, column, base)
        return inputs, base

    def _earlier_inputs(self, q: int, row: int, column: int) -> list[int]:
        """Clause 8.3: the inputs of an earlier plane."""
        a, error = self.value[q], self.error[q][row][column]
        here = a[row][column]
        inputs = [self.around(a, row, column, place) - here for place in AROUND]
        inputs += [error, here - START[q]]
        inputs += [log(abs(self.around(a, row, column, place) - here)) for place in SIDES]
        return [*inputs, self.mean(q), log(abs(error))]

    def _alike_inputs(self, p: int, row: int, column: int, base: int) -> list[int]:
        """Clause 8.3: the cells like this one. `similar` is `found` of the specification."""
        nearest, similar, weights, total = 2**12, base, 0, 0
        for y in range(max(row - REACH, 0), row + 1):
            for x in range(max(column - REACH, 0), min(column + REACH, self.columns - 1) + 1):
                if y == row and x >= column:
                    break
                far = 8 + 4 * (row - y + abs(column - x))
                for q in range(p):
                    far += abs(self.value[q][row][column] - self.value[q][y][x]) << q
                weight = 2**36 // far**3
                weights += weight
                total += weight * self.value[p][y][x]
                if far < nearest:
                    nearest, similar = far, self.value[p][y][x]
        average = total // weights if weights > 0 else base
        return [similar - base, average - base, log(nearest)]

    def _level(self, parts: Sequence[Part], centre: int, values: Values) -> int:
        """Clause 8.4: the symbol, looked for by halving."""

        def below(v: int) -> int:
            if v == 0:
                return 0
            if v > self.most:
                return 2**24
            mixed: int = 0
            for place, scale, share in parts:
                far = self.edge(v) - 16 * centre - place
                mixed += share * self.model.sigma(far * self.model.exp2[scale % 64] >> 8 + scale // 64)
            return v + ((mixed >> 16) * (2**24 - self.most - 1) >> 24)

        level = bisect_right(range(self.most + 1), self.decoder.quantile(), key=below) - 1
        frequency = below(level + 1) - below(level)
        self.decoder.narrow(below(level), frequency)
        values |= {"below": below(level), "frequency": frequency, "level": level, "position": self.decoder.position}
        return level


def log(n: int) -> int:
    """Clause 8.3."""
    return 16 * (n.bit_length() - 1) + (16 * n >> n.bit_length() - 1) if n else 0


class Part(NamedTuple):
    """Clause 8.4: one of the three logistic distributions: 16ths of a unit, 64ths of an octave, and of 2^16."""

    place: int
    scale: int
    share: int


class GridModel:
    """Clause 8.5, and the networks of clause 8.4."""

    def __init__(self, file: bytes) -> None:
        arrays = ModelFile(file, b"MISC-GM1", 2)
        hidden, hidden2 = arrays.sizes
        self.layers = [
            [self._layer(arrays, *sizes) for sizes in ((inputs, hidden), (hidden, hidden2), (hidden2, OUTPUTS))]
            for inputs in INPUTS
        ]
        self.logistic: list[int] = arrays.array("u4", 8192).tolist()
        self.exp2: list[int] = arrays.array("u4", 64).tolist()
        arrays.check_end()

    def _layer(self, arrays: ModelFile, inputs: int, outputs: int) -> tuple[Integers, Integers]:
        return arrays.array("i2", inputs, outputs), arrays.array("i4", outputs)

    def sigma(self, n: int) -> int:
        """Clause 8.4."""
        return self.logistic[min(max(n + 4096, 0), 8191)]

    def mixture(self, p: int, inputs: Sequence[int], values: Values) -> list[Part]:
        """Clause 8.4: the distributions that are mixed for a sample. `values` gets what comes on the way."""
        first, second, third = self.layers[p]
        hidden = np.clip(_sums(np.array(inputs), first) >> 9, 0, 4095)
        hidden2 = np.clip(_sums(hidden, second) >> 10, 0, 4095)
        out = _sums(hidden2, third).tolist()
        parts = []
        left = 2**16
        for k in range(3):
            share = left * self.sigma(out[6 + k] >> 11) >> 24 if k < 2 else left
            parts.append(Part(out[k] >> 9, min(max(448 + (out[3 + k] >> 12), 64), 832), share))
            left -= share
        values |= {"hidden": hidden.tolist(), "hidden2": hidden2.tolist(), "out": out, "parts": parts}
        return parts


def _sums(inputs: Integers, layer: tuple[Integers, Integers]) -> Integers:
    weights, bias = layer
    return bias + inputs @ weights


@cache
def grid_model() -> GridModel:
    """The model of the specification."""
    return GridModel(table("grid-context-1.bin"))
