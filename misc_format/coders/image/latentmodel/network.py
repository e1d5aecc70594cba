"""The networks of the latents model (clause 9.6): convolutions of integers.

Every product has integer factors, and every sum stays below 2^53, so that float64 holds it exactly in any order of addition. BLAS
therefore gives the integers of the clause on any machine, with any number of threads. The places are computed in blocks, which bounds the
memory.
"""

from __future__ import annotations

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
PLACES_PER_BLOCK = 512
TAPS = [(down, across) for down in range(3) for across in range(3)]

Plane = NDArray[np.int16]  # (rows, columns, channels)
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class Layer(NamedTuple):
    """Weights, float64 (inputs, outputs), and biases, float64 (outputs,). The inputs of a convolution of 3 x 3 are those of each tap."""

    weights: Floats
    bias: Floats


class Pass(NamedTuple):
    """The network of a pass. Its first layer is a convolution of features and known latents."""

    first: Layer
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

    def decide(
        self, number: int, features: Plane, known: Plane, coded: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
        """The means, in 64ths, and the scales of the latents in pass `number`, both (places, channels).

        `coded` has the places, bool (rows, columns). They come row by row.
        """
        network = self._passes[number]
        padded = _padded(np.concatenate([features, known], axis=2))
        rows, columns = np.nonzero(coded)
        means = np.empty((len(rows), known.shape[2]), np.int16)
        scales = np.empty(means.shape, np.uint8)
        for start in range(0, len(rows), PLACES_PER_BLOCK):
            block = slice(start, start + PLACES_PER_BLOCK)
            hidden = _active(_products(padded, rows[block], columns[block], network.first))
            hidden = _active(hidden @ network.second.weights + network.second.bias)
            outputs = hidden @ network.third.weights + network.third.bias
            mean, scale = np.split(outputs, 2, axis=1)
            means[block] = np.clip(_rounded(mean, WEIGHT_BITS), -MAX_INPUT, MAX_INPUT)
            scales[block] = np.clip(_rounded(scale, SCALE_SHIFT), 0, MAX_SCALE)
        return means, scales


def _pass(arrays: Any, prefix: str) -> Pass:
    first = np.concatenate([arrays[f"{prefix}features"], arrays[f"{prefix}known"]], axis=2)
    return Pass(
        _layer(first, arrays[f"{prefix}first_bias"]),
        *(_layer(arrays[f"{prefix}{name}"], arrays[f"{prefix}{name}_bias"]) for name in ("second", "third")),
    )


def _layer(weights: NDArray[Any], bias: NDArray[Any]) -> Layer:
    return Layer(weights.reshape(-1, weights.shape[-1]).astype(np.float64), bias.astype(np.float64))


def _enlarged(inputs: Plane, layer: Layer) -> Plane:
    """A convolution of 3 x 3 that gives 2 x 2 places for each place. Output 4 k + 2 i + j is channel k at row i, column j of these."""
    rows, columns, _ = inputs.shape
    channels = layer.weights.shape[1] // 4
    enlarged = np.empty((rows, 2, columns, 2, channels), np.int16)
    padded = _padded(inputs)
    places = np.arange(rows * columns)
    for start in range(0, len(places), PLACES_PER_BLOCK):
        down, across = np.divmod(places[start : start + PLACES_PER_BLOCK], columns)
        outputs = _active(_products(padded, down, across, layer)).reshape(-1, channels, 2, 2)
        enlarged[down, :, across] = outputs.transpose(0, 2, 3, 1)
    return enlarged.reshape(2 * rows, 2 * columns, channels)


def _padded(plane: Plane) -> Plane:
    return np.pad(plane, ((1, 1), (1, 1), (0, 0)))


def _products(padded: Plane, rows: Places, columns: Places, layer: Layer) -> Floats:
    """The sums (places, outputs) of a convolution of 3 x 3 at these places."""
    width = padded.shape[1]
    corners = rows * width + columns  # of the windows, in the padded plane
    windows = padded.reshape(-1, padded.shape[2])[corners[:, None] + [down * width + across for down, across in TAPS]]
    sums: Floats = windows.reshape(len(corners), -1).astype(np.float64) @ layer.weights
    sums += layer.bias
    return sums


def _rounded(sums: Floats, bits: int) -> Floats:
    """`sums` divided by 2^bits and rounded to the nearest integer, halves upwards. Exact: a power of two changes only the exponent."""
    integers: Floats = np.floor(sums * 2.0**-bits + 0.5)
    return integers


def _active(sums: Floats) -> Floats:
    return np.clip(_rounded(sums, WEIGHT_BITS), 0, MAX_ELEMENT)
