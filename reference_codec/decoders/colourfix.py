"""The wavelet colour fix of DiffBIR and MISC: a painted picture keeps its details and takes its low frequencies from the reference."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 5
KERNEL = (1.0, 2.0, 1.0)


def fix(painted: Tensor, reference: Tensor) -> Tensor:
    """High frequencies of `painted` and low ones of `reference`, both float (1, 3, H, W).

    The low frequencies are linear and the high ones the rest, so that it is enough to filter the difference once.
    """
    return painted + low(reference - painted)


def low(pixels: Tensor) -> Tensor:
    """What the last of five levels of the à trous wavelet leaves: 3 x 3 binomial filters whose taps lie 1, 2, 4, 8, 16 pixels apart."""
    taps = torch.tensor(KERNEL, dtype=pixels.dtype, device=pixels.device) / sum(KERNEL)
    channels = pixels.shape[1]
    kernel = torch.outer(taps, taps).expand(channels, 1, -1, -1)
    for level in range(LEVELS):
        step = 2**level
        around = functional.pad(pixels, (step,) * 4, mode="replicate")
        pixels = functional.conv2d(around, kernel, groups=channels, dilation=step)
    return pixels
