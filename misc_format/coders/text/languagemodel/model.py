"""The file of a language model (clause 6.5), a file of arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces
from misc_format.tables import TableError, arrayfile
from misc_format.tables.arrayfile import Array, Arrays, Form, Group, Size, Sizes

SIGMOID_ENTRIES = 8192
EXP2_ENTRIES = 2048
# Sums of products stay below 2^24, so that float32 holds them exactly in any order: 127 x 128 a product.
MAX_TERMS = 1024
MAX_SCALE = (1 << 29) - 1


class Shape(NamedTuple):
    """The header's sizes."""

    vocabulary: int
    width: int
    hidden: int
    layers: int


def _layers(sizes: Sizes) -> dict[str, Sizes]:
    return {str(layer): {"inputs": sizes["hidden" if layer else "width"]} for layer in range(sizes["layers"])}


# fmt: off
FORM = Form(
    "language model",
    b"MISC-LM1",
    (Size("vocabulary", FIRST_PIECE + 1, 1 << 15), Size("width", 1, MAX_TERMS), Size("hidden", 1, MAX_TERMS), Size("layers", 1, 8)),
    (
        Array("piece_lengths", "u1", ("vocabulary - 256",), "bytes of each piece, 2 to 16"),
        Array("piece_bytes", "u1", ("sum of piece_lengths",), "the pieces, one after the other, tokens 256 upwards"),
        Array("embedding", "i1", ("vocabulary", "width"), "the vector of each token"),
        Group("layer", (
            Array("input_weights", "i1", ("3 * hidden", "inputs"), "inputs: width in layer 0, else hidden; rows: reset, update, new"),
            Array("input_scale", "u4", ("3 * hidden",), "multiplier of each row of input_weights"),
            Array("input_bias", "i4", ("3 * hidden",), "16 fractional bits"),
            Array("state_weights", "i1", ("3 * hidden", "hidden"), "rows: reset, update, new"),
            Array("state_scale", "u4", ("3 * hidden",), "multiplier of each row of state_weights"),
            Array("state_bias", "i4", ("3 * hidden",), "16 fractional bits"),
        ), _layers),
        Array("projection_weights", "i1", ("width", "hidden"), "from the last layer to the output"),
        Array("projection_scale", "u4", ("width",), "multiplier of each row of projection_weights"),
        Array("projection_bias", "i4", ("width",), "in units of the output"),
        Array("output_scale", "u4", ("1",), "multiplier of the products of embedding and output"),
        Array("output_bias", "i4", ("vocabulary",), "logit of each token, 11 fractional bits"),
        Array("sigmoid", "u2", (str(SIGMOID_ENTRIES),), "entry i: the logistic function at (i - 4096) / 512, 15 fractional bits"),
        Array("exp2", "u4", (str(EXP2_ENTRIES),), "entry i: 2 to the power of -i / 2048, 24 fractional bits"),
    ),
    most_bytes=1 << 26,
)
# fmt: on


@dataclass(frozen=True, eq=False)
class Model:
    """A model: arrays by key as in `FORM`, those of layer 1 as 1/NAME; `digest` is the SHA-256 of its file."""

    shape: Shape
    pieces: Pieces
    arrays: Arrays
    digest: str


def parse(data: bytes) -> Model:
    """The model in a file's bytes; raises `TableError` for anything else."""
    sizes, arrays = arrayfile.parse(FORM, data)
    _check(arrays)
    return Model(Shape(**sizes), _pieces(arrays), arrays, hashlib.sha256(data).hexdigest())


def build(shape: Shape, arrays: Mapping[str, Any]) -> bytes:
    """The file of a model; arrays are converted to their types exactly or refused with `ValueError`."""
    return arrayfile.build(FORM, shape._asdict(), arrays)


def _check(arrays: Arrays) -> None:
    """The bounds that make every sum exact."""

    def of(*ends: str) -> list[NDArray[Any]]:
        return [values for key, values in arrays.items() if key.endswith(ends)]

    if any(scale.max() > MAX_SCALE for scale in of("_scale")) or any(
        weight.min() < -127 for weight in of("_weights", "embedding")
    ):
        raise TableError("the language model has a weight or a multiplier out of bounds")
    if arrays["sigmoid"].max() > 1 << 15 or arrays["exp2"].max() > 1 << 24 or arrays["exp2"][0] != 1 << 24:
        raise TableError("the language model has a table out of bounds")
    if any(np.abs(bias.astype(np.int64)).max() >= 1 << 24 for bias in of("_bias")):
        raise TableError("the language model has a bias out of bounds")


def _pieces(arrays: Arrays) -> Pieces:
    lengths: NDArray[np.uint8] = arrays["piece_lengths"]
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    data = arrays["piece_bytes"].tobytes()
    pieces = [data[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]
    if lengths.min() < 2 or lengths.max() > 16 or len(set(pieces)) < len(pieces):
        raise TableError("the language model's pieces are not different strings of 2 to 16 bytes")
    return Pieces(pieces)
