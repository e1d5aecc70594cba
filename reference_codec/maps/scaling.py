"""Pictures for models that see a picture whole: scaled by Pillow's bilinear filter on bytes, as torchvision scales what Pillow read.

The image processors of transformers scale with Pillow or with torchvision, whichever is installed, and their values differ by a level.
Grounding DINO and SAM were trained and published with what is here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import Samples, Size

#: Of ImageNet, for samples from 0 to 1: red, green and blue.
MEAN: Final = (0.485, 0.456, 0.406)
DEVIATION: Final = (0.229, 0.224, 0.225)


def short_side(size: Size, shortest: int, longest: int) -> Size:
    """The size whose short side is `shortest`; its long side is at most `longest`, within the rounding of the short side.

    The rounding is that of Grounding DINO's code. Raises ValueError for a picture too narrow for this.
    """
    low, high = min(size), max(size)
    if high / low * shortest > longest:
        shortest = round(longest * low / high)
    if shortest < 1:
        raise ValueError(f"a picture of {size.width}x{size.height} is too narrow")
    if low == shortest:
        return size
    if size.width < size.height:
        return Size(shortest, int(shortest * size.height / size.width))
    return Size(int(shortest * size.width / size.height), shortest)


def long_side(size: Size, longest: int) -> Size:
    """The size whose long side is `longest`, with sides rounded as by SAM's `ResizeLongestSide`; no side is below 1."""
    scale = longest / max(size)
    width, height = (max(1, int(side * scale + 0.5)) for side in size)
    return Size(width, height)


def scaled(samples: Samples, size: Size) -> Samples:
    """Samples, uint8 (H, W, 3), in another size."""
    if (samples.shape[1], samples.shape[0]) == tuple(size):
        return samples
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.BILINEAR))


def normal(samples: Samples) -> NDArray[np.float32]:
    """Samples, uint8 (H, W, 3), as float32 (3, H, W): from 0 to 1, less ImageNet's mean, divided by its deviation."""
    values = samples.astype(np.float32) / np.float32(255)
    result = (values - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(result.transpose(2, 0, 1))
