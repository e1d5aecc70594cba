"""The networks of the map model (clause 7.5): two integer layers, and a third that adapts within the file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.system.compiled import compiled

MOST = (1 << 12) - 1  # of an element between layers: seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 5, 10, 15
LEARNING_SHIFT = 25
LOGIT_ENTRIES = 8192


class Network(NamedTuple):
    """Weights and what they make on the way. `third` (int64) is a copy that adapts; its last element belongs to the constant."""

    bits: int  # the first inputs are so many of 0 or 1
    first: NDArray[np.int16]  # (inputs + 1, hidden): a row of zeros behind the others
    first_bias: NDArray[np.int32]
    all_bits: NDArray[np.int32]  # first_bias and the weights of all bits
    second: NDArray[np.int16]  # (hidden, experts)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int64]  # (experts + 1,)
    logistic: NDArray[np.int32]  # (LOGIT_ENTRIES,): frequency of 1
    inputs: NDArray[np.int16]  # one of zero behind the others
    places: NDArray[np.int64]  # of the inputs that are added
    hidden: NDArray[np.int32]
    experts: NDArray[np.int32]  # (experts + 1,), the last is 1.0


@compiled
def first_layer(net: Any) -> None:
    """The sums of the first layer; where most bits are one, those of all bits less those that are zero."""
    hidden, inputs, places = net.hidden, net.inputs, net.places
    bits = 0
    for i in range(net.bits):
        bits += inputs[i]
    most = 2 * bits > net.bits
    few = 0
    for i in range(net.bits):
        if (inputs[i] == 0) == most:
            places[few] = i
            few += 1
    for h in range(hidden.shape[0]):
        hidden[h] = net.all_bits[h] if most else net.first_bias[h]
    _add(net, few, -1 if most else 1)
    count = 0
    for i in range(net.bits, inputs.shape[0] - 1):
        if inputs[i] != 0:
            places[count] = i
            count += 1
    _add(net, count, 0)


@compiled
def _add(net: Any, count: int, factor: int) -> None:
    """Add the inputs at the first places times `factor`, or, if it is 0, times their values; four at a time, for speed."""
    first, hidden, inputs, places = net.first, net.hidden, net.inputs, net.places
    for k in range(count, count + -count % 4):
        places[k] = inputs.shape[0] - 1
    for k in range(0, count, 4):
        a, b, c, d = places[k], places[k + 1], places[k + 2], places[k + 3]
        if factor:
            for h in range(hidden.shape[0]):
                sums = np.int32(first[a, h]) + np.int32(first[b, h]) + np.int32(first[c, h]) + np.int32(first[d, h])
                hidden[h] += np.int32(sums) * np.int32(factor)
        else:
            e, f, g, j = np.int32(inputs[a]), np.int32(inputs[b]), np.int32(inputs[c]), np.int32(inputs[d])
            for h in range(hidden.shape[0]):
                near = np.int32(first[a, h]) * e + np.int32(first[b, h]) * f
                hidden[h] += near + np.int32(first[c, h]) * g + np.int32(first[d, h]) * j


@compiled
def predict(net: Any) -> int:
    """The frequency of 1 for the network's inputs."""
    hidden, experts = net.hidden, net.experts
    first_layer(net)
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
