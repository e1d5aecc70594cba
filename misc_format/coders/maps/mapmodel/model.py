"""The file of the map model (clause 7.6), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import coarse, fine
from misc_format.coders.maps.mapmodel.network import LOGIT_ENTRIES, MOST, Network
from misc_format.tables import TableError, arrayfile, load_bytes
from misc_format.tables.arrayfile import Array, Arrays, Form, Group, Size, Sizes

MOST_UNITS = 512
ONE = 1 << 24
FLAT = 2 * (len(fine.TRANSITIONS) + 1) * 5
INPUTS = {"fine": fine.INPUTS, "coarse": coarse.INPUTS}
BITS = {"fine": fine.BITS, "coarse": coarse.BITS}
# The biases whose length a size of the header is.
UNITS = {"hidden": "first_bias", "experts": "second_bias"}


def _networks(sizes: Sizes) -> dict[str, Sizes]:
    return {
        name: {"inputs": inputs, **{unit: sizes[f"{name}_{unit}"] for unit in UNITS}} for name, inputs in INPUTS.items()
    }


# fmt: off
FORM = Form(
    "map model",
    b"MISC-MM1",
    tuple(Size(f"{name}_{unit}", 1, MOST_UNITS) for name in INPUTS for unit in UNITS),
    (
        Group("network", (
            Array("first", "i2", ("inputs", "hidden"), "weights of the first layer, 12 fractional bits"),
            Array("first_bias", "i4", ("hidden",), "12 fractional bits"),
            Array("second", "i2", ("hidden", "experts"), "weights of the second layer, 10 fractional bits"),
            Array("second_bias", "i4", ("experts",), "17 fractional bits"),
            Array("third", "i4", ("experts + 1",), "third layer at the first pixel, 16 fractional bits; the last: of the constant"),
        ), _networks),
        Array("logistic", "u4", (str(LOGIT_ENTRIES),), "entry i: 2^24 times the logistic function at (i - 4096) / 256"),
        Array("flat", "u4", (str(FLAT),), "frequency of a change at a flat pixel, at the first pixel"),
    ),
    most_bytes=1 << 22,
)
# fmt: on


class Model(NamedTuple):
    """Arrays by name; those of the networks as "fine/NAME" and "coarse/NAME"."""

    arrays: Arrays

    def network(self, name: str) -> Network:
        """A network before the first pixel of a file."""
        own = f"{name}/"
        part = {key.removeprefix(own): values for key, values in self.arrays.items() if key.startswith(own)}
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
    _, arrays = arrayfile.parse(FORM, data)
    _check(arrays)
    return Model(arrays)


def build(arrays: Mapping[str, Any]) -> bytes:
    """The file of a model; arrays are converted to their types exactly or refused with `ValueError`."""
    sizes = {f"{name}_{unit}": len(arrays[f"{name}/{bias}"]) for name in INPUTS for unit, bias in UNITS.items()}
    return arrayfile.build(FORM, sizes, arrays)


def _check(arrays: Arrays) -> None:
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
