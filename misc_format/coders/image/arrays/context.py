"""Codes in the context of those around them: is it the one to the left, is it the one above, and else its binary digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy.mixing import LINE, LINE_BITS, decide, decide_alone, mixture, set_context
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled, inlined

CONTEXTS = 6
MIXED = 8  # digits; those behind them have the probability of one context
COMMON = 0  # this one, which is the same for all codes
ABOVE, LEFT = 0, LINE  # nodes; that of a digit is made of those before it
DIGITS = 2  # sets of weights before those of digits
PLACES_PER_CALL = 1 << 14  # bounds the memory for the codeword's words


def walk(coder: Coder, values: NDArray[np.uint32], alphabet: int) -> bool:
    """Code numbers (planes, rows, columns) below `alphabet`, 2 to 2^16. Returns False if the codeword does not fit."""
    if not coder.fits:
        return False
    bits = (alphabet - 1).bit_length()
    model = mixture(CONTEXTS, DIGITS + MIXED, LINE << bits)
    for begin in range(0, values.size, PLACES_PER_CALL):
        end = min(begin + PLACES_PER_CALL, values.size)
        coder.reserve((end - begin) * (DIGITS + bits))
        if not _walk(values, begin, end, alphabet, bits, model, coder.state, coder.words, coder.decoding, coder.cost):
            coder.is_direct = False
    return True


@compiled
def _walk(
    values: Any, begin: int, end: int, alphabet: int, bits: int,
    model: Any, state: Any, words: Any, decoding: bool, cost: Any,
) -> bool:  # fmt: skip
    """Code the numbers from `begin` to before `end`. Returns False if digits spelled a code that is the one to the left or above."""
    columns, is_direct = values.shape[2], True
    for place in range(begin, end):
        plane, within = divmod(place, values.shape[1] * columns)
        row, column = divmod(within, columns)
        value = np.int64(values[plane, row, column])
        left, above = _describe(values, model, plane, row, column, alphabet)
        if decide(model, 0, LEFT, 1 if value == left else 0, state, words, decoding, cost):
            value = left
        elif left != above and decide(model, 1, ABOVE, 1 if value == above else 0, state, words, decoding, cost):
            value = above
        else:
            set_context(model, COMMON, 0)
            value = _code_digits(value, alphabet, bits, model, state, words, decoding, cost)
            is_direct = is_direct and value not in (left, above)
        values[plane, row, column] = value
    return is_direct


@inlined
def _code_digits(
    value: Any, alphabet: int, bits: int, model: Any, state: Any, words: Any, decoding: bool, cost: Any
) -> Any:
    """Code the binary digits of a number below `alphabet`; returns it. A digit that has to be 0 is not coded."""
    coded, line, inner = np.int64(0), 1, 1
    for place in range(bits):
        shift = bits - 1 - place
        digit: Any = 0
        if (2 * coded + 1) << shift < alphabet:
            digit = (value >> shift) & 1
            node = line << LINE_BITS | inner
            if place < MIXED:
                digit = decide(model, DIGITS + place, node, digit, state, words, decoding, cost)
            else:
                digit = decide_alone(model, COMMON, node, digit, state, words, decoding, cost)
        coded = 2 * coded + digit
        inner = 2 * inner + digit
        if inner >= LINE:  # the next digits have a line of their own
            line, inner = (1 << (place + 1)) + coded, 1
    return coded


@inlined
def _describe(values: Any, model: Any, plane: int, row: int, column: int, alphabet: int) -> tuple[Any, Any]:
    """Set the contexts of a code; returns the ones to its left and above it."""
    above = np.int64(values[plane, row - 1, column]) if row else np.int64(0)
    left = np.int64(values[plane, row, column - 1]) if column else above
    if not row:
        above = left
    corner = np.int64(values[plane, row - 1, column - 1]) if row and column else above
    other = np.int64(values[plane, row - 1, column + 1]) if row and column + 1 < values.shape[2] else above
    before = np.int64(values[plane - 1, row, column]) + 1 if plane else np.int64(0)
    pair = left * alphabet + above
    alike = (left == above) | (above == corner) << 1 | (above == other) << 2 | (left == corner) << 3
    set_context(model, COMMON, alike)
    set_context(model, 1, left)
    set_context(model, 2, above)
    set_context(model, 3, pair)
    set_context(model, 4, (pair * alphabet + corner) * alphabet + other)
    set_context(model, 5, before)
    return left, above
