"""The quantised pixel grid as a reference picture: block means (CMC-Bench's Pixel mode, MISC equation 5), then fewer levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.coders.image.levels import quantise
from misc_format.components import Grid, Samples, Size


def make(samples: Samples, block: int, depth: int) -> Grid:
    """The grid of block means of a uint8 picture (H, W) or (H, W, 3), at `depth` bits a sample."""
    return Grid(quantise(reduce_to_blocks(samples, block), depth), depth, block)


def reduce_to_blocks(samples: Samples, block: int) -> Samples:
    """The mean of each block x block square, rounded; squares that reach over the edge count the pixels they have."""
    sums: NDArray[Any] = samples
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, samples.shape[axis], block), axis=axis, dtype=np.int64)
    heights, widths = (np.diff(np.append(np.arange(0, side, block), side)) for side in samples.shape[:2])
    pixels = np.outer(heights, widths).reshape(sums.shape[:2] + (1,) * (samples.ndim - 2))
    means: Samples = ((2 * sums + pixels) // (2 * pixels)).astype(np.uint8)
    return means


def stretch(samples: Samples, cells: Size, depth: int) -> Grid:
    """The grid of `cells` columns and rows stretched over a uint8 picture, each the mean of the area it covers."""
    means = Image.fromarray(samples).resize(cells, Image.Resampling.BOX)
    return Grid(quantise(np.asarray(means), depth), depth)
