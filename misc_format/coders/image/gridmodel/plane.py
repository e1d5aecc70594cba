"""The coding of a plane of a grid (clause 8.2), in machine code."""

from __future__ import annotations

from typing import Any

import numpy as np

from misc_format.coders.image.gridmodel.context import centre, describe, settle, unit
from misc_format.coders.image.gridmodel.network import ONE, PRECISION, frequency_below, predict
from misc_format.entropy.rangesteps import code_span, quantile
from misc_format.system.compiled import compiled


@compiled
def walk(
    levels: Any, depth: int, plane: int, values: Any, errors: Any, sums: Any,
    weights: Any, work: Any, state: Any, words: Any, decoding: bool, cost: Any,
) -> bool:  # fmt: skip
    """Code the samples of a plane, row by row. Returns False if the codeword fits no symbol.

    `levels` (uint8, rows x columns) are read by an encoder and filled by a decoder. `values`, `errors` and `sums` are as in `context`.
    `weights` and `work` are the plane's network and its workspace; `state` and `words` are those of the range coder. The information
    content is added to `cost[0]`, in bits.
    """
    max_level = (1 << depth) - 1
    for row in range(levels.shape[0]):
        for column in range(levels.shape[1]):
            base = describe(work.inputs, values, errors, sums, plane, row, column, depth)
            predict(weights, work)
            centre_value = centre(values, plane, row, column, base)
            level = int(levels[row, column])
            if decoding:
                target = quantile(state)
                if target >= ONE:
                    return False
                level = _level_at(weights.logistic, work.mixture, target, max_level, centre_value)
            start = frequency_below(weights.logistic, work.mixture, level, max_level, centre_value)
            frequency = frequency_below(weights.logistic, work.mixture, level + 1, max_level, centre_value) - start
            code_span(state, words, decoding, start, frequency)
            cost[0] += PRECISION - np.log2(frequency)
            levels[row, column] = level
            settle(values, errors, sums, plane, row, column, base, unit(level, max_level))
    return True


@compiled
def _level_at(logistic: Any, mixture: Any, target: int, max_level: int, centre_value: int) -> int:
    """The level whose span of frequencies holds `target`, by bisection."""
    low, high = 0, max_level + 1
    while high - low > 1:
        half = (low + high) >> 1
        if frequency_below(logistic, mixture, half, max_level, centre_value) <= target:
            low = half
        else:
            high = half
    return low
