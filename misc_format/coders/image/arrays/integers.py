"""Signed integers, decision by decision: is it 0, its sign, its length in bits, its digits. Contexts are what is around it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.arrays.uniform import NONE, code_number
from misc_format.entropy.mixing import decide, decide_alone, mixture, set_context
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled, inlined

CONTEXTS = 7
LONGEST = 31  # bits of a magnitude
MIXED = 4  # decisions about longer magnitudes have the probability of one context
WIDE = 3  # this one
# Nodes of decisions: LENGTH + n: longer than n bits; DIGIT + n: behind the leading one of n bits.
ZERO, SIGN, LENGTH, DIGIT = 0, 1, 1, 32
NODES = DIGIT + LONGEST + 1
PLACES_PER_CALL = 1 << 14  # bounds the memory for the codeword's words


def walk(coder: Coder, values: NDArray[np.int32]) -> bool:
    """Code integers (channels, rows, columns) of magnitudes up to 2^31 - 1. Returns False if the codeword fits no symbol."""
    if not coder.fits:
        return False
    model = mixture(CONTEXTS, NODES, NODES)
    energy = np.zeros(values.shape[1:], np.int64)
    for begin in range(0, values.size, PLACES_PER_CALL):
        end = min(begin + PLACES_PER_CALL, values.size)
        coder.reserve((end - begin) * (2 * LONGEST + 1))
        if not _walk(values, begin, end, energy, model, coder.state, coder.words, coder.decoding, coder.cost):
            return False
    return True


@compiled
def _walk(
    values: Any, begin: int, end: int, energy: Any, model: Any, state: Any, words: Any, decoding: bool, cost: Any
) -> bool:
    """Code the integers from `begin` to before `end`. `energy` is the sum of the magnitudes of the channels before, at each place."""
    columns = values.shape[2]
    for place in range(begin, end):
        channel, within = divmod(place, values.shape[1] * columns)
        row, column = divmod(within, columns)
        if within == 0 and channel > 0:
            _add_magnitudes(values, channel - 1, energy)
        value: Any = np.int64(values[channel, row, column])
        _describe(values, energy, model, channel, row, column)
        if decide(model, ZERO, ZERO, 1 if value else 0, state, words, decoding, cost):
            magnitude = _code_magnitude(abs(value), model, state, words, decoding, cost)
            if magnitude < 0:
                return False
            _describe_sign(values, model, channel, row, column)
            negative = decide(model, SIGN, SIGN, 1 if value < 0 else 0, state, words, decoding, cost)
            value = -magnitude if negative else magnitude
        else:
            value = 0
        values[channel, row, column] = value
    return True


@compiled
def _add_magnitudes(values: Any, channel: int, energy: Any) -> None:
    for row in range(energy.shape[0]):
        for column in range(energy.shape[1]):
            energy[row, column] += abs(np.int64(values[channel, row, column]))


@inlined
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


@inlined
def _code_node(node: int, length: int, bit: Any, model: Any, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a decision about a magnitude of at least `length` bits; returns the bit."""
    if length <= MIXED:
        return int(decide(model, node, node, bit, state, words, decoding, cost))
    return int(decide_alone(model, WIDE, node, bit, state, words, decoding, cost))


@inlined
def _describe(values: Any, energy: Any, model: Any, channel: int, row: int, column: int) -> None:
    """The contexts of a magnitude: those before it in its channel, and the sums of the channels before around it."""
    left, above = abs(_at(values, channel, row, column - 1)), abs(_at(values, channel, row - 1, column))
    corner, other = abs(_at(values, channel, row - 1, column - 1)), abs(_at(values, channel, row - 1, column + 1))
    near = 2 * (left + above) + corner + other
    wide = near + abs(_at(values, channel, row, column - 2)) + abs(_at(values, channel, row - 2, column))
    here = energy[row, column]
    around = 2 * here
    around += (energy[row - 1, column] if row else 0) + (energy[row, column - 1] if column else 0)
    around += energy[row + 1, column] if row + 1 < energy.shape[0] else 0
    around += energy[row, column + 1] if column + 1 < energy.shape[1] else 0
    sides = min(left, 3) << 2 | min(above, 3)
    set_context(model, 0, channel)
    set_context(model, 1, _grade(near) << 4 | _grade(here))
    set_context(model, 2, sides << 4 | min(corner, 3) << 2 | min(other, 3))
    set_context(model, WIDE, _grade(wide) << 4 | _grade(around))
    set_context(model, 4, row * values.shape[2] + column)
    set_context(model, 5, channel << 4 | sides)
    set_context(model, 6, channel * values.shape[1] + row)


@inlined
def _describe_sign(values: Any, model: Any, channel: int, row: int, column: int) -> None:
    """The contexts of a sign: those of its neighbours, and of the two channels before."""
    near = 3 * _sign(_at(values, channel, row, column - 1)) + _sign(_at(values, channel, row - 1, column))
    corners = 3 * _sign(_at(values, channel, row - 1, column - 1)) + _sign(_at(values, channel, row - 1, column + 1))
    before = 3 * _sign(_at(values, channel - 1, row, column)) + _sign(_at(values, channel - 2, row, column))
    set_context(model, 0, channel)
    set_context(model, 1, 9 * channel + near)
    set_context(model, 2, 9 * corners + near)
    set_context(model, 3, 9 * channel + before)
    set_context(model, 4, 9 * before + near)
    set_context(model, 5, channel * values.shape[2] + column)
    set_context(model, 6, channel * values.shape[1] + row)


@compiled
def _at(values: Any, channel: int, row: int, column: int) -> Any:
    """An integer before the present one; 0 outside the array."""
    inside = channel >= 0 and row >= 0 and 0 <= column < values.shape[2]
    return np.int64(values[channel, row, column]) if inside else np.int64(0)


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
