"""Pictures and maps in the sizes that a diffusion model works in, pasting and blending.

Rule 1.  A picture of the model is float, (1, 3, H, W), 0 to 1, with sides that the model's grid divides. It is the stream's picture
         scaled so that its long side lies in a range, then continued at the right and at the bottom by its last column and row.
Rule 2.  A cell of a map covers its share of the picture, as far as pixels go; a mask is float, 0 or 1.
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
    """`picture`: the stream's size; `scaled`: the size it is painted in; `padded`: the same, with sides that the model takes."""

    picture: Size
    scaled: Size
    padded: Size


def frame(picture: Size, sides: tuple[int, int], unit: int) -> Frame:
    """The sizes for a picture whose long side is brought into `sides`, for a model that needs multiples of `unit`."""
    long = max(picture)
    target = min(max(long, sides[0]), sides[1])
    scaled = Size(*(max(1, (2 * side * target + long) // (2 * long)) for side in picture))
    return Frame(picture, scaled, Size(*(-(-side // unit) * unit for side in scaled)))


def to_tensor(samples: Samples, sizes: Frame) -> Tensor:
    """Rule 1, from uint8 samples (H, W) or (H, W, 3) of the stream's size."""
    scaled = np.asarray(Image.fromarray(rgb(samples)).resize(sizes.scaled, Image.Resampling.BICUBIC))
    pixels = torch.from_numpy(scaled.copy()).permute(2, 0, 1)[None].float() / 255
    return functional.pad(pixels, _margins(sizes), mode="replicate")


def to_samples(pixels: Tensor, sizes: Frame) -> Samples:
    """uint8 samples (H, W, 3) of the stream's size from a picture of the model; what is not a number becomes black."""
    inside = pixels[0, :, : sizes.scaled.height, : sizes.scaled.width].float().nan_to_num(0.0).clamp(0, 1).cpu()
    scaled = (inside * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    return np.asarray(Image.fromarray(scaled).resize(sizes.picture, Image.Resampling.LANCZOS))


def pixel_mask(grid: BoolMap, sizes: Frame) -> Tensor:
    """The mask of a map at the model's picture size, (1, 1, H, W): each cell repeated over its block."""
    rows, columns = (
        np.minimum(np.arange(padded), scaled - 1) * side // scaled
        for padded, scaled, side in zip(reversed(sizes.padded), reversed(sizes.scaled), grid.shape, strict=True)
    )
    return torch.from_numpy(grid[rows][:, columns].astype(np.float32))[None, None]


def reduced(mask: Tensor, factor: int) -> Tensor:
    """A pixel mask at latent or attention size: 1 where half of the factor x factor pixels or more are set.

    Of a mask so small that no cell reaches half, the cells that it covers most are set; an empty mask stays empty.
    """
    share = functional.avg_pool2d(mask, factor)
    most = share.max()
    return ((share >= torch.minimum(most, torch.tensor(0.5, device=mask.device))) & (share > 0)).to(mask.dtype)


def blend(inside: Tensor, outside: Tensor, mask: Tensor) -> Tensor:
    """`inside` where the mask is 1, `outside` where it is 0: MISC equation 7 on pixels, SEDIC equation 4 on latents."""
    return mask * inside + (1 - mask) * outside


def _margins(sizes: Frame) -> tuple[int, int, int, int]:
    return 0, sizes.padded.width - sizes.scaled.width, 0, sizes.padded.height - sizes.scaled.height
