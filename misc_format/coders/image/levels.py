"""Quantisation of 8-bit samples to levels and back (clause 8.6), rounded to the nearest, in integers."""

from __future__ import annotations

import numpy as np

from misc_format.components import Samples


def quantise(samples: Samples, depth: int) -> Samples:
    """The nearest of 2^depth levels for 8-bit samples of any shape."""
    levels = (1 << depth) - 1
    return ((2 * samples.astype(np.int64) * levels + 255) // 510).astype(np.uint8)


def dequantise(samples: Samples, depth: int) -> Samples:
    """The 8-bit samples of levels of any shape. `quantise` is the inverse."""
    levels = (1 << depth) - 1
    return ((2 * samples.astype(np.int64) * 255 + levels) // (2 * levels)).astype(np.uint8)


def smallest_depth(samples: Samples) -> int:
    """The smallest depth, 1 to 8, whose levels give exactly these 8-bit samples."""
    return next(depth for depth in range(1, 9) if np.array_equal(dequantise(quantise(samples, depth), depth), samples))
