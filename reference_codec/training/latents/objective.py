"""What training minimises: bits and distortion of pictures at qualities, for a batch or for the held-out photos.

The distortion is SQUARED_SHARE x squared error (8-bit units) + STRUCTURE_SHARE x (1 - MS-SSIM). At 0.03 bpp both are near 250 and 0.16, so
the squared error is about a third of the whole. The version before had 0.15, a tenth: its MS-SSIM led, but its PSNR was 2 dB
behind VVC at half size. Squared error counts more at first, FIRST_SQUARED_SHARE falling until FALLEN of all steps: its
gradient is the better behaved one while pictures are still far off, and structure is refined from means that are right.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from reference_codec.images.latents.networks import Networks
from reference_codec.training.latents.distortion import dissimilarity, squared_error

MIN_WEIGHT, MAX_WEIGHT = 1e-5, 1e-3  # of the distortion, at qualities 0 and 1, where bits are counted per pixel
FIRST_SQUARED_SHARE, SQUARED_SHARE, FALLEN = 1.0, 0.5, 0.6
STRUCTURE_SHARE = 1800.0
FIRST_RATE_FACTOR, RISEN = 0.2, 0.05  # of the bits: latents carry something before they are made cheap
EVENNESS = 0.6  # the loss is divided by this power of the weight, so that no quality rules the gradient


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
    codec: Networks, wanted: Tensor, quality: Tensor, precision: torch.dtype = torch.float32, progress: float = 1.0
) -> Figures:
    """The figures of pictures (N, 3, H, W) in [0, 1] at qualities (N,) in [0, 1], as they count at a part of all steps."""
    with torch.autocast(wanted.device.type, torch.bfloat16, enabled=precision == torch.bfloat16):
        found, bits = codec(wanted, quality)
    bpp = bits / (wanted.shape[2] * wanted.shape[3])
    squared, structure = squared_error(found, wanted), dissimilarity(found, wanted)
    weight = MIN_WEIGHT * (MAX_WEIGHT / MIN_WEIGHT) ** quality
    distortion = squared_share(progress) * squared + STRUCTURE_SHARE * structure
    loss = (rate_factor(progress) * bpp + weight * distortion) / weight**EVENNESS
    return Figures(loss, bpp, squared, structure)


def rate_factor(progress: float) -> float:
    """What bits count at a part of all steps."""
    return FIRST_RATE_FACTOR ** max(0.0, 1 - progress / RISEN)


def squared_share(progress: float) -> float:
    """What the squared error counts at a part of all steps."""
    return SQUARED_SHARE * (FIRST_SQUARED_SHARE / SQUARED_SHARE) ** max(0.0, 1 - progress / FALLEN)
