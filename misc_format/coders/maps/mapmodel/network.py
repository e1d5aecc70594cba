"""The networks of the map model (clause 7.5): two integer layers, and a third that adapts within the file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.system.compiled import compiled

MAX_ELEMENT = (1 << 12) - 1  # of an element between layers; seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 5, 10, 15
LEARNING_SHIFT = 25
LOGIT_ENTRIES = 8192
CONSTANT = 128  # 1.0 as an element between layers


class Weights(NamedTuple):
    """The weights of a network, as they are before the first pixel of a file. Read-only, and shared by all coding runs."""

    bits: int  # the first inputs, so many, are 0 or 1
    first: NDArray[np.int16]  # (inputs + 1, hidden); the last row is zeros
    first_bias: NDArray[np.int32]
    all_bits: NDArray[np.int32]  # first_bias plus the weights of all bits
    second: NDArray[np.int16]  # (hidden, experts)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int64]  # (experts + 1,); the last is the weight of the constant
    logistic: NDArray[np.int32]  # (LOGIT_ENTRIES,): frequency of 1


class Workspace(NamedTuple):
    """What one coding run changes: the third layer, which adapts within a file, and what the network computes for a pixel."""

    third: NDArray[np.int64]  # (experts + 1,)
    inputs: NDArray[np.int16]  # (inputs + 1,); the last is 0
    places: NDArray[np.int64]  # of the inputs that are added
    hidden: NDArray[np.int32]
    experts: NDArray[np.int32]  # (experts + 1,); the last is the constant 1.0


def workspace(weights: Weights) -> Workspace:
    """A workspace for a network of these weights, before the first pixel of a file."""
    inputs, hidden = weights.first.shape
    return Workspace(
        weights.third.copy(),
        np.zeros(inputs, np.int16),
        np.zeros(inputs + 3, np.int64),
        np.zeros(hidden, np.int32),
        np.full(len(weights.third), CONSTANT, np.int32),
    )


@compiled
def first_layer(weights: Any, work: Any) -> None:
    """The sums of the first layer. Where more than half of the bits are 1, the sums of all bits less those of the bits that are 0."""
    hidden, inputs, places = work.hidden, work.inputs, work.places
    bits = 0
    for i in range(weights.bits):
        bits += inputs[i]
    mostly_ones = 2 * bits > weights.bits
    count = 0
    for i in range(weights.bits):
        if (inputs[i] == 0) == mostly_ones:
            places[count] = i
            count += 1
    for h in range(hidden.shape[0]):
        hidden[h] = weights.all_bits[h] if mostly_ones else weights.first_bias[h]
    _add(weights, work, count, -1 if mostly_ones else 1)
    count = 0
    for i in range(weights.bits, inputs.shape[0] - 1):
        if inputs[i] != 0:
            places[count] = i
            count += 1
    _add(weights, work, count, 0)


@compiled
def _add(weights: Any, work: Any, count: int, factor: int) -> None:
    """Add the weights of the inputs at the first `count` places, times `factor`, or times the inputs if `factor` is 0.

    Four inputs are added at a time, for speed.
    """
    first, hidden, inputs, places = weights.first, work.hidden, work.inputs, work.places
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
def predict(weights: Any, work: Any) -> int:
    """The frequency of 1, of 2^24, for the workspace's inputs."""
    hidden, experts, third = work.hidden, work.experts, work.third
    first_layer(weights, work)
    count = experts.shape[0] - 1
    for o in range(count):
        experts[o] = weights.second_bias[o]
    for h in range(hidden.shape[0]):
        active: Any = min(hidden[h] >> FIRST_SHIFT, MAX_ELEMENT)
        if active > 0:
            for o in range(count):
                experts[o] += np.int32(weights.second[h, o]) * np.int32(active)
    logit = np.int64(0)
    for o in range(count):
        experts[o] = max(0, min(experts[o] >> SECOND_SHIFT, MAX_ELEMENT))
        logit += third[o] * experts[o]
    logit += third[count] * experts[count]
    place = (logit >> THIRD_SHIFT) + LOGIT_ENTRIES // 2
    ones: int = weights.logistic[max(0, min(place, LOGIT_ENTRIES - 1))]
    return ones


@compiled
def learn(work: Any, bit: int, ones: int) -> None:
    """Move the third layer towards the bit that was coded. `ones` is the frequency of 1 that `predict` gave for it."""
    error = (np.int64(bit) << 24) - ones
    for o in range(work.experts.shape[0]):
        work.third[o] += (error * work.experts[o] + (1 << (LEARNING_SHIFT - 1))) >> LEARNING_SHIFT
