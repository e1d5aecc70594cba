"""The arrays that the kernels of the language model work on: weights, intermediate results, and the state of many texts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.coders.text.languagemodel import constants
from misc_format.coders.text.languagemodel.model import Model
from misc_format.coders.text.languagemodel.pieces import Pieces

Integers = NDArray[np.int64]
MAX_TOKENS = limits.MAX_TEXT_BYTES + 2  # of a text: a token has at least one byte, and the last may be one too many


class Net(NamedTuple):
    """A network's weights and tables.

    `inputs`, `states`: the matrices of each layer, int8. `scales`, `biases`: of a layer's rows of `inputs`, then of `states`, int64
    (layers, 2, 3 * hidden). `expert`: the frequencies of the byte expert.
    """

    vocabulary: int
    width: int
    hidden: int
    layers: int
    inputs: tuple[NDArray[np.int8], ...]
    states: tuple[NDArray[np.int8], ...]
    projection: NDArray[np.int8]
    embedding: NDArray[np.int8]
    scales: NDArray[np.int64]
    biases: NDArray[np.int64]
    projection_scale: NDArray[np.int64]
    projection_bias: NDArray[np.int64]
    output_scale: int
    output_bias: NDArray[np.int64]
    sigmoid: NDArray[np.int64]
    exp2: NDArray[np.int64]
    expert: NDArray[np.int64]


class Scratch(NamedTuple):
    """Memory for intermediate results of so many texts or steps."""

    factors: NDArray[np.int16]  # (texts, largest size)
    fresh: NDArray[np.int32]  # (texts, 3 * hidden)
    kept: NDArray[np.int32]
    products: NDArray[np.int32]  # (texts, vocabulary)


class Run(NamedTuple):
    """The state of the texts that are coded: of the network, of the byte expert, and of the match model (clauses 6.7 to 6.9).

    `hidden`: int64 (layers, texts, hidden). `trust`: in the byte expert. `history`: the tokens so far, without the END before the first;
    `lengths`: how many. `match_trust`: by the length of a match. `context`: the length of the present match, 0 for none. `expected`: the
    token that it predicts. `before`: that token's frequency before the match had its share.
    """

    hidden: NDArray[np.int64]
    trust: NDArray[np.int64]
    history: NDArray[np.int32]
    lengths: NDArray[np.int64]
    match_trust: NDArray[np.int64]
    context: NDArray[np.int64]
    expected: NDArray[np.int64]
    before: NDArray[np.int64]
    network: NDArray[np.int64]  # (vocabulary,): the network's frequencies of the text at hand
    table: NDArray[np.int64]  # (vocabulary,): those that are coded under


def network(model: Model) -> Net:
    """The network of a model. Its weights are the arrays of the model, of 8 bits."""
    arrays, shape = model.arrays, model.shape
    layers = range(shape.layers)

    def both(name: str) -> Integers:
        """The scales or biases of all layers, (layers, 2, 3 * hidden)."""
        return np.array(
            [[arrays[f"{layer}/{side}_{name}"] for side in ("input", "state")] for layer in layers], np.int64
        )

    def weights(name: str) -> NDArray[np.int8]:
        return np.ascontiguousarray(arrays[name], np.int8)

    return Net(
        shape.vocabulary,
        shape.width,
        shape.hidden,
        shape.layers,
        tuple(weights(f"{layer}/input_weights") for layer in layers),
        tuple(weights(f"{layer}/state_weights") for layer in layers),
        weights("projection_weights"),
        weights("embedding"),
        both("scale"),
        both("bias"),
        _wide(arrays["projection_scale"]),
        _wide(arrays["projection_bias"]),
        int(arrays["output_scale"][0]),
        _wide(arrays["output_bias"]),
        _wide(arrays["sigmoid"]),
        _wide(arrays["exp2"]),
        byte_expert(model.pieces),
    )


def scratch(net: Net, rows: int) -> Scratch:
    """Memory for so many texts or steps at a time."""
    largest = max(net.hidden, net.width)
    return Scratch(
        np.zeros((rows, largest), np.int16),
        np.zeros((rows, max(3 * net.hidden, net.width)), np.int32),
        np.zeros((rows, 3 * net.hidden), np.int32),
        np.zeros((rows, net.vocabulary), np.int32),
    )


def run(net: Net, texts: int, max_tokens: int = MAX_TOKENS) -> Run:
    """The state of so many texts before their first token."""
    return Run(
        np.zeros((net.layers, texts, net.hidden), np.int64),
        np.full(texts, constants.FIRST_TRUST, np.int64),
        np.zeros((texts, max_tokens), np.int32),
        np.zeros(texts, np.int64),
        np.tile(np.array(constants.MATCH_TRUST, np.int64), (texts, 1)),
        np.zeros(texts, np.int64),
        np.zeros(texts, np.int64),
        np.zeros(texts, np.int64),
        np.zeros(net.vocabulary, np.int64),
        np.zeros(net.vocabulary, np.int64),
    )


def byte_expert(pieces: Pieces) -> Integers:
    """The frequencies of an expert for whom all bytes are equally likely, int64 (vocabulary,).

    A piece of n bytes has 256^(1 - n) times the frequency of a byte.
    """
    lengths = np.array([len(value) for value in pieces.values])
    # What all pieces together have, in frequencies of a byte, rounded up.
    extra = -(-sum(1 << 8 * (16 - length) for length in lengths[256:].tolist()) >> 8 * 15)
    byte = ((1 << constants.TOTAL_BITS) - len(lengths)) // (256 + extra)
    table: Integers = 1 + (byte >> np.minimum(8 * (lengths - 1), 62))
    return table


def _wide(values: NDArray[Any]) -> Integers:
    return values.astype(np.int64)
