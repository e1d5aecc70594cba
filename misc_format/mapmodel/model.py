"""The file of the map model (clause 7.6): one zlib stream of a header and arrays, declared here as data."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.mapmodel import coarse, fine
from misc_format.mapmodel.network import LOGIT_ENTRIES, MOST, Network
from misc_format.tables import TableError, load_bytes

SIGNATURE = b"MISC-MM1"
MAX_FILE_BYTES = 1 << 22
MOST_UNITS = 512
ONE = 1 << 24
FLAT = 2 * (len(fine.TRANSITIONS) + 1) * 5
INPUTS = {"fine": fine.INPUTS, "coarse": coarse.INPUTS}
BITS = {"fine": fine.BITS, "coarse": coarse.BITS}


class Array(NamedTuple):
    """A row of the file's table. `sizes` are numbers or names of sizes; `network`: one for each network."""

    name: str
    dtype: str
    sizes: tuple[str, ...]
    network: bool
    meaning: str


# fmt: off
ARRAYS = (
    Array("first", "i2", ("inputs", "hidden"), True, "weights of the first layer, 12 fractional bits"),
    Array("first_bias", "i4", ("hidden",), True, "12 fractional bits"),
    Array("second", "i2", ("hidden", "experts"), True, "weights of the second layer, 10 fractional bits"),
    Array("second_bias", "i4", ("experts",), True, "17 fractional bits"),
    Array("third", "i4", ("experts + 1",), True, "third layer at the first pixel, 16 fractional bits; the last: of the constant"),
    Array("logistic", "u4", (str(LOGIT_ENTRIES),), False, "entry i: 2^24 times the logistic function at (i - 4096) / 256"),
    Array("flat", "u4", (str(FLAT),), False, "frequency of a change at a flat pixel, at the first pixel"),
)
# fmt: on


class Model(NamedTuple):
    """Arrays by name; those of the networks as "fine/NAME" and "coarse/NAME"."""

    arrays: Mapping[str, NDArray[Any]]

    def network(self, name: str) -> Network:
        """A network before the first pixel of a file."""
        part = {array.name: self.arrays[f"{name}/{array.name}"] for array in ARRAYS if array.network}
        experts = np.full(len(part["third"]), 128, np.int32)
        first = np.pad(part["first"].astype(np.int16), ((0, 1), (0, 0)))
        bias = part["first_bias"].astype(np.int32)
        return Network(
            BITS[name],
            first,
            bias,
            bias + first[: BITS[name]].sum(0, dtype=np.int32),
            np.ascontiguousarray(part["second"].astype(np.int16)),
            part["second_bias"].astype(np.int32),
            part["third"].astype(np.int64),
            self.arrays["logistic"].astype(np.int32),
            np.zeros(INPUTS[name] + 1, np.int16),
            np.zeros(INPUTS[name] + 4, np.int64),
            np.zeros(len(part["first_bias"]), np.int32),
            experts,
        )

    def flat(self) -> NDArray[np.int64]:
        """The frequencies of changes at flat pixels, before the first pixel of a file."""
        return self.arrays["flat"].astype(np.int64)


@cache
def shipped(name: str) -> Model:
    """The shipped model of this file name; `TableError` if the file is missing or altered."""
    return parse(load_bytes(name))


def parse(data: bytes) -> Model:
    """The model in a file's bytes; raises `TableError` for anything else."""
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, MAX_FILE_BYTES)
    except zlib.error as error:
        raise TableError(f"the file of the map model is not a zlib stream ({error})") from None
    head = len(SIGNATURE) + 8
    if not inflater.eof or inflater.unused_data or len(content) < head or not content.startswith(SIGNATURE):
        raise TableError("the file is not a map model of this version")
    units = struct.unpack_from("<4H", content, len(SIGNATURE))
    if not all(1 <= unit <= MOST_UNITS for unit in units):
        raise TableError(f"a layer of the map model has 1 to {MOST_UNITS} elements")
    arrays = {}
    place = head
    for name, array, sizes in _order(units):
        size = prod(sizes) * np.dtype(array.dtype).itemsize
        if len(content) - place < size:
            raise TableError(f"the file of the map model ends within {name}")
        arrays[name] = np.frombuffer(content, f"<{array.dtype}", prod(sizes), place).reshape(sizes)
        place += size
    if place != len(content):
        raise TableError("the file of the map model goes on behind its last array")
    _check(arrays)
    return Model(arrays)


def build(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The file of a model; arrays are converted to their types exactly or refused with `ValueError`."""
    units = [len(arrays[f"{name}/{bias}"]) for name in INPUTS for bias in ("first_bias", "second_bias")]
    parts = [SIGNATURE, struct.pack("<4H", *units)]
    for name, array, sizes in _order(units):
        values = np.asarray(arrays[name])
        converted = values.astype(f"<{array.dtype}")
        if values.shape != sizes or not np.array_equal(converted, values):
            raise ValueError(f"{name} of shape {values.shape} does not fit {array.dtype} of shape {sizes}")
        parts.append(converted.tobytes())
    return zlib.compress(b"".join(parts), 9)


def _order(units: Any) -> list[tuple[str, Array, tuple[int, ...]]]:
    """The arrays in file order: those of each network together, then the others."""
    found = []
    for index, (name, inputs) in enumerate(INPUTS.items()):
        hidden, experts = units[2 * index : 2 * index + 2]
        known = {"inputs": inputs, "hidden": hidden, "experts": experts, "experts + 1": experts + 1}
        found += [
            (f"{name}/{array.name}", array, tuple(known[size] for size in array.sizes))
            for array in ARRAYS
            if array.network
        ]
    return found + [(array.name, array, (int(array.sizes[0]),)) for array in ARRAYS if not array.network]


def _check(arrays: Mapping[str, NDArray[Any]]) -> None:
    """The bounds that keep every sum within 32 bits, and every frequency possible."""
    for name in INPUTS:
        # Inputs are at most 64; there are fewer than 2^9 of them, and weights are below 2^15: sums below 2^30.
        second = np.abs(arrays[f"{name}/second"].astype(np.int64)).sum(0) * MOST
        biases = [np.abs(arrays[f"{name}/{part}"].astype(np.int64)).max() for part in ("first_bias", "second_bias")]
        if second.max() >= 1 << 30 or max(biases) >= 1 << 30:
            raise TableError("the map model has weights out of bounds")
    for name in ("logistic", "flat"):
        if arrays[name].min() < 1 or arrays[name].max() >= ONE:
            raise TableError(f"the map model's {name} has a frequency out of bounds")
