"""The walk over a plane of a grid (clause 8.2), in machine code."""

from __future__ import annotations

from typing import Any

import numpy as np

from misc_format.coders.image.gridmodel.context import describe, middle, settle, unit
from misc_format.coders.image.gridmodel.network import ONE, PRECISION, below, predict
from misc_format.entropy.rangesteps import code_span, quantile
from misc_format.system.compiled import compiled


@compiled
def walk(
    levels: Any, depth: int, plane: int, values: Any, errors: Any, sums: Any,
    net: Any, state: Any, words: Any, decoding: bool, cost: Any,
) -> bool:  # fmt: skip
    """Code the samples of a plane; False where a codeword fits no symbol.

    `levels` (uint8, rows x columns) are read or filled.
    """
    most = (1 << depth) - 1
    for row in range(levels.shape[0]):
        for column in range(levels.shape[1]):
            base = describe(net.inputs, values, errors, sums, plane, row, column, depth)
            predict(net)
            place = middle(values, plane, row, column, base)
            level = int(levels[row, column])
            if decoding:
                wanted = quantile(state)
                if wanted >= ONE:
                    return False
                level = _find(net, wanted, most, place)
            start = below(net, level, most, place)
            frequency = below(net, level + 1, most, place) - start
            code_span(state, words, decoding, start, frequency)
            cost[0] += PRECISION - np.log2(frequency)
            levels[row, column] = level
            settle(values, errors, sums, plane, row, column, base, unit(level, most))
    return True


@compiled
def _find(net: Any, wanted: int, most: int, place: int) -> int:
    """The level within whose frequencies this is, by halving."""
    low, high = 0, most + 1
    while high - low > 1:
        half = (low + high) >> 1
        if below(net, half, most, place) <= wanted:
            low = half
        else:
            high = half
    return low
