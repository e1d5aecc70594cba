"""Sets of indices of one size: each index is in the set or not, under the exact frequency of those that are left."""

from __future__ import annotations

from math import lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy.rangesteps import decide_under_total
from misc_format.entropy.stepcoder import Coder
from misc_format.system.compiled import compiled


def walk(coder: Coder, values: NDArray[np.uint32], alphabet: int) -> bool:
    """Code sets of indices below `alphabet`, 2 to 2^24: the rows, each strictly ascending, of 1 to `alphabet` indices.

    Returns False if the codeword does not fit. A set takes up to `alphabet` decisions; the caller bounds them.
    """
    if not coder.fits:
        return False
    sets, size = values.shape
    coder.reserve(sets * (alphabet + 1) // 24 + 2)  # a set takes at most as many bits as there are indices
    _walk(values, alphabet, coder.state, coder.words, coder.decoding)
    subsets = lgamma(alphabet + 1) - lgamma(size + 1) - lgamma(alphabet - size + 1)
    coder.cost[0] += sets * subsets / log(2)
    return True


@compiled
def _walk(values: Any, alphabet: int, state: Any, words: Any, decoding: bool) -> None:
    sets, size = values.shape
    for row in range(sets):
        index = 0
        for place in range(size):
            left = size - place
            while left < alphabet - index:
                inside = 1 if np.int64(values[row, place]) == index else 0
                if decide_under_total(state, words, decoding, inside, left, alphabet - index):
                    break
                index += 1
            values[row, place] = index
            index += 1
