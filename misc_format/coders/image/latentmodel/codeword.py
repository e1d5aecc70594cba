"""The symbols of latents (clause 9.4) in machine code. Importing this module imports numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import ALPHABET, ESCAPE, LARGEST, MAX_ESCAPE_BITS
from misc_format.entropy.rangesteps import HALF, ONE, PRECISION, code_span, quantile
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled


def walk(coder: Coder, values: NDArray[np.int32], scales: NDArray[np.uint8], below: NDArray[np.int64]) -> bool:
    """Code values (count,) under their scales: all symbols, then what follows each escape. A value of scale 0 is left as it is.

    `below` (scales, ALPHABET + 1): the sum of the frequencies before each symbol. Returns False if the codeword fits no symbol.
    """
    coder.reserve(values.size)
    fits, escapes = _walk_symbols(values, scales, below, coder.state, coder.words, coder.decoding, coder.cost)
    if not fits or not escapes:
        return bool(fits)
    coder.reserve(2 * (MAX_ESCAPE_BITS + 1) * int(escapes))
    return bool(_walk_escapes(values, scales, coder.state, coder.words, coder.decoding, coder.cost))


@compiled
def _walk_symbols(
    values: Any, scales: Any, below: Any, state: Any, words: Any, decoding: bool, cost: Any
) -> tuple[bool, int]:
    """Code the symbols. A decoder leaves LARGEST + 1 where one is the escape. Also returns the number of escapes."""
    escapes = 0
    for i in range(values.shape[0]):
        scale = np.int64(scales[i])
        if scale == 0:
            continue
        if decoding:
            place = quantile(state)
            if place >= ONE:
                return False, escapes
            symbol, end = 0, ALPHABET
            while end - symbol > 1:
                middle = (symbol + end) >> 1
                if below[scale, middle] <= place:
                    symbol = middle
                else:
                    end = middle
            values[i] = symbol - LARGEST
        else:
            value = int(values[i])
            symbol = value + LARGEST if -LARGEST <= value <= LARGEST else ESCAPE
        if symbol == ESCAPE:
            escapes += 1
        frequency = below[scale, symbol + 1] - below[scale, symbol]
        code_span(state, words, decoding, below[scale, symbol], frequency)
        cost[0] += PRECISION - np.log2(frequency)
    return True, escapes


@compiled
def _walk_escapes(values: Any, scales: Any, state: Any, words: Any, decoding: bool, cost: Any) -> bool:
    """Code the magnitude above LARGEST and the sign of each escaped value: an Elias gamma code of halves, then the sign."""
    for i in range(values.shape[0]):
        value = int(values[i])
        if scales[i] == 0 or -LARGEST <= value <= LARGEST:
            continue
        number = abs(value) - LARGEST
        length = 0
        while number >> (length + 1):
            length += 1
        count = 0
        while count < MAX_ESCAPE_BITS:
            bit = _half(state, words, decoding, 1 if count < length else 0)
            if bit < 0:
                return False
            if bit == 0:
                break
            count += 1
        coded = 1
        for shift in range(count - 1, -1, -1):
            bit = _half(state, words, decoding, number >> shift & 1)
            if bit < 0:
                return False
            coded = 2 * coded + bit
        sign = _half(state, words, decoding, 1 if value < 0 else 0)
        if sign < 0:
            return False
        if decoding:
            values[i] = -(coded + LARGEST) if sign else coded + LARGEST
        cost[0] += count + min(count + 1, MAX_ESCAPE_BITS) + 1
    return True


@compiled
def _half(state: Any, words: Any, decoding: bool, bit: int) -> int:
    """Code a bit of two equal frequencies. Returns it, or -1 if the codeword fits no symbol."""
    if decoding:
        place = quantile(state)
        if place >= ONE:
            return -1
        bit = 1 if place >= HALF else 0
    code_span(state, words, decoding, HALF * bit, HALF)
    return bit
