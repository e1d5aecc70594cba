"""The file of a language model (clause 6.5), a file of arrays."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.text.languagemodel.pieces import FIRST_PIECE, Pieces
from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Arrays, Form, Group, Size, Sizes
from misc_format.tables.networkfile import NetworkFile

SIGMOID_ENTRIES = 8192
EXP2_ENTRIES = 2048
# A sum of at most 1024 products of 127 x 128 stays below 2^24, so that float32 holds it exactly in any order of addition.
MAX_TERMS = 1024
WEIGHT_BOUNDS = (-127, 127)
SCALE_BOUNDS = (0, (1 << 29) - 1)
BIAS_BOUNDS = (1 - (1 << 24), (1 << 24) - 1)
PIECE_LENGTH_BOUNDS = (2, 16)  # bytes


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
        Array("piece_lengths", "u1", ("vocabulary - 256",), "bytes of each piece, 2 to 16", PIECE_LENGTH_BOUNDS),
        Array("piece_bytes", "u1", ("sum of piece_lengths",), "the pieces, one after the other, tokens 256 upwards"),
        Array("embedding", "i1", ("vocabulary", "width"), "the vector of each token", WEIGHT_BOUNDS),
        Group("layer", (
            Array("input_weights", "i1", ("3 * hidden", "inputs"), "inputs: width in layer 0, else hidden; rows: reset, update, new", WEIGHT_BOUNDS),
            Array("input_scale", "u4", ("3 * hidden",), "multiplier of each row of input_weights", SCALE_BOUNDS),
            Array("input_bias", "i4", ("3 * hidden",), "16 fractional bits", BIAS_BOUNDS),
            Array("state_weights", "i1", ("3 * hidden", "hidden"), "rows: reset, update, new", WEIGHT_BOUNDS),
            Array("state_scale", "u4", ("3 * hidden",), "multiplier of each row of state_weights", SCALE_BOUNDS),
            Array("state_bias", "i4", ("3 * hidden",), "16 fractional bits", BIAS_BOUNDS),
        ), _layers),
        Array("projection_weights", "i1", ("width", "hidden"), "from the last layer to the output", WEIGHT_BOUNDS),
        Array("projection_scale", "u4", ("width",), "multiplier of each row of projection_weights", SCALE_BOUNDS),
        Array("projection_bias", "i4", ("width",), "in units of the output", BIAS_BOUNDS),
        Array("output_scale", "u4", ("1",), "multiplier of the products of embedding and output", SCALE_BOUNDS),
        Array("output_bias", "i4", ("vocabulary",), "logit of each token, 11 fractional bits", BIAS_BOUNDS),
        Array("sigmoid", "u2", (str(SIGMOID_ENTRIES),), "entry i: the logistic function at (i - 4096) / 512, 15 fractional bits", (0, 1 << 15)),
        Array("exp2", "u4", (str(EXP2_ENTRIES),), "entry i: 2 to the power of -i / 2048, 24 fractional bits", (0, 1 << 24)),
    ),
    max_bytes=1 << 26,
)
# fmt: on


class Model(NetworkFile):
    """A language model. Arrays have the keys of `FORM`; those of layer 1 are 1/NAME."""

    form: ClassVar[Form] = FORM

    @cached_property
    def shape(self) -> Shape:
        """The header's sizes."""
        return Shape(**self.sizes)

    @cached_property
    def pieces(self) -> Pieces:
        """The vocabulary."""
        return Pieces(_piece_values(self.arrays))

    def check(self) -> None:
        """Raise `TableError` unless the pieces are a vocabulary and the table of powers begins with 1."""
        if self.arrays["exp2"][0] != 1 << 24:
            raise TableError("the language model has an exp2 table out of bounds: entry 0 is not 2^24")
        _check_pieces(self.arrays)


def _piece_values(arrays: Arrays) -> list[bytes]:
    lengths: NDArray[np.uint8] = arrays["piece_lengths"]
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    data = arrays["piece_bytes"].tobytes()
    return [data[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]


def _check_pieces(arrays: Arrays) -> None:
    pieces = _piece_values(arrays)
    if len(set(pieces)) < len(pieces):
        raise TableError("the language model has two equal pieces")
