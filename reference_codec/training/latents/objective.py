"""The loss that training minimises: bits and distortion of pictures, for a batch or for the held-out photos.

The distortion is SQUARED_FACTOR x squared error (8-bit units) + STRUCTURE_FACTOR x (1 - MS-SSIM). At 0.03 bpp, these are near 250 and
0.16, so the squared error is about a third of the distortion. In the version before, it was a tenth (a factor of 0.15): MS-SSIM was
better than that of VVC at half size, but PSNR was 2 dB worse. The factor falls from FIRST_SQUARED_FACTOR, until the fraction FALL_END of
all steps. The gradient of the squared error is more stable while pictures are far off. Structure is refined when the means are right.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reference_codec.images.latents.distortion import (
    dissimilarity,
    squared_error,
    weight_at,
)
from reference_codec.images.latents.networks import Networks
from reference_codec.msssim import SQUARED_FACTOR, STRUCTURE_FACTOR

FIRST_SQUARED_FACTOR, FALL_END = 1.0, 0.6
FIRST_RATE_FACTOR, RISE_END = 0.2, 0.05  # of the bpp: latents carry information before they are made cheap
EVENNESS = 0.6  # the loss is divided by this power of the weight, so that no quality dominates the gradient


class Figures(NamedTuple):
    """Loss, bits per pixel, squared error and 1 - MS-SSIM of each picture (N,)."""

    loss: Tensor
    bpp: Tensor
    squared: Tensor
    structure: Tensor

    def psnr(self) -> Tensor:
        """PSNR of each picture, in dB."""
        return 10 * torch.log10(255**2 / self.squared)


def figures(
    codec: Networks, original: Tensor, quality: Tensor, precision: torch.dtype = torch.float32, progress: float = 1.0
) -> Figures:
    """The figures of pictures (N, 3, H, W) in [0, 1] at qualities (N,) in [0, 1]. `progress`: the fraction of the steps that is done."""
    with torch.autocast(original.device.type, torch.bfloat16, enabled=precision == torch.bfloat16):
        decoded, bits = codec(original, quality)
    bpp = bits / (original.shape[2] * original.shape[3])
    squared, structure = squared_error(decoded, original), dissimilarity(decoded, original)
    weight = weight_at(quality)
    distortion = squared_factor(progress) * squared + STRUCTURE_FACTOR * structure
    loss = (rate_factor(progress) * bpp + weight * distortion) / weight**EVENNESS
    return Figures(loss, bpp, squared, structure)


def rate_factor(progress: float) -> float:
    """The factor of the bpp after this fraction of the steps."""
    return FIRST_RATE_FACTOR ** max(0.0, 1 - progress / RISE_END)


def squared_factor(progress: float) -> float:
    """The factor of the squared error after this fraction of the steps."""
    return SQUARED_FACTOR * (FIRST_SQUARED_FACTOR / SQUARED_FACTOR) ** max(0.0, 1 - progress / FALL_END)
