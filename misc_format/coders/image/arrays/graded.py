"""Numbers whose length in bits is coded under the frequencies of those before, and so is the digit behind the leading one.

The digits behind it are equally likely. This suits seeds and sparse indices, of which small numbers are the likely ones, as under Zipf's
law: all lengths are about equally likely then, which is why it takes many numbers to move their frequencies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.arrays.counts import code_symbol, counts
from misc_format.coders.image.arrays.uniform import NONE, code_number
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled

START = 16  # the frequency of each length and digit before the first number


def walk(coder: Coder, values: NDArray[np.uint32], alphabet: int) -> bool:
    """Code numbers below `alphabet`, 2 to 2^32. Returns False if the codeword fits no symbol."""
    coder.reserve(4 * values.size)
    lengths, digits = counts((alphabet - 1).bit_length() + 1, START), counts(2, START)
    return bool(_walk(values, alphabet, lengths, digits, coder.state, coder.words, coder.decoding, coder.cost))


@compiled
def _walk(
    values: Any, alphabet: int, lengths: Any, digits: Any, state: Any, words: Any, decoding: bool, cost: Any
) -> bool:
    for i in range(values.shape[0]):
        value = _code(np.int64(values[i]), alphabet, lengths, digits, state, words, decoding, cost)
        if value < 0:
            return False
        values[i] = value
    return True


@compiled
def _code(
    value: Any, alphabet: int, lengths: Any, digits: Any, state: Any, words: Any, decoding: bool, cost: Any
) -> int:
    """Code a number; returns it, or NONE if the codeword fits no symbol."""
    length = code_symbol(lengths, _bits(value), state, words, decoding, cost)
    if length < 2:
        return length
    # How many numbers of this length have the same digit behind the leading one.
    half: Any = np.int64(1) << (length - 2)
    digit = 0
    if alphabet > 3 * half:  # else there are none with the digit 1
        digit = code_symbol(digits, (value >> (length - 2)) & 1, state, words, decoding, cost)
        if digit < 0:
            return NONE
    least: Any = (2 + digit) * half
    rest = code_number(state, words, decoding, value - least, min(half, alphabet - least), cost)
    return NONE if rest < 0 else int(least + rest)


@compiled
def _bits(value: int) -> int:
    """The number of binary digits."""
    length = 0
    while value >> length:
        length += 1
    return length
