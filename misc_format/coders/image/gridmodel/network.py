"""The networks of the grid model and their distributions (clause 8.4), in machine code.

A sample has a mixture of logistic distributions. As in the clause, each has a place (its location), a scale and a share (its weight).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.gridmodel.context import edge
from misc_format.system.compiled import compiled

PARTS = 3  # logistic distributions in the mixture of a sample
OUTPUTS = 3 * PARTS - 1
MAX_ELEMENT = (1 << 12) - 1  # largest value between layers; seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 9, 10, 9
LOGISTIC_ENTRIES = 8192
EXP2_ENTRIES = 64
# Outputs have 10 fractional bits. The output 1.0 of a place is 1024 / 16 units. The output 1.0 of a scale is two octaves, and 0 is
# 2^7 / 16 units. The output of a share is a logit.
SCALE_SHIFT, SCALE_MIDDLE, MIN_SCALE, MAX_SCALE = 3, 7 * EXP2_ENTRIES, 1 * EXP2_ENTRIES, 13 * EXP2_ENTRIES
LOGIT_SHIFT = 2
PRECISION = 24
ONE = 1 << PRECISION


class Weights(NamedTuple):
    """The weights and biases of three layers, and the tables of a model. Read-only, and shared by all coding runs."""

    first: NDArray[np.int16]  # (inputs, hidden)
    first_bias: NDArray[np.int32]
    second: NDArray[np.int16]  # (hidden, hidden2)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int16]  # (hidden2, OUTPUTS)
    third_bias: NDArray[np.int32]
    logistic: NDArray[np.int64]  # (LOGISTIC_ENTRIES,)
    exp2: NDArray[np.int64]  # (EXP2_ENTRIES,)


class Workspace(NamedTuple):
    """The arrays that a network computes for a sample. Each coding run has its own."""

    inputs: NDArray[np.int16]
    hidden: NDArray[np.int32]
    hidden2: NDArray[np.int32]
    outputs: NDArray[np.int32]
    mixture: NDArray[np.int64]  # (4, PARTS): place, factor, shift and share of each part


def workspace(weights: Weights) -> Workspace:
    """A workspace for a network of these weights."""
    inputs, hidden = weights.first.shape
    hidden2, outputs = weights.third.shape
    return Workspace(
        np.zeros(inputs, np.int16),
        np.zeros(hidden, np.int32),
        np.zeros(hidden2, np.int32),
        np.zeros(outputs, np.int32),
        np.zeros((4, PARTS), np.int64),
    )


@compiled
def _layer(inputs: Any, weights: Any, bias: Any, outputs: Any) -> None:
    """Write the sums of a layer, whose magnitudes are below 2^31, to `outputs`."""
    for o in range(outputs.shape[0]):
        outputs[o] = bias[o]
    for i in range(inputs.shape[0]):
        value = np.int32(inputs[i])
        if value != 0:
            for o in range(outputs.shape[0]):
                outputs[o] += np.int32(weights[i, o]) * value


@compiled
def _limit(values: Any, shift: int) -> None:
    for i in range(values.shape[0]):
        values[i] = max(0, min(values[i] >> shift, MAX_ELEMENT))


@compiled
def predict(weights: Any, work: Any) -> None:
    """Compute the mixture from the workspace's inputs."""
    _layer(work.inputs, weights.first, weights.first_bias, work.hidden)
    _limit(work.hidden, FIRST_SHIFT)
    _layer(work.hidden, weights.second, weights.second_bias, work.hidden2)
    _limit(work.hidden2, SECOND_SHIFT)
    _layer(work.hidden2, weights.third, weights.third_bias, work.outputs)
    outputs, mixture = work.outputs, work.mixture
    remainder = 1 << 16
    for k in range(PARTS):
        mixture[0, k] = outputs[k] >> THIRD_SHIFT
        scale = SCALE_MIDDLE + (outputs[PARTS + k] >> THIRD_SHIFT + SCALE_SHIFT)
        scale = max(MIN_SCALE, min(scale, MAX_SCALE))
        mixture[1, k] = weights.exp2[scale % EXP2_ENTRIES]
        mixture[2, k] = scale // EXP2_ENTRIES
        if k < PARTS - 1:
            logit = outputs[2 * PARTS + k] >> THIRD_SHIFT + LOGIT_SHIFT
            share = remainder * _logistic(weights.logistic, logit) >> PRECISION
        else:
            share = remainder
        mixture[3, k] = share
        remainder -= share


@compiled
def _logistic(table: Any, logit: int) -> int:
    return int(table[max(0, min(logit + LOGISTIC_ENTRIES // 2, LOGISTIC_ENTRIES - 1))])


@compiled
def frequency_below(logistic: Any, mixture: Any, level: int, max_level: int, centre: int) -> int:
    """The sum of the frequencies of all levels below this one, of 2^24. `level` is 0 to `max_level` + 1."""
    if level == 0:
        return 0
    if level > max_level:
        return ONE
    boundary = edge(level, max_level) - 16 * centre
    mixed = 0
    for k in range(PARTS):
        logit = (boundary - mixture[0, k]) * mixture[1, k] >> 8 + mixture[2, k]
        mixed += mixture[3, k] * _logistic(logistic, logit)
    return level + ((mixed >> 16) * (ONE - max_level - 1) >> PRECISION)
