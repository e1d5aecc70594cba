"""A trained network in floating point quantised to the integers of a model file (clause 6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagemodel.constants import INPUT_BITS, LARGEST, LOGIT_BITS, SCALE_BITS
from misc_format.coders.text.languagemodel.model import EXP2_ENTRIES, SIGMOID_ENTRIES, Model, Shape
from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces

GATE_BITS = 16  # fractional bits of a gate's input
Floats = NDArray[np.float64]


def quantise(weights: Mapping[str, Floats], pieces: Pieces, spans: tuple[float, float]) -> bytes:
    """The model file. `weights`: by torch's names. `spans`: the largest absolute values of embeddings and outputs that are not clipped."""
    embedding_step, output_step = (span / LARGEST for span in spans)
    layers = sum(name.endswith("weight_ih_l0") for name in weights)
    shape = Shape(
        len(pieces.values), weights["embedding.weight"].shape[1], weights["projection.weight"].shape[1], layers
    )
    step = 2.0**-INPUT_BITS
    arrays: dict[str, Any] = {}
    for layer in range(layers):
        for name, torch_name, unit in (("input", "ih", step if layer else embedding_step), ("state", "hh", step)):
            rows, scale = _rows(weights[f"layers.{layer}.weight_{torch_name}_l0"], unit * 2**GATE_BITS)
            bias = np.rint(weights[f"layers.{layer}.bias_{torch_name}_l0"] * 2**GATE_BITS)
            for part, values in (("weights", rows), ("scale", scale), ("bias", bias)):
                arrays[f"{layer}/{name}_{part}"] = values
    rows, scale = _rows(weights["projection.weight"], step / output_step)
    logit = 2**LOGIT_BITS / np.log(2)
    values = pieces.values[FIRST_PIECE:]
    arrays |= {
        "piece_lengths": np.array([len(value) for value in values]),
        "piece_bytes": np.frombuffer(b"".join(values), np.uint8),
        "embedding": np.clip(np.rint(weights["embedding.weight"] / embedding_step), -LARGEST, LARGEST),
        "projection_weights": rows,
        "projection_scale": scale,
        "projection_bias": np.rint(weights["projection.bias"] / output_step),
        "output_scale": np.rint([embedding_step * output_step * logit * 2**SCALE_BITS]),
        "output_bias": np.rint(weights["bias"] * logit),
        "sigmoid": np.rint(2**15 / (1 + np.exp(-(np.arange(SIGMOID_ENTRIES) - SIGMOID_ENTRIES // 2) / 512))),
        "exp2": np.rint(2.0 ** (24 - np.arange(EXP2_ENTRIES) / EXP2_ENTRIES)),
    }
    return Model.build(shape._asdict(), arrays)


def _rows(weights: Floats, unit: float) -> tuple[Floats, Floats]:
    """Each row as integers up to 127, and the integer multiplier that restores it in units of 1 / `unit`."""
    scale = np.abs(weights).max(1) / LARGEST
    return np.rint(weights / scale[:, None]), np.rint(scale * unit * 2**SCALE_BITS)
