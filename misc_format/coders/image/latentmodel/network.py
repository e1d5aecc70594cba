"""The networks of the latents model (clause 17.5): convolutions of integers.

Every product has integer factors, and every sum stays below 2^53: float64 holds it exactly in any order of addition, so BLAS gives the
integers of the clause on any machine and any number of threads. Planes are worked on some rows at a time, which bounds memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import PASS_COUNT, Model

UNIT_BITS = 6  # fractional bits of an element between layers, of a mean and of a known latent
WEIGHT_BITS = 9
MOST = 1023  # of an element between layers
FARTHEST = 4095  # of a known latent and of a hyper-latent as an input, and of a mean
QUALITY_SPAN = 1024  # the quality as an input goes from 0 to this
SCALE_DROP = 11  # from 15 fractional bits of a scale to its 4
MOST_SCALE = 63
PLACES_AT_ONCE = 2048

Plane = NDArray[np.int16]  # (rows, columns, channels)
Floats = NDArray[np.float64]


class Layer(NamedTuple):
    """Weights as float64, (inputs, outputs), one matrix for each place of a square of 3 x 3 or only one, and biases."""

    weights: Floats
    bias: Floats


class Pass(NamedTuple):
    """The network of a pass."""

    features: Layer
    known: Layer
    second: Layer
    third: Layer


class Networks:
    """The networks of a model, ready for BLAS."""

    def __init__(self, model: Model) -> None:
        arrays = model.arrays
        self._first = _layer(arrays["hyper_first"], arrays["hyper_first_bias"])
        self._second = _layer(arrays["hyper_second"], arrays["hyper_second_bias"])
        self._passes = [_pass(arrays, f"pass_{number}/") for number in range(PASS_COUNT)]

    def features(self, hyper: NDArray[np.int64], quality: int, last_quality: int) -> Plane:
        """Features (4 rows, 4 columns, features) for hyper-latents (rows, columns, hyper_channels)."""
        rows, columns, _ = hyper.shape
        level = (QUALITY_SPAN * quality + last_quality // 2) // last_quality
        inputs = np.full((rows, columns, hyper.shape[2] + 1), level, np.int16)
        inputs[..., :-1] = np.clip(hyper << UNIT_BITS, -FARTHEST, FARTHEST)
        return _enlarged(_enlarged(inputs, self._first), self._second)

    def decide(self, number: int, features: Plane, known: Plane) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
        """Means in 64ths and scales of all latents (rows, columns, channels), as pass `number` sees them."""
        network = self._passes[number]
        means = np.empty(known.shape, np.int16)
        scales = np.empty(known.shape, np.uint8)
        padded = [_padded(plane) for plane in (features, known)]
        for rows in _parts(*known.shape[:2]):
            sums = _products(padded[0], rows, network.features) + _products(padded[1], rows, network.known)
            hidden = _active(_active(sums) @ network.second.weights[0] + network.second.bias)
            outputs = hidden @ network.third.weights[0] + network.third.bias
            mean, scale = np.split(outputs.reshape(-1, known.shape[1], 2 * known.shape[2]), 2, axis=2)
            means[rows] = np.clip(_rounded(mean, WEIGHT_BITS), -FARTHEST, FARTHEST)
            scales[rows] = np.clip(_rounded(scale, SCALE_DROP), 0, MOST_SCALE)
        return means, scales


def _pass(arrays: Any, own: str) -> Pass:
    zero = np.zeros_like(arrays[f"{own}first_bias"])
    return Pass(
        _layer(arrays[f"{own}features"], arrays[f"{own}first_bias"]),
        _layer(arrays[f"{own}known"], zero),
        _layer(arrays[f"{own}second"][None], arrays[f"{own}second_bias"]),
        _layer(arrays[f"{own}third"][None], arrays[f"{own}third_bias"]),
    )


def _layer(weights: NDArray[Any], bias: NDArray[Any]) -> Layer:
    return Layer(weights.reshape(-1, *weights.shape[-2:]).astype(np.float64), bias.astype(np.float64))


def _enlarged(inputs: Plane, layer: Layer) -> Plane:
    """A convolution of 3 x 3 whose outputs are four places for each: output 4 k + 2 i + j is channel k, row i, column j of them."""
    rows, columns, _ = inputs.shape
    channels = layer.weights.shape[2] // 4
    found = np.empty((2 * rows, 2 * columns, channels), np.int16)
    padded = _padded(inputs)
    for part in _parts(rows, columns):
        outputs = _active(_products(padded, part, layer)).reshape(-1, columns, channels, 2, 2)
        spread = outputs.transpose(0, 3, 1, 4, 2).reshape(-1, 2 * columns, channels)
        found[2 * part.start : 2 * part.stop] = spread
    return found


def _parts(rows: int, columns: int) -> Iterator[slice]:
    step = max(1, PLACES_AT_ONCE // columns)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def _padded(plane: Plane) -> Plane:
    return np.pad(plane, ((1, 1), (1, 1), (0, 0)))


def _products(padded: Plane, rows: slice, layer: Layer) -> Floats:
    """Sums (places, outputs) of a convolution of 3 x 3 for some rows."""
    columns = padded.shape[1] - 2
    part = padded[rows.start : rows.stop + 2].astype(np.float64)
    count = rows.stop - rows.start
    sums = np.tile(layer.bias, (count * columns, 1))
    for place, weights in enumerate(layer.weights):
        down, across = divmod(place, 3)
        sums += part[down : down + count, across : across + columns].reshape(count * columns, -1) @ weights
    return sums


def _rounded(sums: Floats, bits: int) -> Floats:
    """Divided by 2^bits and rounded to the nearest, halves upwards: exact, for powers of two only move the point."""
    halved: Floats = np.floor(sums * 2.0**-bits + 0.5)
    return halved


def _active(sums: Floats) -> Floats:
    return np.clip(_rounded(sums, WEIGHT_BITS), 0, MOST)
