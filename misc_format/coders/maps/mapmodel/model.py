"""The file of the map model (clause 7.5.8), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import coarse, fine
from misc_format.coders.maps.mapmodel.network import LOGIT_ENTRIES, MAX_ELEMENT, Weights
from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Form, Group, Size, Sizes
from misc_format.tables.networkfile import NetworkFile, read_only

MAX_UNITS = 512
MAX_BIAS = (1 << 30) - 1
BIAS_BOUNDS = (-MAX_BIAS, MAX_BIAS)
ONE = 1 << 24
FREQUENCY_BOUNDS = (1, ONE - 1)
FLAT = 2 * (len(fine.TRANSITIONS) + 1) * 5
INPUTS = {**dict.fromkeys(fine.NETWORKS, fine.INPUTS), "coarse": coarse.INPUTS}
# The sizes of a network in the header, each with the bias that has this length.
UNITS = {"hidden": "first_bias", "experts": "second_bias"}


def _networks(sizes: Sizes) -> dict[str, Sizes]:
    return {
        name: {"inputs": inputs, **{unit: sizes[f"{name}_{unit}"] for unit in UNITS}} for name, inputs in INPUTS.items()
    }


# fmt: off
FORM = Form(
    "map model",
    b"MISC-MM1",
    tuple(Size(f"{name}_{unit}", 1, MAX_UNITS) for name in INPUTS for unit in UNITS),
    (
        Group("network", (
            Array("first", "i2", ("inputs", "hidden"), "weights of the first layer, 12 fractional bits"),
            Array("first_bias", "i4", ("hidden",), "12 fractional bits", BIAS_BOUNDS),
            Array("second", "i2", ("hidden", "experts"), "weights of the second layer, 10 fractional bits"),
            Array("second_bias", "i4", ("experts",), "17 fractional bits", BIAS_BOUNDS),
            Array("third", "i4", ("experts + 1",), "third layer at the first pixel, 16 fractional bits; the last: of the constant"),
        ), _networks),
        Array("logistic", "u4", (str(LOGIT_ENTRIES),), "entry i: 2^24 times the logistic function at (i - 4096) / 256", FREQUENCY_BOUNDS),
        Group("fine network", (
            Array("flat", "u4", (str(FLAT),), "frequency of a change at a flat pixel, at the first pixel", FREQUENCY_BOUNDS),
        ), lambda _: {name: {} for name in fine.NETWORKS}),
    ),
    max_bytes=1 << 22,
)
# fmt: on


class Networks(NamedTuple):
    """What codes the maps of a file. `flat`: the frequencies of changes at flat pixels, before the first pixel of a file."""

    fine: Weights
    coarse: Weights
    flat: NDArray[np.int64]


class Model(NetworkFile):
    """A map model. Arrays have the keys of `FORM`; those of a network are NETWORK/NAME."""

    form: ClassVar[Form] = FORM

    @staticmethod
    def sizes_of(arrays: Mapping[str, Any]) -> Sizes:
        """The header's sizes for these arrays."""
        return {f"{name}_{unit}": len(arrays[f"{name}/{bias}"]) for name in INPUTS for unit, bias in UNITS.items()}

    @cached_property
    def networks(self) -> dict[str, Networks]:
        """The networks of a method, by the name of the one for fine maps."""
        coarse_weights = self._weights("coarse")
        return {
            name: Networks(self._weights(name), coarse_weights, read_only(self.arrays[f"{name}/flat"], np.int64))
            for name in fine.NETWORKS
        }

    def _weights(self, name: str) -> Weights:
        return Weights(
            first=read_only(self.arrays[f"{name}/first"], np.int16),
            first_bias=read_only(self.arrays[f"{name}/first_bias"], np.int32),
            second=read_only(self.arrays[f"{name}/second"].T, np.int16),
            second_bias=read_only(self.arrays[f"{name}/second_bias"], np.int32),
            third=read_only(self.arrays[f"{name}/third"], np.int64),
            logistic=read_only(self.arrays["logistic"], np.int32),
        )

    def check(self) -> None:
        """Raise `TableError` unless every sum keeps within 32 bits."""
        # The first layer needs no check: fewer than 2^9 inputs of at most 64 and weights below 2^15 give sums below 2^30.
        for name in INPUTS:
            sums = np.abs(self.arrays[f"{name}/second"].astype(np.int64)).sum(0) * MAX_ELEMENT
            if sums.max() >= 1 << 30:
                raise TableError(f"the map model has weights out of bounds in {name}/second")
