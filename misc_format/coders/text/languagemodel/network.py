"""The recurrent network in integers (clause 6.7), many texts at a time.

Every matrix product has integer factors and sums below 2^24, which float32 holds exactly: BLAS may add them in any order, on any
number of threads, and gives the integers of the clause. Everything else is integer arithmetic and tables.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagemodel.model import Model

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]

SCALE_BITS = 24  # fractional bits of a multiplier
STATE_BITS = 15  # fractional bits of a state and of a gate
INPUT_BITS = 7  # fractional bits of a state as the factor of a product
TABLE_DROP = 7  # from 16 fractional bits of a gate's input to the 9 of the sigmoid table
LARGEST = 127  # of a weight and of an output
BLOCK = 8  # texts whose gates are worked on while they are in the cache


class Layer(NamedTuple):
    """A layer's arrays: weights transposed, float32; the rest int64."""

    input_weights: Floats
    input_scale: Integers
    input_bias: Integers
    state_weights: Floats
    state_scale: Integers
    state_bias: Integers


class Network:
    """The network of a model. A state is int64, shape (layers, texts, hidden)."""

    def __init__(self, model: Model) -> None:
        arrays = model.arrays
        self.shape = model.shape
        self._embedding = arrays["embedding"].astype(np.float32)
        self._layers = [
            Layer(**{name: _prepared(arrays[f"{layer}/{name}"], name) for name in Layer._fields})
            for layer in range(model.shape.layers)
        ]
        self._projection = _prepared(arrays["projection_weights"], "weights")
        self._projection_scale = arrays["projection_scale"].astype(np.int64)
        self._projection_bias = arrays["projection_bias"].astype(np.int64)
        self._output = _prepared(arrays["embedding"], "weights")
        self._sigmoid = arrays["sigmoid"].astype(np.int64)

    def start(self, texts: int) -> Integers:
        """The state before the first token."""
        return np.zeros((self.shape.layers, texts, self.shape.hidden), np.int64)

    def run(self, state: Integers, tokens: Integers) -> Floats:
        """The products of output and embeddings behind each token; tokens have the shape (texts, steps); changes the state in place.

        They are whole numbers in float32, shape (texts, steps, vocabulary): the same one step at a time or many at once, one text
        or many.
        """
        inputs = self._embedding[tokens]
        for layer, before in zip(self._layers, state, strict=True):
            sums = inputs @ layer.input_weights
            inputs = np.stack([self._advance(layer, before, sums[:, step]) for step in range(tokens.shape[1])], 1)
        outputs = scaled(inputs @ self._projection, self._projection_scale) + self._projection_bias
        factors = np.clip(outputs, -LARGEST, LARGEST).astype(np.float32)
        products: Floats = factors @ self._output
        return products

    def _advance(self, layer: Layer, before: Integers, sums: Floats) -> Floats:
        """The next state of a layer, in place, from the sums of its inputs; returned as the factor of the next product."""
        products = _factor(before) @ layer.state_weights
        for start in range(0, len(before), BLOCK):
            rows = slice(start, start + BLOCK)
            fresh = scaled(sums[rows], layer.input_scale) + layer.input_bias
            kept = scaled(products[rows], layer.state_scale) + layer.state_bias
            before[rows] = self._gated(fresh, kept, before[rows])
        return _factor(before)

    def _gated(self, fresh: Integers, kept: Integers, before: Integers) -> Integers:
        """The gated recurrent unit (Cho et al., 2014; the reset gate behind the product) in integers."""
        hidden = self.shape.hidden
        gates = self._logistic(fresh[:, : 2 * hidden] + kept[:, : 2 * hidden], TABLE_DROP)
        reset, update = gates[:, :hidden], gates[:, hidden:]
        sums = fresh[:, 2 * hidden :] + _shifted(reset * kept[:, 2 * hidden :], STATE_BITS)
        new = 2 * self._logistic(sums, TABLE_DROP - 1) - (1 << STATE_BITS)
        return new + _shifted(update * (before - new), STATE_BITS)

    def _logistic(self, values: Integers, drop: int) -> Integers:
        """The table's value for numbers of 16 fractional bits, at once for the number or, one bit less dropped, for its double."""
        found: Integers = self._sigmoid.take(_shifted(values, drop) + len(self._sigmoid) // 2, mode="clip")
        return found


def _prepared(values: NDArray[Any], name: str) -> NDArray[Any]:
    if name.endswith("weights"):
        return np.ascontiguousarray(values.T.astype(np.float32))
    return values.astype(np.int64)


def _shifted(values: Integers, bits: int) -> Integers:
    """Divided by 2^bits and rounded to the nearest, halves upwards."""
    return (values + (1 << bits - 1)) >> bits


def scaled(sums: Floats, scale: Integers | int) -> Integers:
    """Sums times a multiplier of 24 fractional bits."""
    return _shifted(sums.astype(np.int64) * scale, SCALE_BITS)


def _factor(state: Integers) -> Floats:
    return _shifted(state, STATE_BITS - INPUT_BITS).astype(np.float32)
