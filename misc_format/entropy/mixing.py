"""A binary model that adapts: a decision's frequency is mixed from what was seen in several contexts, in machine code and whole numbers.

Each context of a decision has a slot in a table: the probability of 1, and how often it was used. The inputs of the mixture are the logits
of these probabilities, and its weights learn from each decision. Everything is defined in whole numbers, so that every machine computes
the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy.rangesteps import ONE, PRECISION, U24, decide_scaled
from misc_format.system.compiled import inlined

SLOT_BITS = 20  # of the number of slots
LINE_BITS = 4  # of the number of slots in a line: nodes that follow each other have their slots together
LINE = 1 << LINE_BITS
COUNT_BITS = 10  # of a slot: the count; the others are the probability
PROBABILITY_BITS = 22
COUNT_LIMIT = 127
RATE_BITS = 16
LOGITS = 4096  # logits go from 1 - LOGITS to LOGITS - 1, with eight fractional bits
STRETCH_BITS = 12  # of a probability, as the place of its logit in the table
LOGIT_SHIFT = np.uint32(PROBABILITY_BITS + COUNT_BITS - STRETCH_BITS)
WEIGHT_BITS = 16  # fractional bits of a weight
FIRST_WEIGHTS = 5 << 14  # the sum of the weights of a mixture before it learns: 1.25
LEARNING_SHIFT = 23
HASH = np.uint64(0x9E3779B97F4A7C15)
LINE_SHIFT = np.uint64(64 - SLOT_BITS + LINE_BITS)
COUNT_MASK = (1 << COUNT_BITS) - 1


class Mixture(NamedTuple):
    """The state of a model, and its tables, which are the same for all models."""

    lines: int  # of slots, that each context has
    slots: NDArray[np.uint32]  # (2^SLOT_BITS,): probability, then count
    weights: NDArray[np.int64]  # (sets, inputs)
    contexts: NDArray[np.uint64]  # (inputs,): a hash of each context of the present symbol
    places: NDArray[np.uint64]  # (inputs,): the slots of the present decision
    inputs: NDArray[np.int64]  # (inputs,): the logits of the present decision
    logits: NDArray[np.int16]  # of a probability's first bits
    logistic: NDArray[np.int32]  # of a logit plus LOGITS - 1: the frequency of 1
    rates: NDArray[np.int32]  # of a count: the part of an error by which a probability moves


def mixture(inputs: int, sets: int, nodes: int) -> Mixture:
    """A model of so many contexts and sets of weights, before its first decision."""
    logits, logistic, rates = tables()
    return Mixture(
        (nodes + LINE - 1) >> LINE_BITS,
        np.full(1 << SLOT_BITS, 1 << (PROBABILITY_BITS - 1 + COUNT_BITS), np.uint32),
        np.full((sets, inputs), FIRST_WEIGHTS // inputs),
        np.zeros(inputs, np.uint64),
        np.zeros(inputs, np.uint64),
        np.zeros(inputs, np.int64),
        logits,
        logistic,
        rates,
    )


@cache
def tables() -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int32]]:
    """The logits, the logistic function and the rates."""
    positive, decay = [], 1 << 40
    for _ in range(LOGITS):
        positive.append((ONE << 40) // ((1 << 40) + decay))
        decay = decay * 511 // 513  # the factor is exp(-1 / 256) to within 2^-27
    logistic = np.array([ONE - value for value in positive[:0:-1]] + positive)
    middles = (2 * np.arange(1 << STRETCH_BITS) + 1) << (PRECISION - STRETCH_BITS - 1)
    logits = np.searchsorted(logistic, middles, side="right") - LOGITS
    rates = (2 << RATE_BITS) // (2 * np.arange(COUNT_LIMIT + 1) + 3)
    found = logits.astype(np.int16), logistic.astype(np.int32), rates.astype(np.int32)
    for table in found:
        table.flags.writeable = False
    return found


@inlined
def set_context(mixed: Any, i: int, context: Any) -> None:
    """Set context `i` of the next decisions; `context` is a number that stands for what is known."""
    key = np.uint64(context) * np.uint64(mixed.contexts.shape[0]) + np.uint64(i)
    mixed.contexts[i] = key * np.uint64(mixed.lines) * HASH


@inlined
def decide(mixed: Any, weights: int, node: int, bit: int, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a decision under the mixture of its contexts, and learn from it; returns the bit.

    `node` tells the decision from the others that are made in the same contexts, and `weights` is its set of weights.
    """
    logit = 0
    for i in range(mixed.contexts.shape[0]):
        place = _place(mixed, i, node)
        mixed.places[i] = place
        mixed.inputs[i] = mixed.logits[mixed.slots[place] >> LOGIT_SHIFT]
        logit += mixed.weights[weights, i] * mixed.inputs[i]
    ones: Any = mixed.logistic[min(max(logit >> WEIGHT_BITS, 1 - LOGITS), LOGITS - 1) + LOGITS - 1]
    bit = _code(bit, ones, state, words, decoding, cost)
    error = (np.int64(bit) << PRECISION) - ones
    for i in range(mixed.contexts.shape[0]):
        mixed.weights[weights, i] += (error * mixed.inputs[i] + (1 << (LEARNING_SHIFT - 1))) >> LEARNING_SHIFT
        _update(mixed, mixed.places[i], bit)
    return bit


@inlined
def decide_alone(mixed: Any, i: int, node: int, bit: int, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a decision under the probability of context `i`, and learn from it; returns the bit."""
    place = _place(mixed, i, node)
    logit: Any = mixed.logits[mixed.slots[place] >> LOGIT_SHIFT]
    bit = _code(bit, np.int64(mixed.logistic[logit + LOGITS - 1]), state, words, decoding, cost)
    _update(mixed, place, bit)
    return bit


@inlined
def _place(mixed: Any, i: int, node: int) -> Any:
    """The place of a context's slot for a node."""
    line = (mixed.contexts[i] + np.uint64(node >> LINE_BITS) * HASH) >> LINE_SHIFT
    return line << np.uint64(LINE_BITS) | np.uint64(node & (LINE - 1))


@inlined
def _code(bit: int, ones: Any, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a decision whose frequency of 1 is `ones`; returns the bit."""
    bit = decide_scaled(state, words, decoding, bit, state[1] >> U24, ones, ONE)
    if not decoding:  # the logarithm takes half as long as the decision
        cost[0] += PRECISION - np.log2(ones if bit else ONE - ones)
    return bit


@inlined
def _update(mixed: Any, place: Any, bit: int) -> None:
    """Move a slot towards a bit."""
    slot = np.int64(mixed.slots[place])
    probability, count = slot >> COUNT_BITS, slot & COUNT_MASK
    probability += (((np.int64(bit) << PROBABILITY_BITS) - probability) * mixed.rates[count]) >> RATE_BITS
    mixed.slots[place] = np.uint32(probability << COUNT_BITS | min(count + 1, COUNT_LIMIT))
