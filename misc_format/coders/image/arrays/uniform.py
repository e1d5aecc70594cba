"""Codes of which all are equally likely, and numbers that are coded so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy.rangesteps import ONE, code_under_total, quantile_of
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled

DIGIT_BITS = 16  # of a number below more than 2^24, its last so many bits are a symbol of their own
DIGIT = 1 << DIGIT_BITS
NONE = -1  # the codeword fits no symbol


def walk(coder: Coder, values: NDArray[np.uint32], alphabet: int) -> bool:
    """Code numbers below `alphabet`, 2 to 2^32. Returns False if the codeword fits no symbol."""
    coder.reserve(values.size * ((alphabet - 1).bit_length() + 1) // 24 + 2)  # no symbol reserves less than 24 bits
    return bool(_walk(values, alphabet, coder.state, coder.words, coder.decoding, coder.cost))


@compiled
def _walk(values: Any, alphabet: int, state: Any, words: Any, decoding: bool, cost: Any) -> bool:
    for i in range(values.shape[0]):
        value = code_number(state, words, decoding, np.int64(values[i]), alphabet, cost)
        if value < 0:
            return False
        values[i] = value
    return True


@compiled
def code_number(state: Any, words: Any, decoding: bool, value: Any, count: Any, cost: Any) -> int:
    """Code a number below `count`, 1 to 2^32; returns it, or NONE if the codeword fits no symbol."""
    if count <= ONE:
        return int(code_digit(state, words, decoding, value, count, cost))
    last = (count - 1) >> DIGIT_BITS
    high = code_digit(state, words, decoding, value >> DIGIT_BITS, last + 1, cost)
    if high < 0:
        return NONE
    digits = ((count - 1) & (DIGIT - 1)) + 1 if high == last else DIGIT
    low = code_digit(state, words, decoding, value & (DIGIT - 1), digits, cost)
    return NONE if low < 0 else high << DIGIT_BITS | low


@compiled
def code_digit(state: Any, words: Any, decoding: bool, value: Any, count: int, cost: Any) -> int:
    """Code a number below `count`, 1 to 2^24, as one symbol; returns it, or NONE if the codeword fits no symbol."""
    if decoding:
        value = quantile_of(state, count)
        if value >= count:
            return NONE
    code_under_total(state, words, decoding, value, 1, count)
    cost[0] += np.log2(count)
    return int(value)
