"""Pixel grids as clause 8 says them, in plain integers: slow, and independent of the coder, which it checks.

It shares nothing with `misc_format.coders.image.gridmodel`: it reads the model file itself, and looks at samples one by one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

Plane = list[list[int]]
Values = dict[str, Any]
START, PRIOR = (512, 0, 0), (1024, 256, 256)
NEAR = (
    (0, -1),
    (0, -2),
    (0, -3),
    (1, -2),
    (1, -1),
    (1, 0),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, -2),
    (2, -1),
    (2, 0),
    (2, 1),
    (2, 2),
    (3, 0),
)
ERRORS = ((0, -1), (1, -1), (1, 0), (1, 1))
PAIRS = (
    ((0, -1), (1, -1)),
    ((1, 0), (1, -1)),
    ((1, 1), (1, 0)),
    ((0, -2), (0, -1)),
    ((2, 0), (1, 0)),
    ((2, 1), (1, 1)),
)
AROUND = ((2, 0), (1, -1), (1, 0), (1, 1), (0, -2), (0, -1), (0, 1), (0, 2), (-1, -1), (-1, 0), (-1, 1), (-2, 0))
SIDES = ((0, -1), (1, 0), (0, 1), (-1, 0))


def log(number: int) -> int:
    """Clause 8.3."""
    bits = number.bit_length()
    return 16 * (bits - 1) + (16 * number >> bits - 1) if number else 0


class PlainModel:
    """Clause 8.7."""

    def __init__(self, file: bytes) -> None:
        self._content = zlib.decompress(file)
        assert self._content[:8] == b"MISC-GM1"
        hidden, hidden2 = struct.unpack_from("<2H", self._content, 8)
        self._place = 12
        self.layers = []
        for plane in range(3):
            inputs = 38 + 20 * plane + 3 * (plane > 0)
            self.layers.append(
                [
                    (self._take("<i2", before * behind).reshape(before, behind), self._take("<i4", behind))
                    for before, behind in ((inputs, hidden), (hidden, hidden2), (hidden2, 8))
                ]
            )
        self.logistic = self._take("<u4", 8192).tolist()
        self.exp2 = self._take("<u4", 64).tolist()
        assert self._place == len(self._content)

    def _take(self, kind: str, count: int) -> Any:
        values = np.frombuffer(self._content, kind, count, self._place)
        self._place += values.nbytes
        return values.astype(np.int64)

    def sigma(self, number: int) -> int:
        """Clause 8.4."""
        return int(self.logistic[min(max(number + 4096, 0), 8191)])


class PlainGrid:
    """A decoder of one codeword. `note` gets each sample: below, frequency, level, position, and all that led to them."""

    def __init__(self, model: PlainModel, codeword: bytes, note: Callable[[Values], None] | None = None) -> None:
        self._model, self._codeword, self._note = model, codeword, note
        self._difference, self._range, self._words = self._number(0, 8), 2**64 - 1, 0

    @property
    def state(self) -> tuple[int, int, int]:
        """D, range and w (clause 5.1)."""
        return self._difference, self._range, self._words

    def _number(self, start: int, length: int) -> int:
        return int.from_bytes(self._codeword[start : start + length].ljust(length, b"\0"), "big")

    def decode(self, rows: int, columns: int, planes: int, depth: int) -> list[Plane]:
        """The levels of each plane, in coding order; ValueError where the codeword fits no symbol."""
        self.rows, self.columns, self.depth, self.most = rows, columns, depth, 2**depth - 1
        self.value = [[[0] * columns for _ in range(rows)] for _ in range(planes)]
        self.error = [[[0] * columns for _ in range(rows)] for _ in range(planes)]
        self.wrong, self.total, self.count = [0] * 3, [0] * 3, [0] * 3
        return [
            [[self._sample(p, row, column) for column in range(columns)] for row in range(rows)] for p in range(planes)
        ]

    def _sample(self, p: int, row: int, column: int) -> int:
        def before(plane: Plane, none: int, up: int, right: int) -> int:
            y, x = max(row - up, 0), min(max(column + right, 0), self.columns - 1)
            if y == row and x >= column:
                if column > 0:
                    x = column - 1
                elif row > 0:
                    y = row - 1
                else:
                    return none
            return plane[y][x]

        def near(up: int, right: int) -> int:
            return before(self.value[p], START[p], up, right)

        west, north, corner = near(0, -1), near(1, 0), near(1, -1)
        base = max(min(west, north), min(west + north - corner, max(west, north)))
        errors = [before(self.error[p], 0, *place) for place in ERRORS]
        inputs = [near(*place) - base for place in NEAR] + errors
        inputs += [base - START[p], (self.total[p] // self.count[p] if self.count[p] else START[p]) - base]
        inputs += [log(abs(near(*one) - near(*other))) for one, other in PAIRS]
        inputs += [log(sum(map(abs, errors))), self._mean(p)]
        inputs += [(64 * row + 32) // self.rows, (64 * column + 32) // self.columns]
        inputs += [32 * min(number, 2) for number in (row, column, self.columns - 1 - column)]
        inputs += [32 * (row == column == 0), log(self.rows), log(self.columns), 16 * self.depth]
        for q in range(p):
            inputs += self._earlier(q, row, column)
        if p > 0:
            inputs += self._alike(p, row, column, base)
        centre = base + self.value[0][row][column] if p > 0 else base
        seen: Values = {"plane": p, "inputs": inputs, "base": base}
        level = self._symbol(self._mixture(p, inputs, seen), centre, seen)
        value = (2040 * level + self.most) // (2 * self.most) - (self.value[0][row][column] if p > 0 else 0)
        self.value[p][row][column] = value
        self.error[p][row][column] = value - base if row or column else 0
        self.wrong[p] += abs(self.error[p][row][column])
        self.total[p] += value
        self.count[p] += 1
        if self._note:
            self._note(seen)
        return level

    def _mean(self, p: int) -> int:
        return log((16 * self.wrong[p] + 4 * PRIOR[p]) // (self.count[p] + 4))

    def _earlier(self, q: int, row: int, column: int) -> list[int]:
        here, error = self.value[q][row][column], self.error[q][row][column]

        def around(place: tuple[int, int]) -> int:
            y, x = (min(max(row - place[0], 0), self.rows - 1), min(max(column + place[1], 0), self.columns - 1))
            return self.value[q][y][x] - here

        return [
            *map(around, AROUND), error, here - START[q], *(log(abs(around(place))) for place in SIDES),
            self._mean(q), log(abs(error)),
        ]  # fmt: skip

    def _alike(self, p: int, row: int, column: int, base: int) -> list[int]:
        nearest, found, weights, total = 2**12, base, 0, 0
        for y in range(max(row - 6, 0), row + 1):
            for x in range(max(column - 6, 0), min(column + 6, self.columns - 1) + 1):
                if y == row and x >= column:
                    break
                far = 8 + 4 * (row - y + abs(column - x))
                far += sum(abs(self.value[q][row][column] - self.value[q][y][x]) << q for q in range(p))
                weights += 2**36 // far**3
                total += 2**36 // far**3 * self.value[p][y][x]
                if far < nearest:
                    nearest, found = far, self.value[p][y][x]
        return [found - base, total // weights - base if weights else 0, log(nearest)]

    def _mixture(self, p: int, inputs: list[int], seen: Values) -> list[tuple[int, int, int]]:
        """Place, scale and share of each part."""
        sums = np.array(inputs)
        layers = []
        for (weights, bias), shift in zip(self._model.layers[p], (9, 10, 0), strict=True):
            assert len(sums) == len(weights)
            sums = (bias + (weights * sums[:, None]).sum(0)) >> shift
            if shift:
                sums = np.clip(sums, 0, 4095)
            layers.append(sums.tolist())
        out = layers[2]
        parts, left = [], 2**16
        for k in range(3):
            share = left * self._model.sigma(out[6 + k] >> 11) >> 24 if k < 2 else left
            parts.append((out[k] >> 9, min(max(448 + (out[3 + k] >> 12), 64), 832), share))
            left -= share
        seen |= {"hidden": layers[0], "hidden2": layers[1], "out": out, "parts": parts}
        return parts

    def _symbol(self, parts: list[tuple[int, int, int]], centre: int, seen: Values) -> int:
        def below(v: int) -> int:
            if v in (0, self.most + 1):
                return 2**24 * (v > 0)
            mixed: int = 0
            for place, scale, share in parts:
                far = (2 * v - 1) * 8160 // self.most - 16 * centre - place
                mixed += share * self._model.sigma(far * self._model.exp2[scale % 64] >> 8 + scale // 64)
            return v + int((mixed >> 16) * (2**24 - self.most - 1) >> 24)

        scale = self._range >> 24
        quantile = self._difference // scale
        if quantile >= 2**24:
            raise ValueError("MISC-ENT-001")
        level = 0
        while below(level + 1) <= quantile:
            level += 1
        frequency = below(level + 1) - below(level)
        self._difference -= scale * below(level)
        self._range = scale * frequency
        if self._range < 2**32:
            self._difference = self._difference << 32 | self._number(4 * self._words + 8, 4)
            self._range <<= 32
            self._words += 1
        position = 32 * self._words + 64 - self._range.bit_length()
        seen |= {"below": below(level), "frequency": frequency, "level": level, "position": position}
        return level
