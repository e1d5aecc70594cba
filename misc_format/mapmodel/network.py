"""The networks of the map model (clause 7.5): two integer layers, and a third that adapts within the file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.compiled import compiled

MOST = (1 << 12) - 1  # of an element between layers: seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 5, 10, 15
LEARNING_SHIFT = 25
LOGIT_ENTRIES = 8192


class Network(NamedTuple):
    """Weights and what they make on the way. `third` (int64) is a copy that adapts; its last element belongs to the constant."""

    first: NDArray[np.int16]  # (inputs, hidden)
    first_bias: NDArray[np.int32]
    second: NDArray[np.int16]  # (hidden, experts)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int64]  # (experts + 1,)
    logistic: NDArray[np.int32]  # (LOGIT_ENTRIES,): frequency of 1
    inputs: NDArray[np.int16]
    hidden: NDArray[np.int32]
    experts: NDArray[np.int32]  # (experts + 1,), the last is 1.0


@compiled
def predict(net: Any) -> int:
    """The frequency of 1 for the network's inputs."""
    hidden, experts = net.hidden, net.experts
    for h in range(hidden.shape[0]):
        hidden[h] = net.first_bias[h]
    for i in range(net.inputs.shape[0]):
        value = np.int32(net.inputs[i])
        if value == 1:
            for h in range(hidden.shape[0]):
                hidden[h] += np.int32(net.first[i, h])
        elif value != 0:
            for h in range(hidden.shape[0]):
                hidden[h] += np.int32(net.first[i, h]) * value
    count = experts.shape[0] - 1
    for o in range(count):
        experts[o] = net.second_bias[o]
    for h in range(hidden.shape[0]):
        active: Any = min(hidden[h] >> FIRST_SHIFT, MOST)
        if active > 0:
            for o in range(count):
                experts[o] += np.int32(net.second[h, o]) * np.int32(active)
    logit = np.int64(0)
    for o in range(count):
        experts[o] = max(0, min(experts[o] >> SECOND_SHIFT, MOST))
        logit += net.third[o] * experts[o]
    logit += net.third[count] * experts[count]
    place = (logit >> THIRD_SHIFT) + LOGIT_ENTRIES // 2
    ones: int = net.logistic[max(0, min(place, LOGIT_ENTRIES - 1))]
    return ones


@compiled
def learn(net: Any, bit: int, ones: int) -> None:
    """Move the third layer towards the bit that came."""
    error = (np.int64(bit) << 24) - ones
    for o in range(net.experts.shape[0]):
        net.third[o] += (error * net.experts[o] + (1 << (LEARNING_SHIFT - 1))) >> LEARNING_SHIFT
