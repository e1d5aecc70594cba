"""The file of a latents model (clause 17.7), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from misc_format.tables import TableError, arrayfile, load_bytes
from misc_format.tables.arrayfile import Array, Arrays, Form, Group, Size, Sizes

PASS_COUNT = 7
QUALITIES = 128
SCALES = 64  # scale 0 has no table: a latent of that scale is 0, and not coded
ALPHABET = 32  # symbols of a table: values -15 to 15, and the escape
TOTAL = 1 << 24
MOST_WEIGHT = 4095
MOST_BIAS = 1 << 30
MOST_UNITS = 256


def _passes(sizes: Sizes) -> Mapping[str, Sizes]:
    return {f"pass_{number}": {} for number in range(PASS_COUNT)}


# fmt: off
FORM = Form(
    "latents model",
    b"MISC-LT1",
    (
        Size("channels", 1, MOST_UNITS), Size("hyper_channels", 1, MOST_UNITS),
        Size("features", 1, MOST_UNITS), Size("hidden", 1, MOST_UNITS),
    ),
    (
        Array("hyper_means", "i2", (str(QUALITIES), "hyper_channels"), "mean of each channel of hyper-latents, whole numbers"),
        Array("hyper_scales", "u1", (str(QUALITIES), "hyper_channels"), "scale of each channel of hyper-latents"),
        Array("hyper_first", "i2", ("3", "3", "hyper_channels + 1", "4 * features"), "first convolution of the hyper-synthesis"),
        Array("hyper_first_bias", "i4", ("4 * features",), "15 fractional bits"),
        Array("hyper_second", "i2", ("3", "3", "features", "4 * features"), "second convolution of the hyper-synthesis"),
        Array("hyper_second_bias", "i4", ("4 * features",), "15 fractional bits"),
        Group("pass", (
            Array("features", "i2", ("3", "3", "features", "hidden"), "convolution, its part for the features"),
            Array("known", "i2", ("3", "3", "channels", "hidden"), "convolution, its part for the known latents"),
            Array("first_bias", "i4", ("hidden",), "15 fractional bits"),
            Array("second", "i2", ("hidden", "hidden"), "second layer"),
            Array("second_bias", "i4", ("hidden",), "15 fractional bits"),
            Array("third", "i2", ("hidden", "2 * channels"), "third layer: means, then scales"),
            Array("third_bias", "i4", ("2 * channels",), "15 fractional bits"),
        ), _passes),
        Array("frequencies", "u4", (str(SCALES - 1), str(ALPHABET)), "of each symbol at scales 1 to 63"),
    ),
    most_bytes=1 << 24,
)
# fmt: on


@dataclass(frozen=True, eq=False)
class Model:
    """Sizes of the header and arrays by key."""

    sizes: Sizes
    arrays: Arrays

    @property
    def channels(self) -> int:
        """Channels of latents."""
        return self.sizes["channels"]

    @property
    def hyper_channels(self) -> int:
        """Channels of hyper-latents."""
        return self.sizes["hyper_channels"]

    def frequencies(self) -> NDArray[np.int64]:
        """(SCALES, ALPHABET); the row of scale 0 is never used."""
        table = self.arrays["frequencies"].astype(np.int64)
        return np.concatenate([np.zeros((1, ALPHABET), np.int64), table])


@cache
def shipped(name: str) -> Model:
    """The shipped model of this file name; `TableError` if the file is missing or altered."""
    return parse(load_bytes(name))


def parse(data: bytes) -> Model:
    """The model in a file's bytes; raises `TableError` for anything else."""
    sizes, arrays = arrayfile.parse(FORM, data)
    for key, values in arrays.items():
        bound = {np.dtype("i2"): MOST_WEIGHT, np.dtype("i4"): MOST_BIAS}.get(values.dtype)
        if bound is not None and np.abs(values.astype(np.int64)).max() > bound:
            raise TableError(f"the latents model has a number out of bounds in {key}")
    table = arrays["frequencies"].astype(np.int64)
    if table.min() < 1 or np.any(table.sum(1) != TOTAL) or arrays["hyper_scales"].max() >= SCALES:
        raise TableError("the latents model has a table that is none")
    return Model(sizes, arrays)


def build(sizes: Sizes, arrays: Mapping[str, NDArray[np.int64]]) -> bytes:
    """The file of a model."""
    return arrayfile.build(FORM, sizes, arrays)
