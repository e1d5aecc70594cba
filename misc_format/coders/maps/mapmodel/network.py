"""The networks of the map model (clause 7.5): two integer layers, and a third that adapts within the file."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.system.compiled import inlined
from misc_format.system.products import multiply
from misc_format.system.vectors import LANES, differences, lowest_bit

MAX_ELEMENT = (1 << 12) - 1  # of an element between layers; seven fractional bits
FIRST_SHIFT, SECOND_SHIFT, THIRD_SHIFT = 5, 10, 15
LEARNING_SHIFT = 25
LOGIT_ENTRIES = 8192
CONSTANT = 128  # 1.0 as an element between layers


class Weights(NamedTuple):
    """The weights of a network, as they are before the first pixel of a file. Read-only, and shared by all coding runs."""

    first: NDArray[np.int16]  # (inputs, hidden)
    first_bias: NDArray[np.int32]
    second: NDArray[np.int16]  # (experts, hidden)
    second_bias: NDArray[np.int32]
    third: NDArray[np.int64]  # (experts + 1,); the last is the weight of the constant
    logistic: NDArray[np.int32]  # (LOGIT_ENTRIES,): frequency of 1


class Workspace(NamedTuple):
    """What one coding run changes: the third layer, which adapts within a file, and what the network computes for a pixel."""

    third: NDArray[np.int64]  # (experts + 1,)
    inputs: NDArray[np.int16]  # behind them and behind `added` are zeros up to a multiple of LANES
    hidden: NDArray[np.int32]  # the sums of the first layer, for the inputs `added`
    added: NDArray[np.int16]
    places: NDArray[np.int64]  # of the inputs that differ from `added`
    changes: NDArray[np.int32]  # of these inputs
    active: NDArray[np.int16]  # (1, hidden): the elements between the layers
    sums: NDArray[np.int32]  # (1, experts): of the second layer
    experts: NDArray[np.int32]  # (experts + 1,); the last is the constant 1.0


def workspace(weights: Weights) -> Workspace:
    """A workspace for a network of these weights, before the first pixel of a file."""
    inputs, hidden = weights.first.shape
    room = np.zeros((2, inputs + -inputs % LANES), np.int16)
    return Workspace(
        weights.third.copy(),
        room[0, :inputs],
        weights.first_bias.copy(),
        room[1, :inputs],
        np.zeros(inputs + 3, np.int64),
        np.zeros(inputs + 3, np.int32),
        np.zeros((1, hidden), np.int16),
        np.zeros((1, len(weights.second)), np.int32),
        np.full(len(weights.third), CONSTANT, np.int32),
    )


@inlined
def first_layer(weights: Any, work: Any) -> None:
    """The sums of the first layer, from those of the pixel before: few inputs change. Four changes are added at a time, for speed."""
    first, hidden, places, changes = weights.first, work.hidden, work.places, work.changes
    count = 0
    for start in range(0, work.inputs.shape[0], LANES):
        differ: Any = differences(work.inputs, work.added, start)
        while differ:
            i = start + lowest_bit(differ)
            differ &= differ - 1
            places[count] = i
            changes[count] = work.inputs[i] - work.added[i]
            work.added[i] = work.inputs[i]
            count += 1
    for k in range(count, count + -count % 4):
        places[k] = 0
        changes[k] = 0
    for k in range(0, count, 4):
        a, b, c, d = places[k], places[k + 1], places[k + 2], places[k + 3]
        e, f, g, j = changes[k], changes[k + 1], changes[k + 2], changes[k + 3]
        for h in range(hidden.shape[0]):
            near = np.int32(first[a, h]) * e + np.int32(first[b, h]) * f
            hidden[h] += near + np.int32(first[c, h]) * g + np.int32(first[d, h]) * j


@inlined
def predict(weights: Any, work: Any) -> int:
    """The frequency of 1, of 2^24, for the workspace's inputs."""
    experts, third = work.experts, work.third
    first_layer(weights, work)
    for h in range(work.hidden.shape[0]):
        work.active[0, h] = max(0, min(work.hidden[h] >> FIRST_SHIFT, MAX_ELEMENT))
    multiply(weights.second, work.active, 1, work.sums)
    count = experts.shape[0] - 1
    logit = np.int64(0)
    for o in range(count):
        total: Any = work.sums[0, o] + weights.second_bias[o]
        experts[o] = max(0, min(total >> SECOND_SHIFT, MAX_ELEMENT))
        logit += third[o] * experts[o]
    logit += third[count] * experts[count]
    place = (logit >> THIRD_SHIFT) + LOGIT_ENTRIES // 2
    ones: int = weights.logistic[max(0, min(place, LOGIT_ENTRIES - 1))]
    return ones


@inlined
def learn(work: Any, bit: int, ones: int) -> None:
    """Move the third layer towards the bit that was coded. `ones` is the frequency of 1 that `predict` gave for it."""
    error = (np.int64(bit) << 24) - ones
    for o in range(work.experts.shape[0]):
        work.third[o] += (error * work.experts[o] + (1 << (LEARNING_SHIFT - 1))) >> LEARNING_SHIFT
