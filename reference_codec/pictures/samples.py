"""Samples: the plain array of a picture, and what every part of the reference codec does with it.

Rule 1.  Samples are uint8 of shape (H, W) for grey or (H, W, 3) for RGB, row 0 at the top, with at least one pixel.
Rule 2.  The same samples give the same result on every machine.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from misc_format.components import Samples, Size


def require_samples(samples: Samples) -> None:
    """Raise ValueError for an array that is not samples as in Rule 1."""
    shaped = samples.ndim == 2 or (samples.ndim == 3 and samples.shape[2] == 3)
    if samples.dtype != np.uint8 or not shaped or samples.size == 0:
        raise ValueError(f"samples must be uint8 (H, W) or (H, W, 3), not {samples.dtype} {samples.shape}")


def size_of(samples: Samples) -> Size:
    """Width and height of samples (H, W) or (H, W, 3)."""
    return Size(samples.shape[1], samples.shape[0])


def rgb(samples: Samples) -> Samples:
    """Samples (H, W) or (H, W, 3) as (H, W, 3); grey is repeated in the three channels. Raises ValueError as `require_samples`."""
    require_samples(samples)
    if samples.ndim == 3:
        return samples
    return np.repeat(samples[:, :, None], 3, axis=2)


def shrink(samples: Samples, max_side: int) -> Samples:
    """Samples scaled down by area averaging until no side exceeds `max_side` pixels. They are never scaled up.

    The number of dimensions stays, and no side falls below 1. Pillow's fixed-point box filter gives the same values on every machine.
    Raises ValueError as `require_samples`.
    """
    require_samples(samples)
    height, width = samples.shape[:2]
    long_side = max(height, width)
    if long_side <= max_side:
        return samples
    size = (_scaled(width, max_side, long_side), _scaled(height, max_side, long_side))
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.BOX))


def _scaled(side: int, numerator: int, denominator: int) -> int:
    """`side` times a ratio, rounded half up in integers, at least 1."""
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))
