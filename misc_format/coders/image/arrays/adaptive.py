"""Codes under the frequencies of those before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.arrays.counts import code_symbol, counts
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled


def walk(coder: Coder, values: NDArray[np.uint32], alphabet: int) -> bool:
    """Code numbers below `alphabet`, 2 to 2^16. Returns False if the codeword fits no symbol."""
    coder.reserve(values.size)
    return bool(_walk(values, counts(alphabet), coder.state, coder.words, coder.decoding, coder.cost))


@compiled
def _walk(values: Any, counted: Any, state: Any, words: Any, decoding: bool, cost: Any) -> bool:
    for i in range(values.shape[0]):
        value = code_symbol(counted, np.int64(values[i]), state, words, decoding, cost)
        if value < 0:
            return False
        values[i] = value
    return True
