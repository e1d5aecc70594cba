"""The networks of the grid model and the distribution they give (clause 8.4), in machine code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.gridmodel.context import edge
from misc_format.system.compiled import compiled

PARTS = 3  # logistic distributions that a sample's distribution is mixed from
OUTPUTS = 3 * PARTS - 1
MOST = (1 << 12) - 1  # of an element between layers: seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 9, 10, 9
LOGISTIC_ENTRIES = 8192
EXP2_ENTRIES = 64
# An output is in 1024ths: a place of 1024 16ths of a unit; two octaves of scale, the middle 2^7 16ths; the logit of a share.
SCALE_SHIFT, SCALE_MIDDLE, LEAST_SCALE, MOST_SCALE = 3, 7 * EXP2_ENTRIES, 1 * EXP2_ENTRIES, 13 * EXP2_ENTRIES
LOGIT_SHIFT = 2
PRECISION = 24
ONE = 1 << PRECISION


class Network(NamedTuple):
    """Weights, int16, and biases, int32, of three layers; the tables; and what they make on the way."""

    first: NDArray[np.int16]  # (inputs, hidden)
    first_bias: NDArray[np.int32]
    second: NDArray[np.int16]  # (hidden, hidden2)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int16]  # (hidden2, OUTPUTS)
    third_bias: NDArray[np.int32]
    logistic: NDArray[np.int64]  # (LOGISTIC_ENTRIES,)
    exp2: NDArray[np.int64]  # (EXP2_ENTRIES,)
    inputs: NDArray[np.int16]
    hidden: NDArray[np.int32]
    hidden2: NDArray[np.int32]
    outputs: NDArray[np.int32]
    mixture: NDArray[np.int64]  # (4, PARTS): place, factor, shift, share of each part


@compiled
def _layer(inputs: Any, weights: Any, bias: Any, outputs: Any) -> None:
    """The sums of a layer, below 2^31."""
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
        values[i] = max(0, min(values[i] >> shift, MOST))


@compiled
def predict(net: Any) -> None:
    """Fill in the mixture for the network's inputs."""
    _layer(net.inputs, net.first, net.first_bias, net.hidden)
    _limit(net.hidden, FIRST_SHIFT)
    _layer(net.hidden, net.second, net.second_bias, net.hidden2)
    _limit(net.hidden2, SECOND_SHIFT)
    _layer(net.hidden2, net.third, net.third_bias, net.outputs)
    left = 1 << 16
    for k in range(PARTS):
        net.mixture[0, k] = net.outputs[k] >> THIRD_SHIFT
        scale = SCALE_MIDDLE + (net.outputs[PARTS + k] >> THIRD_SHIFT + SCALE_SHIFT)
        scale = max(LEAST_SCALE, min(scale, MOST_SCALE))
        net.mixture[1, k] = net.exp2[scale % EXP2_ENTRIES]
        net.mixture[2, k] = scale // EXP2_ENTRIES
        if k < PARTS - 1:
            logit = net.outputs[2 * PARTS + k] >> THIRD_SHIFT + LOGIT_SHIFT
            share = left * _logistic(net, logit) >> PRECISION
        else:
            share = left
        net.mixture[3, k] = share
        left -= share


@compiled
def _logistic(net: Any, logit: int) -> int:
    return int(net.logistic[max(0, min(logit + LOGISTIC_ENTRIES // 2, LOGISTIC_ENTRIES - 1))])


@compiled
def below(net: Any, level: int, most: int, middle: int) -> int:
    """The sum of the frequencies of all levels below this one, which may be one more than the most there are."""
    if level == 0:
        return 0
    if level > most:
        return ONE
    place = edge(level, most) - 16 * middle
    mixed = 0
    for k in range(PARTS):
        logit = (place - net.mixture[0, k]) * net.mixture[1, k] >> 8 + net.mixture[2, k]
        mixed += net.mixture[3, k] * _logistic(net, logit)
    return level + ((mixed >> 16) * (ONE - most - 1) >> PRECISION)
