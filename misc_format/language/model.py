"""The file of a language model (clause 6.5): one zlib stream of a header and arrays, declared here as data."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.language.pieces import FIRST_PIECE, Pieces
from misc_format.tables import TableError

SIGNATURE = b"MISC-LM1"
MAX_FILE_BYTES = 1 << 26
GATES = 3
SIGMOID_ENTRIES = 8192
EXP2_ENTRIES = 2048


class Shape(NamedTuple):
    """The header behind the signature, four 16-bit numbers, little-endian like everything in the file."""

    vocabulary: int
    width: int
    hidden: int
    layers: int


class Array(NamedTuple):
    """A row of the file's table. `sizes` are numbers, names of the header's fields or products with 3; `layer`: one for each layer."""

    name: str
    dtype: str
    sizes: tuple[str, ...]
    layer: bool
    meaning: str


# fmt: off
ARRAYS = (
    Array("piece_lengths", "u1", ("vocabulary - 256",), False, "bytes of each piece, 2 to 16"),
    Array("piece_bytes", "u1", ("sum of piece_lengths",), False, "the pieces, one after the other, tokens 256 upwards"),
    Array("embedding", "i1", ("vocabulary", "width"), False, "the vector of each token"),
    Array("input_weights", "i1", ("3 * hidden", "inputs"), True, "inputs: width in layer 0, else hidden; rows: reset, update, new"),
    Array("input_scale", "u4", ("3 * hidden",), True, "multiplier of each row of input_weights"),
    Array("input_bias", "i4", ("3 * hidden",), True, "16 fractional bits"),
    Array("state_weights", "i1", ("3 * hidden", "hidden"), True, "rows: reset, update, new"),
    Array("state_scale", "u4", ("3 * hidden",), True, "multiplier of each row of state_weights"),
    Array("state_bias", "i4", ("3 * hidden",), True, "16 fractional bits"),
    Array("projection_weights", "i1", ("width", "hidden"), False, "from the last layer to the output"),
    Array("projection_scale", "u4", ("width",), False, "multiplier of each row of projection_weights"),
    Array("projection_bias", "i4", ("width",), False, "in units of the output"),
    Array("output_scale", "u4", ("1",), False, "multiplier of the products of embedding and output"),
    Array("output_bias", "i4", ("vocabulary",), False, "logit of each token, 11 fractional bits"),
    Array("sigmoid", "u2", ("8192",), False, "entry i: the logistic function at (i - 4096) / 512, 15 fractional bits"),
    Array("exp2", "u4", ("2048",), False, "entry i: 2 to the power of -i / 2048, 24 fractional bits"),
)
# fmt: on
# Sums of products stay below 2^24, so that float32 holds them exactly in any order: 127 x 128 a product.
MAX_TERMS = 1024
MAX_SCALE = (1 << 29) - 1


@dataclass(frozen=True, eq=False)
class Model:
    """A model: arrays by name as in `ARRAYS`, those of a layer as a tuple; `digest` is the SHA-256 of its file."""

    shape: Shape
    pieces: Pieces
    arrays: Mapping[str, Any]
    digest: str


def parse(data: bytes) -> Model:
    """The model in a file's bytes; raises `TableError` for anything else."""
    content = _inflate(data)
    head = len(SIGNATURE) + 8
    if len(content) < head or not content.startswith(SIGNATURE):
        raise TableError("the file is not a language model of this version")
    shape = Shape(*struct.unpack_from("<4H", content, len(SIGNATURE)))
    if not (FIRST_PIECE < shape.vocabulary <= 1 << 15 and 1 <= shape.layers <= 8):
        raise TableError(f"a language model cannot have {shape.vocabulary} tokens and {shape.layers} layers")
    if not (1 <= shape.width <= MAX_TERMS and 1 <= shape.hidden <= MAX_TERMS):
        raise TableError(f"a language model's vectors have 1 to {MAX_TERMS} elements")
    arrays: dict[str, Any] = {}
    place = head
    for array, layer in order(shape.layers):
        sizes = sizes_of(array, shape, layer, arrays)
        count = prod(sizes) * np.dtype(array.dtype).itemsize
        if len(content) - place < count:
            raise TableError(f"the file of the language model ends within {array.name}")
        values = np.frombuffer(content, f"<{array.dtype}", prod(sizes), place).reshape(sizes)
        place += count
        arrays[array.name] = (*arrays.get(array.name, ()), values) if array.layer else values
    if place != len(content):
        raise TableError("the file of the language model goes on behind its last array")
    _check(arrays)
    return Model(shape, _pieces(arrays), arrays, hashlib.sha256(data).hexdigest())


def build(shape: Shape, arrays: Mapping[str, Any]) -> bytes:
    """The file of a model; arrays are converted to their types exactly or refused with `ValueError`."""
    parts = [SIGNATURE, struct.pack("<4H", *shape)]
    for array, layer in order(shape.layers):
        values = np.asarray(arrays[array.name][layer] if array.layer else arrays[array.name])
        if values.shape != sizes_of(array, shape, layer, arrays):
            raise ValueError(f"{array.name} has shape {values.shape}")
        converted = values.astype(f"<{array.dtype}")
        if not np.array_equal(converted, values):
            raise ValueError(f"{array.name} does not fit {array.dtype}")
        parts.append(converted.tobytes())
    return zlib.compress(b"".join(parts), 9)


def order(layers: int) -> Iterator[tuple[Array, int]]:
    """The arrays in file order; those of a layer stand together, layer after layer. The number is the layer's, 0 if none."""
    first = next(index for index, array in enumerate(ARRAYS) if array.layer)
    behind = next(index for index, array in enumerate(ARRAYS) if index > first and not array.layer)
    yield from ((array, 0) for array in ARRAYS[:first])
    yield from ((array, layer) for layer in range(layers) for array in ARRAYS[first:behind])
    yield from ((array, 0) for array in ARRAYS[behind:])


def sizes_of(array: Array, shape: Shape, layer: int, arrays: Mapping[str, Any]) -> tuple[int, ...]:
    """The sizes of an array as numbers."""
    known = {
        **shape._asdict(),
        "vocabulary - 256": shape.vocabulary - FIRST_PIECE,
        "3 * hidden": GATES * shape.hidden,
        "inputs": shape.hidden if layer else shape.width,
    }
    if "piece_lengths" in arrays:
        known["sum of piece_lengths"] = int(np.sum(arrays["piece_lengths"], dtype=np.int64))
    return tuple(known[size] if size in known else int(size) for size in array.sizes)


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, MAX_FILE_BYTES)
    except zlib.error as error:
        raise TableError(f"the file of the language model is not a zlib stream ({error})") from None
    if not inflater.eof or inflater.unused_data:
        raise TableError("the file of the language model is cut, too large, or has something behind its end")
    return content


def _check(arrays: Mapping[str, Any]) -> None:
    """The bounds that make every sum exact."""
    scales = [arrays["projection_scale"], arrays["output_scale"], *arrays["input_scale"], *arrays["state_scale"]]
    weights = [arrays["embedding"], arrays["projection_weights"], *arrays["input_weights"], *arrays["state_weights"]]
    if any(scale.max() > MAX_SCALE for scale in scales) or any(weight.min() < -127 for weight in weights):
        raise TableError("the language model has a weight or a multiplier out of bounds")
    if arrays["sigmoid"].max() > 1 << 15 or arrays["exp2"].max() > 1 << 24 or arrays["exp2"][0] != 1 << 24:
        raise TableError("the language model has a table out of bounds")
    biases = [arrays["projection_bias"], arrays["output_bias"], *arrays["input_bias"], *arrays["state_bias"]]
    if any(np.abs(bias.astype(np.int64)).max() >= 1 << 24 for bias in biases):
        raise TableError("the language model has a bias out of bounds")


def _pieces(arrays: Mapping[str, Any]) -> Pieces:
    lengths: NDArray[np.uint8] = arrays["piece_lengths"]
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    data = arrays["piece_bytes"].tobytes()
    pieces = [data[end - length : end] for end, length in zip(ends, lengths.tolist(), strict=True)]
    if lengths.min() < 2 or lengths.max() > 16 or len(set(pieces)) < len(pieces):
        raise TableError("the language model's pieces are not different strings of 2 to 16 bytes")
    return Pieces(pieces)
