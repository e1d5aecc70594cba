"""Quantisation levels and the 8-bit samples that stand for them (clause 8.5): to the nearest, in integers."""

from __future__ import annotations

import numpy as np

from misc_format.components import Samples


def quantise(samples: Samples, depth: int) -> Samples:
    """8-bit samples to the nearest of 2^depth levels; any shape."""
    levels = (1 << depth) - 1
    return ((2 * samples.astype(np.int64) * levels + 255) // 510).astype(np.uint8)


def dequantise(samples: Samples, depth: int) -> Samples:
    """Levels to 8-bit samples; any shape. `quantise` undoes it."""
    levels = (1 << depth) - 1
    return ((2 * samples.astype(np.int64) * 255 + levels) // (2 * levels)).astype(np.uint8)


def smallest_depth(samples: Samples) -> int:
    """The least depth whose levels give exactly these 8-bit samples."""
    return next(depth for depth in range(1, 9) if np.array_equal(dequantise(quantise(samples, depth), depth), samples))
