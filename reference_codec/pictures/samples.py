"""Samples: what every part of the reference codec may ask of a picture's plain array.

Rule 1.  Samples are uint8, shape (H, W) for grey or (H, W, 3) for RGB, row 0 at the top, with at least one pixel.
Rule 2.  Same samples, same result on every machine.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from misc_format.components import Samples


def require_samples(samples: Samples) -> None:
    """Raise ValueError for anything that is not samples as Rule 1 says."""
    shaped = samples.ndim == 2 or (samples.ndim == 3 and samples.shape[2] == 3)
    if samples.dtype != np.uint8 or not shaped or samples.size == 0:
        raise ValueError(f"samples must be uint8 (H, W) or (H, W, 3), not {samples.dtype} {samples.shape}")


def rgb(picture_samples: Samples) -> Samples:
    """`picture_samples`, uint8 (H, W) or (H, W, 3), as uint8 (H, W, 3); grey is repeated in the three channels.

    Raises ValueError for another type or shape, or for a picture without pixels.
    """
    require_samples(picture_samples)
    if picture_samples.ndim == 3:
        return picture_samples
    return np.repeat(picture_samples[:, :, None], 3, axis=2)


def shrink(samples: Samples, long_side: int) -> Samples:
    """`samples` scaled down so that the longer side is at most `long_side` pixels, by area averaging; never scaled up.

    uint8 (H, W) or (H, W, 3) in, the same kind out, no side below 1.  Pillow's fixed-point box filter is used, which
    gives the same values on every machine.  Raises ValueError as `rgb` does.
    """
    require_samples(samples)
    height, width = samples.shape[:2]
    longest = max(height, width)
    if longest <= long_side:
        return samples
    size = (_scaled(width, long_side, longest), _scaled(height, long_side, longest))
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.BOX))


def _scaled(side: int, numerator: int, denominator: int) -> int:
    """`side` times a ratio, rounded half up in integers, at least 1."""
    return max(1, (2 * side * numerator + denominator) // (2 * denominator))
