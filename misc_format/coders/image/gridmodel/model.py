"""The file format of the grid model (clause 8.5), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from misc_format.coders.image.gridmodel.context import INPUTS, PLANES
from misc_format.coders.image.gridmodel.network import (
    EXP2_ENTRIES,
    LOGISTIC_ENTRIES,
    MAX_ELEMENT,
    ONE,
    OUTPUTS,
    Weights,
)
from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Form, Group, Size, Sizes
from misc_format.tables.networkfile import NetworkFile, read_only

MAX_UNITS = 256
MAX_INPUT = 1 << 11
LAYERS = {"first": MAX_INPUT, "second": MAX_ELEMENT, "third": MAX_ELEMENT}  # the largest input of each layer


def _planes(_: Sizes) -> dict[str, Sizes]:
    return {str(plane): {"inputs": INPUTS[plane], "outputs": OUTPUTS} for plane in range(PLANES)}


# fmt: off
FORM = Form(
    "grid model",
    b"MISC-GM1",
    (Size("hidden", 1, MAX_UNITS), Size("hidden2", 1, MAX_UNITS)),
    (
        Group("plane", (
            Array("first", "i2", ("inputs", "hidden"), "weights of the first layer, 10 fractional bits"),
            Array("first_bias", "i4", ("hidden",), "16 fractional bits"),
            Array("second", "i2", ("hidden", "hidden2"), "weights of the second layer, 10 fractional bits"),
            Array("second_bias", "i4", ("hidden2",), "17 fractional bits"),
            Array("third", "i2", ("hidden2", "outputs"), "weights of the third layer, 12 fractional bits"),
            Array("third_bias", "i4", ("outputs",), "19 fractional bits"),
        ), _planes),
        Array("logistic", "u4", (str(LOGISTIC_ENTRIES),), "entry i: 2^24 times the logistic function at (i - 4096) / 256", (1, ONE - 1)),
        Array("exp2", "u4", (str(EXP2_ENTRIES),), "entry i: 2^16 times 2 to the power of -i / 64", (1, 1 << 16)),
    ),
    max_bytes=1 << 20,
)
# fmt: on


class Model(NetworkFile):
    """A grid model. Arrays have the keys of `FORM`; those of a plane are PLANE/NAME."""

    form: ClassVar[Form] = FORM

    @staticmethod
    def sizes_of(arrays: Mapping[str, Any]) -> Sizes:
        """The header's sizes for these arrays."""
        return {"hidden": len(arrays["0/first_bias"]), "hidden2": len(arrays["0/second_bias"])}

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """The weights of each plane's network."""
        return tuple(self._weights(plane) for plane in range(PLANES))

    def _weights(self, plane: int) -> Weights:
        layers = {}
        for layer in LAYERS:
            layers[layer] = read_only(self.arrays[f"{plane}/{layer}"], np.int16)
            layers[f"{layer}_bias"] = read_only(self.arrays[f"{plane}/{layer}_bias"], np.int32)
        tables = {name: read_only(self.arrays[name], np.int64) for name in ("logistic", "exp2")}
        return Weights(**layers, **tables)

    def check(self) -> None:
        """Raise `TableError` unless every sum keeps within 32 bits and the logistic function never falls."""
        for plane in range(PLANES):
            for layer, max_input in LAYERS.items():
                sums = np.abs(self.arrays[f"{plane}/{layer}"].astype(np.int64)).sum(0) * max_input
                if (sums + np.abs(self.arrays[f"{plane}/{layer}_bias"].astype(np.int64))).max() >= 1 << 31:
                    raise TableError(f"the grid model has weights out of bounds in layer {plane}/{layer}")
        if np.diff(self.arrays["logistic"].astype(np.int64)).min() < 0:
            raise TableError("the grid model's logistic is out of bounds: it falls")
