"""Codes under the frequencies of a table, in machine code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy.rangesteps import ONE, PRECISION, code_span, quantile
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled


def walk(coder: Coder, values: NDArray[np.uint32], below: NDArray[np.int64]) -> bool:
    """Code numbers under a table. `below`: the sum of the frequencies before each number, and of all.

    Returns False if the codeword fits no symbol.
    """
    coder.reserve(values.size)
    return bool(_walk(values, below, coder.state, coder.words, coder.decoding, coder.cost))


@compiled
def _walk(values: Any, below: Any, state: Any, words: Any, decoding: bool, cost: Any) -> bool:
    for i in range(values.shape[0]):
        value = np.int64(values[i])
        if decoding:
            place = quantile(state)
            if place >= ONE:
                return False
            value = np.searchsorted(below, place, "right") - 1
            values[i] = value
        frequency = below[value + 1] - below[value]
        code_span(state, words, decoding, below[value], frequency)
        cost[0] += PRECISION - np.log2(frequency)
    return True
