"""Conforming latents without a picture, for vectors, strategies and tests (clause 9)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales, walk
from misc_format.components import Latents

Numbers = Callable[[int], Integers]


class _Pattern:
    """A coding whose values come from a function, except that a value of scale 0 is 0 (MISC-LAT-003)."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """All hyper-latents."""
        return self._values(scales)

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._values(scales)

    def _values(self, scales: Scales) -> Integers:
        return np.where(scales > 0, self._numbers(scales.size).reshape(scales.shape), 0)


def conforming(model: Model, quality: int, rows: int, columns: int, numbers: Numbers) -> Latents:
    """Latents with the values of `numbers`, in coding order; a value of scale 0 is 0.

    `rows`, `columns`: places. `numbers`: takes a count and returns that many integers.
    """
    return walk(model, quality, rows, columns, _Pattern(numbers))
