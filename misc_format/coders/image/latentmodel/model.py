"""The file format of a latents model (clause 9.3), a file of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Form, Group, Size, Sizes
from misc_format.tables.networkfile import NetworkFile

PASS_COUNT = 7
QUALITIES = 128
SCALES = 64  # scale 0 has no table: a latent of scale 0 is 0 and is not coded
ALPHABET = 32  # symbols of a table: values -15 to 15, and the escape
ESCAPE = ALPHABET - 1
LARGEST = ESCAPE // 2  # magnitude of a value with a symbol of its own
MAX_ESCAPE_BITS = 11  # of an escaped value, behind its leading one
TOTAL = 1 << 24
MAX_WEIGHT = 4095
MAX_BIAS = 1 << 30
MAX_UNITS = 256
WEIGHT_BOUNDS = (-MAX_WEIGHT, MAX_WEIGHT)
BIAS_BOUNDS = (-MAX_BIAS, MAX_BIAS)


def _passes(sizes: Sizes) -> Mapping[str, Sizes]:
    return {f"pass_{number}": {} for number in range(PASS_COUNT)}


# fmt: off
FORM = Form(
    "latents model",
    b"MISC-LT1",
    (
        Size("channels", 1, MAX_UNITS), Size("hyper_channels", 1, MAX_UNITS),
        Size("features", 1, MAX_UNITS), Size("hidden", 1, MAX_UNITS),
    ),
    (
        Array("hyper_means", "i2", (str(QUALITIES), "hyper_channels"),
            "mean of each channel of hyper-latents, whole numbers", WEIGHT_BOUNDS),
        Array("hyper_scales", "u1", (str(QUALITIES), "hyper_channels"), "scale of each channel of hyper-latents", (0, SCALES - 1)),
        Array("hyper_first", "i2", ("3", "3", "hyper_channels + 1", "4 * features"),
            "first convolution of the hyper-synthesis", WEIGHT_BOUNDS),
        Array("hyper_first_bias", "i4", ("4 * features",), "15 fractional bits", BIAS_BOUNDS),
        Array("hyper_second", "i2", ("3", "3", "features", "4 * features"), "second convolution of the hyper-synthesis", WEIGHT_BOUNDS),
        Array("hyper_second_bias", "i4", ("4 * features",), "15 fractional bits", BIAS_BOUNDS),
        Group("pass", (
            Array("features", "i2", ("3", "3", "features", "hidden"), "convolution, its part for the features", WEIGHT_BOUNDS),
            Array("known", "i2", ("3", "3", "channels", "hidden"), "convolution, its part for the known latents", WEIGHT_BOUNDS),
            Array("first_bias", "i4", ("hidden",), "15 fractional bits", BIAS_BOUNDS),
            Array("second", "i2", ("hidden", "hidden"), "second layer", WEIGHT_BOUNDS),
            Array("second_bias", "i4", ("hidden",), "15 fractional bits", BIAS_BOUNDS),
            Array("third", "i2", ("hidden", "2 * channels"), "third layer: means, then scales", WEIGHT_BOUNDS),
            Array("third_bias", "i4", ("2 * channels",), "15 fractional bits", BIAS_BOUNDS),
        ), _passes),
        Array("frequencies", "u4", (str(SCALES - 1), str(ALPHABET)), "of each symbol at scales 1 to 63", (1, TOTAL)),
    ),
    max_bytes=1 << 24,
)
# fmt: on


class Model(NetworkFile):
    """A latents model. Arrays have the keys of `FORM`; those of a pass are pass_NUMBER/NAME."""

    form: ClassVar[Form] = FORM

    @property
    def channels(self) -> int:
        """Channels of latents."""
        return self.sizes["channels"]

    @property
    def hyper_channels(self) -> int:
        """Channels of hyper-latents."""
        return self.sizes["hyper_channels"]

    def frequencies(self) -> NDArray[np.int64]:
        """The frequencies of the symbols at each scale, int64 (SCALES, ALPHABET). Row 0 is zeros: nothing is coded at scale 0."""
        table = self.arrays["frequencies"].astype(np.int64)
        return np.concatenate([np.zeros((1, ALPHABET), np.int64), table])

    @cached_property
    def below(self) -> NDArray[np.int64]:
        """The sum of the frequencies before each symbol at each scale, and of all, int64 (SCALES, ALPHABET + 1)."""
        return np.concatenate([np.zeros((SCALES, 1), np.int64), np.cumsum(self.frequencies(), 1)], 1)

    def check(self) -> None:
        """Raise `TableError` unless the frequencies of each scale sum to 2^24."""
        if np.any(self.arrays["frequencies"].sum(1, dtype=np.int64) != TOTAL):
            raise TableError("the latents model has a scale whose frequencies do not sum to 2^24")
