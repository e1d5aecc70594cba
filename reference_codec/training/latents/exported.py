"""Read the files that an export wrote as a codec in floats again, so that training can start from them."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from misc_format.coders.image.latentmodel.model import PASS_COUNT, QUALITIES, Model
from misc_format.coders.image.latentmodel.network import UNIT_BITS, WEIGHT_BITS
from reference_codec.images.latents.networks import ANCHORS
from reference_codec.images.latents.transforms import NAME

SHIPPED = "shipped"


def read(folder: str) -> dict[str, Tensor]:
    """The state of `Networks` from the files of an export in a folder, or from those that ship if `folder` is "shipped"."""
    if folder == SHIPPED:
        with as_file(files("reference_codec") / "weights") as weights:
            return _state(load_file(weights / f"{NAME}.safetensors"), Model.shipped(f"{NAME}.bin"))
    path = Path(folder)
    return _state(load_file(path / f"{NAME}.safetensors"), Model.parse((path / f"{NAME}.bin").read_bytes()))


def _state(transforms: dict[str, Tensor], model: Model) -> dict[str, Tensor]:
    return {**{name: values.float() for name, values in transforms.items()}, **entropy_path(model)}


def entropy_path(model: Model) -> dict[str, Tensor]:
    """The entropy path of an integer model in floats, by its names in `Networks`: the inverse of `quantise`, without loss.

    The means and scales of the hyper-latents are fitted to those of the qualities, because the model has no anchors.
    """
    arrays = model.arrays
    state = {
        "hyper_prior.means": _anchors(arrays["hyper_means"].astype(np.float64)),
        "hyper_prior.scales": _anchors(arrays["hyper_scales"] / 16),
    }
    for name in ("first", "second"):
        state[f"hyper_synthesis.{name}.weight"] = _weights(arrays[f"hyper_{name}"])
        state[f"hyper_synthesis.{name}.bias"] = _bias(arrays[f"hyper_{name}_bias"])
    for number in range(PASS_COUNT):
        key, prefix = f"pass_{number}/", f"passes.{number}."
        first = np.concatenate([arrays[f"{key}features"], arrays[f"{key}known"]], 2)
        state[f"{prefix}first.weight"] = _weights(first)
        for name in ("second", "third"):
            state[f"{prefix}{name}.weight"] = _weights(arrays[f"{key}{name}"][None, None])
        for name in ("first", "second", "third"):
            state[f"{prefix}{name}.bias"] = _bias(arrays[f"{key}{name}_bias"])
    return {name: torch.from_numpy(np.ascontiguousarray(values, np.float32)) for name, values in state.items()}


def _weights(integers: NDArray[np.integer]) -> NDArray[np.float64]:
    """Convolutions (3, 3, inputs, outputs) as (outputs, inputs, 3, 3)."""
    weights: NDArray[np.float64] = integers.transpose(3, 2, 0, 1) / (1 << WEIGHT_BITS)
    return weights


def _bias(integers: NDArray[np.integer]) -> NDArray[np.float64]:
    bias: NDArray[np.float64] = integers / (1 << UNIT_BITS + WEIGHT_BITS)
    return bias


def _anchors(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at the anchors (ANCHORS, channels) whose straight lines are nearest to values at each quality (QUALITIES, channels)."""
    places = np.arange(QUALITIES) / (QUALITIES - 1) * (ANCHORS - 1)
    shares = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(ANCHORS)))
    anchors: NDArray[np.float64] = np.linalg.lstsq(shares, values, rcond=None)[0]
    return anchors
