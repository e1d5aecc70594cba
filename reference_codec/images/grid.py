"""The quantised pixel grid as a reference picture: means of blocks (CMC-Bench's Pixel mode, MISC equation 5), then fewer levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.coders.image.levels import quantise
from misc_format.components import Grid, Samples, Size


def make(samples: Samples, block: int, depth: int) -> Grid:
    """The grid of the means of block x block pixels of a picture, uint8 (H, W) or (H, W, 3), with `depth` bits per sample."""
    return Grid(quantise(reduce_to_blocks(samples, block), depth), depth, block)


def reduce_to_blocks(samples: Samples, block: int) -> Samples:
    """The rounded mean of each block x block square. A square that reaches over the edge is the mean of the pixels that it has."""
    sums: NDArray[Any] = samples
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, samples.shape[axis], block), axis=axis, dtype=np.int64)
    heights, widths = (np.diff(np.append(np.arange(0, side, block), side)) for side in samples.shape[:2])
    pixels = np.outer(heights, widths).reshape(sums.shape[:2] + (1,) * (samples.ndim - 2))
    means: Samples = ((2 * sums + pixels) // (2 * pixels)).astype(np.uint8)
    return means


def stretch(samples: Samples, cells: Size, depth: int) -> Grid:
    """A grid of `cells` columns and rows that covers the whole picture, uint8; each cell is the mean of the area that it covers."""
    means = Image.fromarray(samples).resize(cells, Image.Resampling.BOX)
    return Grid(quantise(np.asarray(means), depth), depth)
