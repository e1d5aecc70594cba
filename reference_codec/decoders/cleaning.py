"""The network that cleans the reference picture, from a file as DiffBIR v1 has it."""

from __future__ import annotations

from typing import Final

import torch

from reference_codec.decoders.checkpoint import Checkpoint
from reference_codec.decoders.swinir import DERIVED, Shape, SwinIR
from reference_codec.errors import ModelError
from reference_codec.models.failures import first_line

PREFIX: Final = "preprocess_model."  # of its weights beside a control's
LANDMARK: Final = "conv_first.1.weight"


def has_cleaner(checkpoint: Checkpoint) -> bool:
    """Whether a file holds the network, beside others or alone."""
    return any(f"{prefix}{LANDMARK}" in checkpoint.weights for prefix in ("", PREFIX))


def load_cleaner(checkpoint: Checkpoint) -> SwinIR:
    """The network in float32, in main memory. Raises `ModelError` for a file without its weights, or with some missing or misshapen."""
    prefix = PREFIX if f"{PREFIX}{LANDMARK}" in checkpoint.weights else ""
    weights = checkpoint.below(prefix)
    if LANDMARK not in weights:
        raise ModelError(
            f"{checkpoint.path}: it has no weights of SwinIR as DiffBIR names them ({LANDMARK} is missing)"
        )
    try:
        shape = Shape.of(weights)
        with torch.device("meta"):  # no memory before the file is known to hold the weights
            expected = SwinIR(shape).state_dict()
    except (KeyError, IndexError, ValueError, ZeroDivisionError, RuntimeError, AssertionError) as error:
        raise ModelError(f"{checkpoint.path}: it is no SwinIR as DiffBIR's: {first_line(error)}") from None
    for name, value in expected.items():
        if name not in weights or weights[name].shape != value.shape:
            found = "is missing" if name not in weights else f"has the shape {tuple(weights[name].shape)}"
            raise ModelError(f"{checkpoint.path}: it is no SwinIR as DiffBIR's: {name} {found}")
    network = SwinIR(shape)
    network.load_state_dict({name: weights[name].float() for name in expected})
    checkpoint.use(f"{prefix}{name}" for name in weights if name in expected or DERIVED.search(name))
    return network.eval()
