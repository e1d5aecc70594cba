"""The wavelet colour fix of DiffBIR and MISC: a painted picture keeps its high frequencies and takes its low ones from the reference."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 5
KERNEL = (1.0, 2.0, 1.0)


def fix(painted: Tensor, reference: Tensor) -> Tensor:
    """The high frequencies of `painted` and the low ones of `reference`, all float (1, 3, H, W).

    The filter is linear and the high frequencies are what it removes, so it is enough to filter the difference of both.
    """
    return painted + low(reference - painted)


def low(pixels: Tensor) -> Tensor:
    """The low frequencies after five levels of the à trous wavelet: 3 x 3 binomial filters with taps 1, 2, 4, 8 and 16 pixels apart."""
    taps = torch.tensor(KERNEL, dtype=pixels.dtype, device=pixels.device) / sum(KERNEL)
    channels = pixels.shape[1]
    kernel = torch.outer(taps, taps).expand(channels, 1, -1, -1)
    for level in range(LEVELS):
        step = 2**level
        padded = functional.pad(pixels, (step,) * 4, mode="replicate")
        pixels = functional.conv2d(padded, kernel, groups=channels, dilation=step)
    return pixels
