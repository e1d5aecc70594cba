"""The network that restores enlarged pictures, as a torch module."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reference_codec.images.latents.networks import Residual

FINE, COARSE = 32, 64  # channels at a half and at a quarter of the picture's size
BLOCKS = 4  # residual blocks at a quarter


class Restoration(nn.Module):
    """Enlarged pictures (N, 3, H, W) in [0, 1], sides multiples of 4, to restored ones: what the layers find is added."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(3, FINE, 4, stride=2, padding=1), nn.SiLU())
        self.coarse = nn.Sequential(
            nn.Conv2d(FINE, COARSE, 4, stride=2, padding=1),
            nn.SiLU(),
            *(Residual(COARSE) for _ in range(BLOCKS)),
            nn.Conv2d(COARSE, 4 * FINE, 3, padding=1),
            nn.PixelShuffle(2),
        )
        self.found = nn.Sequential(Residual(FINE), nn.Conv2d(FINE, 3 * 2**2, 3, padding=1), nn.PixelShuffle(2))
        for values in self.found[1].parameters():
            nn.init.zeros_(values)

    def forward(self, pictures: Tensor) -> Tensor:
        """Restored pictures, about [0, 1]."""
        fine = self.fine(pictures - 0.5)
        found = self.found(fine + self.coarse(fine))
        restored: Tensor = pictures + found.to(torch.float32)
        return restored
