"""Latents that conform and come from no picture: for vectors, strategies and tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales, walk
from misc_format.components import Latents

Numbers = Callable[[int], Integers]


class _Pattern:
    """A coding whose values are numbers from outside, and 0 where they must be."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        return self._values(scales)

    def latents(self, part: Part, own: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._values(scales)

    def _values(self, scales: Scales) -> Integers:
        return np.where(scales > 0, self._numbers(scales.size).reshape(scales.shape), 0)


def conforming(model: Model, quality: int, rows: int, columns: int, numbers: Numbers) -> Latents:
    """Latents whose values are what `numbers` gives for so many of them, in coding order, where the model lets them."""
    return walk(model, quality, rows, columns, _Pattern(numbers))
