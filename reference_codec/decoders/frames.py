"""Pictures and maps in the sizes that a diffusion model works in, and their blending.

Rule 1.  A picture of the model is float (1, 3, H, W) from 0 to 1; H and W are multiples of the model's unit. It is the stream's picture,
         scaled so that its long side lies in a range, then padded at the right and at the bottom by its last column and row.
Rule 2.  A cell of a map covers the pixels that fall into it. A mask is float, 0 or 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from misc_format.components import BoolMap, Samples, Size
from reference_codec.pictures.samples import rgb


class Frame(NamedTuple):
    """The sizes of a picture: in the stream, scaled for painting, and padded to the model's unit."""

    picture: Size
    scaled: Size
    padded: Size


def frame(picture: Size, sides: tuple[int, int], unit: int) -> Frame:
    """The sizes of a picture. `sides`: the range of its scaled long side. `unit`: divides its padded sides."""
    long_side = max(picture)
    target = min(max(long_side, sides[0]), sides[1])
    scaled = Size(*(max(1, (2 * side * target + long_side) // (2 * long_side)) for side in picture))
    return Frame(picture, scaled, Size(*(-(-side // unit) * unit for side in scaled)))


def to_tensor(samples: Samples, sizes: Frame) -> Tensor:
    """The picture of the model (Rule 1) from samples of the stream's size, uint8 (H, W) or (H, W, 3)."""
    scaled = np.asarray(Image.fromarray(rgb(samples)).resize(sizes.scaled, Image.Resampling.BICUBIC))
    pixels = torch.from_numpy(scaled.copy()).permute(2, 0, 1)[None].float() / 255
    return functional.pad(pixels, _margins(sizes), mode="replicate")


def to_samples(pixels: Tensor, sizes: Frame) -> Samples:
    """Samples of the stream's size, uint8 (H, W, 3), from a picture of the model. NaN becomes black."""
    inside = pixels[0, :, : sizes.scaled.height, : sizes.scaled.width].float().nan_to_num(0.0).clamp(0, 1).cpu()
    scaled = (inside * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return np.asarray(Image.fromarray(scaled).resize(sizes.picture, Image.Resampling.LANCZOS))


def pixel_mask(grid: BoolMap, sizes: Frame) -> Tensor:
    """The mask of a map at the padded size, (1, 1, H, W): each cell repeated over its pixels."""
    rows, columns = (
        np.minimum(np.arange(padded), scaled - 1) * side // scaled
        for padded, scaled, side in zip(reversed(sizes.padded), reversed(sizes.scaled), grid.shape, strict=True)
    )
    return torch.from_numpy(grid[rows][:, columns].astype(np.float32))[None, None]


def reduced(mask: Tensor, factor: int) -> Tensor:
    """A pixel mask reduced to the size of latents or attention: 1 if at least half of the factor x factor pixels are set.

    If no cell reaches half, the cells with the largest share are set. An empty mask stays empty.
    """
    shares = functional.avg_pool2d(mask, factor)
    threshold = shares.max().clamp(max=0.5)
    return ((shares >= threshold) & (shares > 0)).to(mask.dtype)


def blend(inside: Tensor, outside: Tensor, mask: Tensor) -> Tensor:
    """`inside` where the mask is 1, `outside` where it is 0: MISC's equation 7 for pixels, SEDIC's equation 4 for latents."""
    return mask * inside + (1 - mask) * outside


def _margins(sizes: Frame) -> tuple[int, int, int, int]:
    return 0, sizes.padded.width - sizes.scaled.width, 0, sizes.padded.height - sizes.scaled.height
