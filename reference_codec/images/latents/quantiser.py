"""Latents in floating point to whole numbers, pass by pass, each where the rate that it costs is worth it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import TOTAL, Model
from misc_format.coders.image.latentmodel.network import UNIT_BITS
from misc_format.coders.image.latentmodel.passes import Integers, Part, Scales
from misc_format.coders.image.latents import LARGEST
from misc_format.limits import MAX_LATENT

Floats = NDArray[np.float64]
PRICE = 0.04  # squared steps that a bit is worth


class Quantiser:
    """A coding of `misc_format.coders.image.latentmodel.passes.walk` that decides the values.

    `scaled` (rows, columns, channels) and `hyper` (hyper-rows, hyper-columns, hyper-channels) are what the analysis gave. A value is
    rounded, or rounded towards 0, whichever gives the smaller sum of its squared error and `price` times its bits.
    """

    def __init__(self, model: Model, scaled: Floats, hyper: Floats, price: float = PRICE) -> None:
        self._scaled = scaled
        self._hyper = hyper
        self._price = price
        self._costs = costs(model)
        self.bits = 0.0

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """The hyper-latents, rounded."""
        return self._chosen(self._hyper - means, scales, 0.0)

    def latents(self, part: Part, own: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass."""
        return self._chosen(self._scaled[part][own] - means / (1 << UNIT_BITS), scales, self._price)

    def _chosen(self, values: Floats, scales: Scales, price: float) -> Integers:
        nearest = np.clip(np.rint(values), -MAX_LATENT, MAX_LATENT).astype(np.int64)
        lower = nearest - np.sign(nearest)
        bits, lower_bits = (self._bits(found, scales) for found in (nearest, lower))
        kept = (values - nearest) ** 2 + price * bits <= (values - lower) ** 2 + price * lower_bits
        chosen = np.where(kept, nearest, lower)
        chosen[scales == 0] = 0
        self.bits += float(np.where(kept, bits, lower_bits)[scales > 0].sum())
        return chosen

    def _bits(self, values: Integers, scales: Scales) -> Floats:
        """About the bits of each value; those of an escaped one grow with its logarithm."""
        size = np.abs(values)
        symbols = np.where(size > LARGEST, 2 * LARGEST + 1, values + LARGEST)
        beyond = np.where(size > LARGEST, 2 * np.log2(np.maximum(size - LARGEST, 1)) + 2, 0)
        found: Floats = self._costs[scales, symbols] + beyond
        return found


def costs(model: Model) -> Floats:
    """Bits of each symbol at each scale; none at scale 0."""
    table = model.frequencies().astype(np.float64)
    table[0] = TOTAL
    found: Floats = -np.log2(table / TOTAL)
    return found
