"""Convert the entropy model of a trained codec to the integers of a model file (clause 9.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import (
    ALPHABET,
    ESCAPE,
    LARGEST,
    MAX_WEIGHT,
    PASS_COUNT,
    SCALES,
    TOTAL,
    Model,
)
from misc_format.coders.image.latentmodel.network import UNIT_BITS, WEIGHT_BITS
from misc_format.coders.image.latentmodel.passes import Integers, Scales
from reference_codec.images.latents.networks import (
    CHANNELS,
    FEATURES,
    HIDDEN,
    HYPER_CHANNELS,
    LOG_SCALE_STEP,
    MIN_LOG_SCALE,
)
from reference_codec.images.latents.quantiser import Quantiser

PRIOR = 300.0  # the logistic distribution counts as so many values, besides the counted ones
SIZES = {"channels": CHANNELS, "hyper_channels": HYPER_CHANNELS, "features": FEATURES, "hidden": HIDDEN}
Weights = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]


def quantise(weights: Weights) -> Model:
    """The model with the tables of the logistic distribution.

    `weights`: by their names in torch, with `hyper_means` and `hyper_scales`, (qualities, hyper-channels).
    """
    arrays: dict[str, NDArray[np.int64]] = {
        "hyper_means": np.rint(weights["hyper_means"]).astype(np.int64),
        "hyper_scales": np.rint(16 * weights["hyper_scales"]).astype(np.int64),
        "frequencies": np.stack([_frequencies(logistic(scale)) for scale in range(1, SCALES)]),
    }
    for name in ("first", "second"):
        arrays[f"hyper_{name}"] = _weights(weights[f"hyper_synthesis.{name}.weight"])
        arrays[f"hyper_{name}_bias"] = _bias(weights[f"hyper_synthesis.{name}.bias"])
    for number in range(PASS_COUNT):
        key, prefix = f"pass_{number}/", f"passes.{number}."
        first = _weights(weights[f"{prefix}first.weight"])
        arrays |= {f"{key}features": first[:, :, :FEATURES], f"{key}known": first[:, :, FEATURES:]}
        arrays |= {f"{key}{name}": _weights(weights[f"{prefix}{name}.weight"])[0, 0] for name in ("second", "third")}
        arrays |= {f"{key}{name}_bias": _bias(weights[f"{prefix}{name}.bias"]) for name in ("first", "second", "third")}
    return Model.parse(Model.build(SIZES, arrays))


def calibrate(model: Model, pictures: Iterable[tuple[int, Floats, Floats]]) -> Model:
    """The model with tables counted on pictures. `pictures`: quality, scaled latents and hyper-latents of each."""
    counts = np.zeros((SCALES, ALPHABET))
    for quality, scaled, hyper in pictures:
        coding = _Counting(model, scaled, hyper, counts)
        passes.walk(model, quality, scaled.shape[0], scaled.shape[1], coding)
    tables = [_frequencies(counts[scale] + PRIOR * logistic(scale)) for scale in range(1, SCALES)]
    return Model.parse(Model.build(SIZES, {**model.arrays, "frequencies": np.stack(tables)}))


class _Counting(Quantiser):
    def __init__(self, model: Model, scaled: Floats, hyper: Floats, counts: Floats) -> None:
        super().__init__(model, scaled, hyper)
        self._counts = counts

    def _choose(self, values: Floats, scales: Scales, price: float) -> Integers:
        chosen = super()._choose(values, scales, price)
        symbols = np.where(np.abs(chosen) > LARGEST, ESCAPE, chosen + LARGEST)
        np.add.at(self._counts, (scales, symbols), 1)
        return chosen


def logistic(scale: int) -> Floats:
    """The probabilities of the symbols at a scale, under the logistic distribution of the training."""
    width = np.exp(MIN_LOG_SCALE + LOG_SCALE_STEP * scale)
    edges = np.arange(-LARGEST, LARGEST + 2) - 0.5
    inside = np.diff(1 / (1 + np.exp(np.minimum(-edges / width, 700.0))))
    return np.append(inside, max(1 - inside.sum(), 1e-9))


def _frequencies(weights: Floats) -> NDArray[np.int64]:
    """Positive integers that sum to 2^24. The remainder of the rounding is added to the largest."""
    frequencies = 1 + np.floor(weights / weights.sum() * (TOTAL - len(weights))).astype(np.int64)
    frequencies[np.argmax(frequencies)] += TOTAL - frequencies.sum()
    return frequencies


def _weights(values: NDArray[Any]) -> NDArray[np.int64]:
    """Convolutions (outputs, inputs, 3, 3) as (3, 3, inputs, outputs)."""
    integers = np.rint(values.astype(np.float64) * (1 << WEIGHT_BITS)).astype(np.int64)
    return np.clip(integers, -MAX_WEIGHT, MAX_WEIGHT).transpose(2, 3, 1, 0)


def _bias(values: NDArray[Any]) -> NDArray[np.int64]:
    return np.rint(values.astype(np.float64) * (1 << UNIT_BITS + WEIGHT_BITS)).astype(np.int64)
