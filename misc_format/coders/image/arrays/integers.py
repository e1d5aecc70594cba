"""Signed integers, decision by decision: is it 0, its sign, its length in bits, its digits. Contexts are what is around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.arrays.uniform import NONE, code_number
from misc_format.entropy.mixing import decide, decide_alone, mixture, set_context
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled

CONTEXTS = 7
LONGEST = 31  # bits of a magnitude
MAX_DECISIONS = 2 * LONGEST + 1  # of a value
SPAN = 1 << 12  # values that are coded at a time
MIXED = 4  # decisions about longer magnitudes have the probability of one context
WIDE = 3  # this one
# Nodes of decisions. LENGTH + n: longer than n bits; DIGIT + n: the digit behind the leading one of n bits.
ZERO, SIGN, LENGTH, DIGIT = 0, 1, 1, 32
NODES = DIGIT + LONGEST + 1
MARGIN = 2  # rows above a plane, columns to its left and right, all 0


def walk(coder: Coder, values: NDArray[np.int32]) -> bool:
    """Code integers (channels, rows, columns) of magnitudes up to 2^31 - 1. Returns False if the codeword fits no symbol."""
    channels, rows, columns = values.shape
    plane = np.zeros((rows + MARGIN, columns + 2 * MARGIN), np.int64)
    energy = np.zeros((rows + 2, columns + 2), np.int64)
    model = mixture(CONTEXTS, NODES, NODES)
    for channel in range(channels):
        plane[:] = 0
        for top, bottom, left, right in _spans(rows, columns):
            coder.reserve((bottom - top) * (right - left) * MAX_DECISIONS)
            coded = _walk(
                values, channel, top, bottom, left, right, plane, energy, model,
                coder.state, coder.words, coder.decoding, coder.cost,
            )  # fmt: skip
            if not coded:
                return False
        energy[1:-1, 1:-1] += np.abs(plane[MARGIN:, MARGIN:-MARGIN])
    return True


def _spans(rows: int, columns: int) -> Iterator[tuple[int, int, int, int]]:
    """The plane in pieces of about SPAN values in row order, so that few words are reserved at a time: first and last row and column."""
    height, width = max(1, SPAN // columns), min(columns, SPAN)
    for top in range(0, rows, height):
        for left in range(0, columns, width):
            yield top, min(top + height, rows), left, min(left + width, columns)


@compiled
def _walk(
    values: Any, channel: int, top: int, bottom: int, left: int, right: int, plane: Any, energy: Any, model: Any,
    state: Any, words: Any, decoding: bool, cost: Any,
) -> bool:  # fmt: skip
    for row in range(top, bottom):
        for column in range(left, right):
            value: Any = np.int64(values[channel, row, column])
            _describe(plane, energy, model, channel, row, column)
            magnitude = abs(value)
            if decide(model, ZERO, ZERO, 1 if value else 0, state, words, decoding, cost):
                magnitude = _code_magnitude(magnitude, model, state, words, decoding, cost)
                if magnitude < 0:
                    return False
                _describe_sign(values, plane, model, channel, row, column)
                negative = decide(model, SIGN, SIGN, 1 if value < 0 else 0, state, words, decoding, cost)
                value = -magnitude if negative else magnitude
            else:
                value = 0
            plane[row + MARGIN, column + MARGIN] = value
            values[channel, row, column] = value
    return True


@compiled
def _code_magnitude(magnitude: Any, model: Any, state: Any, words: Any, decoding: bool, cost: Any) -> Any:
    """Code a magnitude of 1 or more; returns it, or NONE if the codeword fits no symbol."""
    length = 1
    while length < LONGEST and _code_node(
        LENGTH + length, length, 1 if magnitude >> length else 0, model, state, words, decoding, cost
    ):
        length += 1
    if length == 1:
        return np.int64(1)
    shift = length - 2
    digit = _code_node(DIGIT + length, length, (magnitude >> shift) & 1, model, state, words, decoding, cost)
    least: Any = np.int64(2 + digit) << shift
    rest: Any = np.int64(0)
    if shift:
        rest = code_number(state, words, decoding, magnitude - least, np.int64(1) << shift, cost)
    return NONE if rest < 0 else least + rest


@compiled
def _code_node(node: int, length: int, bit: Any, model: Any, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a decision about a magnitude of at least `length` bits; returns the bit."""
    if length <= MIXED:
        return int(decide(model, node, node, bit, state, words, decoding, cost))
    return int(decide_alone(model, WIDE, node, bit, state, words, decoding, cost))


@compiled
def _describe(plane: Any, energy: Any, model: Any, channel: int, row: int, column: int) -> None:
    """The contexts of a magnitude: those before it in its channel, and the sums of earlier channels around it."""
    y, x = row + MARGIN, column + MARGIN
    left, above = abs(plane[y, x - 1]), abs(plane[y - 1, x])
    above_left, above_right = abs(plane[y - 1, x - 1]), abs(plane[y - 1, x + 1])
    near = 2 * (left + above) + above_left + above_right
    wide = near + abs(plane[y, x - 2]) + abs(plane[y - 2, x])
    here = energy[row + 1, column + 1]
    around = (
        2 * here + energy[row, column + 1] + energy[row + 2, column + 1]
        + energy[row + 1, column] + energy[row + 1, column + 2]
    )  # fmt: skip
    set_context(model, 0, channel)
    set_context(model, 1, _grade(near) << 4 | _grade(here))
    set_context(model, 2, min(left, 3) << 6 | min(above, 3) << 4 | min(above_left, 3) << 2 | min(above_right, 3))
    set_context(model, 3, _grade(wide) << 4 | _grade(around))
    set_context(model, 4, row * (plane.shape[1] - 2 * MARGIN) + column)
    set_context(model, 5, channel << 4 | min(left, 3) << 2 | min(above, 3))
    set_context(model, 6, channel * (plane.shape[0] - MARGIN) + row)


@compiled
def _describe_sign(values: Any, plane: Any, model: Any, channel: int, row: int, column: int) -> None:
    """The contexts of a sign: those of its neighbours, and of the two channels before."""
    y, x = row + MARGIN, column + MARGIN
    near = 3 * _sign(plane[y, x - 1]) + _sign(plane[y - 1, x])
    corners = 3 * _sign(plane[y - 1, x - 1]) + _sign(plane[y - 1, x + 1])
    before = 0
    for distance in range(1, 3):
        before = 3 * before + (_sign(values[channel - distance, row, column]) if channel >= distance else 0)
    set_context(model, 0, channel)
    set_context(model, 1, 9 * channel + near)
    set_context(model, 2, 9 * corners + near)
    set_context(model, 3, 9 * channel + before)
    set_context(model, 4, 9 * before + near)
    set_context(model, 5, channel * values.shape[2] + column)
    set_context(model, 6, channel * values.shape[1] + row)


@compiled
def _grade(number: Any) -> int:
    """About twice the binary logarithm of a sum of magnitudes, at most 15."""
    length = 0
    while number >> length and length < 9:
        length += 1
    return int(number) if length < 2 else min(2 * length - 2 + ((number >> (length - 2)) & 1), 15)


@compiled
def _sign(value: Any) -> int:
    """0 for 0, 1 above it, 2 below it."""
    return 1 if value > 0 else 2 if value < 0 else 0
