"""The file of the grid model (clause 8.7), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from misc_format.coders.image.gridmodel.context import INPUTS, PLANES
from misc_format.coders.image.gridmodel.network import (
    EXP2_ENTRIES,
    LOGISTIC_ENTRIES,
    MOST,
    ONE,
    OUTPUTS,
    PARTS,
    Network,
)
from misc_format.tables import TableError, arrayfile, load_bytes
from misc_format.tables.arrayfile import Array, Arrays, Form, Group, Size, Sizes

MOST_UNITS = 256
MOST_INPUT = 1 << 11
LAYERS = {"first": MOST_INPUT, "second": MOST, "third": MOST}  # with the most that an input of theirs can be


def _planes(_: Sizes) -> dict[str, Sizes]:
    return {str(plane): {"inputs": INPUTS[plane], "outputs": OUTPUTS} for plane in range(PLANES)}


# fmt: off
FORM = Form(
    "grid model",
    b"MISC-GM1",
    (Size("hidden", 1, MOST_UNITS), Size("hidden2", 1, MOST_UNITS)),
    (
        Group("plane", (
            Array("first", "i2", ("inputs", "hidden"), "weights of the first layer, 10 fractional bits"),
            Array("first_bias", "i4", ("hidden",), "16 fractional bits"),
            Array("second", "i2", ("hidden", "hidden2"), "weights of the second layer, 10 fractional bits"),
            Array("second_bias", "i4", ("hidden2",), "17 fractional bits"),
            Array("third", "i2", ("hidden2", "outputs"), "weights of the third layer, 12 fractional bits"),
            Array("third_bias", "i4", ("outputs",), "19 fractional bits"),
        ), _planes),
        Array("logistic", "u4", (str(LOGISTIC_ENTRIES),), "entry i: 2^24 times the logistic function at (i - 4096) / 256"),
        Array("exp2", "u4", (str(EXP2_ENTRIES),), "entry i: 2^16 times 2 to the power of -i / 64"),
    ),
    most_bytes=1 << 20,
)
# fmt: on


class Model(NamedTuple):
    """Arrays by key, those of a plane as PLANE/NAME."""

    arrays: Arrays

    def network(self, plane: int) -> Network:
        """The network of a plane."""
        parts: dict[str, Any] = {}
        for layer in LAYERS:
            parts[layer] = self.arrays[f"{plane}/{layer}"].astype(np.int16)
            parts[f"{layer}_bias"] = self.arrays[f"{plane}/{layer}_bias"].astype(np.int32)
        return Network(
            **parts,
            logistic=self.arrays["logistic"].astype(np.int64),
            exp2=self.arrays["exp2"].astype(np.int64),
            inputs=np.zeros(INPUTS[plane], np.int16),
            hidden=np.zeros(parts["first_bias"].size, np.int32),
            hidden2=np.zeros(parts["second_bias"].size, np.int32),
            outputs=np.zeros(OUTPUTS, np.int32),
            mixture=np.zeros((4, PARTS), np.int64),
        )


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
    return arrayfile.build(
        FORM, {"hidden": len(arrays["0/first_bias"]), "hidden2": len(arrays["0/second_bias"])}, arrays
    )


def _check(arrays: Arrays) -> None:
    """The bounds that keep every sum within 32 bits, and every distribution in order."""
    for plane in range(PLANES):
        for layer, most in LAYERS.items():
            sums = np.abs(arrays[f"{plane}/{layer}"].astype(np.int64)).sum(0) * most
            if (sums + np.abs(arrays[f"{plane}/{layer}_bias"].astype(np.int64))).max() >= 1 << 31:
                raise TableError("the grid model has weights out of bounds")
    logistic = arrays["logistic"].astype(np.int64)
    if logistic.min() < 1 or logistic.max() >= ONE or np.diff(logistic).min() < 0:
        raise TableError("the grid model's logistic is out of bounds")
    if arrays["exp2"].min() < 1 or arrays["exp2"].max() > 1 << 16:
        raise TableError("the grid model's exp2 is out of bounds")
