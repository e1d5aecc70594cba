"""The networks of the latents model (clause 9.6): convolutions of integers.

Every product has integer factors, and every sum stays below 2^53, so that float64 holds it exactly in any order of addition. BLAS
therefore gives the integers of the clause on any machine, with any number of threads. Planes are computed in blocks of rows, which bounds
the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import PASS_COUNT, Model

UNIT_BITS = 6  # fractional bits of values between layers, of means and of known latents
WEIGHT_BITS = 9
MAX_ELEMENT = 1023  # largest value between layers
MAX_INPUT = 4095  # largest magnitude of a mean, and of a known latent or hyper-latent as an input
QUALITY_SPAN = 1024  # the quality, as an input, is 0 to QUALITY_SPAN
SCALE_SHIFT = 11  # from the 15 fractional bits of an output to the 4 of a scale
MAX_SCALE = 63
PLACES_PER_BLOCK = 2048

Plane = NDArray[np.int16]  # (rows, columns, channels)
Floats = NDArray[np.float64]


class Layer(NamedTuple):
    """Weights, float64 (taps, inputs, outputs), and biases, float64 (outputs,). A convolution of 3 x 3 has 9 taps, another layer 1."""

    weights: Floats
    bias: Floats


class Pass(NamedTuple):
    """The network of a pass."""

    features: Layer
    known: Layer
    second: Layer
    third: Layer


class Networks:
    """The networks of a model. They hold only weights, in the form that BLAS needs, and do not change after construction."""

    def __init__(self, model: Model) -> None:
        arrays = model.arrays
        self._first = _layer(arrays["hyper_first"], arrays["hyper_first_bias"])
        self._second = _layer(arrays["hyper_second"], arrays["hyper_second_bias"])
        self._passes = [_pass(arrays, f"pass_{number}/") for number in range(PASS_COUNT)]

    def features(self, hyper: NDArray[np.int64], quality: int, last_quality: int) -> Plane:
        """The features (4 * rows, 4 * columns, features) for hyper-latents (rows, columns, hyper_channels)."""
        rows, columns, _ = hyper.shape
        level = (QUALITY_SPAN * quality + last_quality // 2) // last_quality
        inputs = np.full((rows, columns, hyper.shape[2] + 1), level, np.int16)
        inputs[..., :-1] = np.clip(hyper << UNIT_BITS, -MAX_INPUT, MAX_INPUT)
        return _enlarged(_enlarged(inputs, self._first), self._second)

    def decide(self, number: int, features: Plane, known: Plane) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
        """The means, in 64ths, and the scales of all latents (rows, columns, channels) in pass `number`."""
        network = self._passes[number]
        means = np.empty(known.shape, np.int16)
        scales = np.empty(known.shape, np.uint8)
        padded = [_padded(plane) for plane in (features, known)]
        for rows in _blocks(*known.shape[:2]):
            sums = _products(padded[0], rows, network.features) + _products(padded[1], rows, network.known)
            hidden = _active(_active(sums) @ network.second.weights[0] + network.second.bias)
            outputs = hidden @ network.third.weights[0] + network.third.bias
            mean, scale = np.split(outputs.reshape(-1, known.shape[1], 2 * known.shape[2]), 2, axis=2)
            means[rows] = np.clip(_rounded(mean, WEIGHT_BITS), -MAX_INPUT, MAX_INPUT)
            scales[rows] = np.clip(_rounded(scale, SCALE_SHIFT), 0, MAX_SCALE)
        return means, scales


def _pass(arrays: Any, prefix: str) -> Pass:
    zero = np.zeros_like(arrays[f"{prefix}first_bias"])
    return Pass(
        _layer(arrays[f"{prefix}features"], arrays[f"{prefix}first_bias"]),
        _layer(arrays[f"{prefix}known"], zero),
        _layer(arrays[f"{prefix}second"][None], arrays[f"{prefix}second_bias"]),
        _layer(arrays[f"{prefix}third"][None], arrays[f"{prefix}third_bias"]),
    )


def _layer(weights: NDArray[Any], bias: NDArray[Any]) -> Layer:
    return Layer(weights.reshape(-1, *weights.shape[-2:]).astype(np.float64), bias.astype(np.float64))


def _enlarged(inputs: Plane, layer: Layer) -> Plane:
    """A convolution of 3 x 3 that gives 2 x 2 places for each place. Output 4 k + 2 i + j is channel k at row i, column j of these."""
    rows, columns, _ = inputs.shape
    channels = layer.weights.shape[2] // 4
    enlarged = np.empty((2 * rows, 2 * columns, channels), np.int16)
    padded = _padded(inputs)
    for block in _blocks(rows, columns):
        outputs = _active(_products(padded, block, layer)).reshape(-1, columns, channels, 2, 2)
        places = outputs.transpose(0, 3, 1, 4, 2).reshape(-1, 2 * columns, channels)
        enlarged[2 * block.start : 2 * block.stop] = places
    return enlarged


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, PLACES_PER_BLOCK // columns)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _padded(plane: Plane) -> Plane:
    return np.pad(plane, ((1, 1), (1, 1), (0, 0)))


def _products(padded: Plane, rows: slice, layer: Layer) -> Floats:
    """The sums (places, outputs) of a convolution of 3 x 3 in these rows."""
    columns = padded.shape[1] - 2
    window = padded[rows.start : rows.stop + 2].astype(np.float64)
    count = rows.stop - rows.start
    sums = np.tile(layer.bias, (count * columns, 1))
    for tap, weights in enumerate(layer.weights):
        down, across = divmod(tap, 3)
        sums += window[down : down + count, across : across + columns].reshape(count * columns, -1) @ weights
    return sums


def _rounded(sums: Floats, bits: int) -> Floats:
    """`sums` divided by 2^bits and rounded to the nearest integer, halves upwards. Exact: a power of two changes only the exponent."""
    integers: Floats = np.floor(sums * 2.0**-bits + 0.5)
    return integers


def _active(sums: Floats) -> Floats:
    return np.clip(_rounded(sums, WEIGHT_BITS), 0, MAX_ELEMENT)
