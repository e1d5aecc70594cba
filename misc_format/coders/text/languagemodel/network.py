"""The recurrent network in integers (clause 6.7), for many texts at a time.

Every matrix product has integer factors and sums below 2^24, which float32 holds exactly. BLAS may add in any order, on any number of
threads, and still gives the integers of the clause. All else is integer arithmetic and tables. A network has weights only: each coding
run owns its state.
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
LARGEST = 127  # magnitude of a weight and of an output
TEXTS_PER_BLOCK = 8  # whose gates are computed at a time, so that they stay in the cache


class Layer(NamedTuple):
    """The arrays of a layer. The weights are transposed, float32; the others are int64."""

    input_weights: Floats
    input_scale: Integers
    input_bias: Integers
    state_weights: Floats
    state_scale: Integers
    state_bias: Integers


class Network:
    """The network of a model. The state of a coding run is int64 (layers, texts, hidden)."""

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
        """The products of output and embeddings after each token: integers in float32, (texts, steps, vocabulary).

        `tokens` is (texts, steps). The state is changed in place. The products do not depend on how many steps or texts a call has.
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
        """Compute the next state of a layer in place, from the sums of its inputs; returns it as the factor of the next product."""
        products = _factor(before) @ layer.state_weights
        for start in range(0, len(before), TEXTS_PER_BLOCK):
            rows = slice(start, start + TEXTS_PER_BLOCK)
            from_inputs = scaled(sums[rows], layer.input_scale) + layer.input_bias
            from_state = scaled(products[rows], layer.state_scale) + layer.state_bias
            before[rows] = self._gated(from_inputs, from_state, before[rows])
        return _factor(before)

    def _gated(self, from_inputs: Integers, from_state: Integers, before: Integers) -> Integers:
        """The gated recurrent unit (Cho et al., 2014, with the reset gate behind the product) in integers."""
        hidden = self.shape.hidden
        gates = self._logistic(from_inputs[:, : 2 * hidden] + from_state[:, : 2 * hidden], TABLE_DROP)
        reset, update = gates[:, :hidden], gates[:, hidden:]
        sums = from_inputs[:, 2 * hidden :] + _shifted(reset * from_state[:, 2 * hidden :], STATE_BITS)
        new = 2 * self._logistic(sums, TABLE_DROP - 1) - (1 << STATE_BITS)
        return new + _shifted(update * (before - new), STATE_BITS)

    def _logistic(self, values: Integers, drop: int) -> Integers:
        """The logistic function, from the table, of numbers with 16 fractional bits; `drop` one less than TABLE_DROP: of their doubles."""
        logistic: Integers = self._sigmoid.take(_shifted(values, drop) + len(self._sigmoid) // 2, mode="clip")
        return logistic


def _prepared(values: NDArray[Any], name: str) -> NDArray[Any]:
    if name.endswith("weights"):
        return np.ascontiguousarray(values.T.astype(np.float32))
    return values.astype(np.int64)


def _shifted(values: Integers, bits: int) -> Integers:
    """`values` divided by 2^bits and rounded to the nearest integer, halves upwards."""
    return (values + (1 << bits - 1)) >> bits


def scaled(sums: Floats, scale: Integers | int) -> Integers:
    """`sums` times a multiplier of 24 fractional bits, rounded."""
    return _shifted(sums.astype(np.int64) * scale, SCALE_BITS)


def _factor(state: Integers) -> Floats:
    return _shifted(state, STATE_BITS - INPUT_BITS).astype(np.float32)
