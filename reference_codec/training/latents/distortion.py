"""What the learned codec is trained on: squared error, and structural similarity at many scales (MS-SSIM, Wang et al., 2003)."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from reference_codec.msssim import WEIGHTS, WINDOW

SIGMA = 1.5
STEPS = (4, 2, 1, 1, 1)  # from one place of the window to the next, at each scale: a sample of the places says as much
C1, C2 = 0.01**2, 0.03**2


def squared_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of each picture (N,), in units of 8-bit samples."""
    return 255**2 * (found - wanted).square().mean((1, 2, 3))


def dissimilarity(found: Tensor, wanted: Tensor) -> Tensor:
    """About 1 - MS-SSIM of each picture (N,); pictures (N, 3, H, W) in [0, 1], sides at least 176."""
    product = torch.ones(len(found), 3, device=found.device)
    for index, weight in enumerate(WEIGHTS):
        last = index == len(WEIGHTS) - 1
        luminance, contrast = _similarity(found, wanted, STEPS[index])
        factor = (luminance * contrast if last else contrast).mean((2, 3))
        product = product * factor.clamp_min(1e-3) ** weight
        found, wanted = avg_pool2d(found, 2), avg_pool2d(wanted, 2)
    return 1 - product.mean(1)


def _similarity(found: Tensor, wanted: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Luminance and contrast terms at each place of the window inside the pictures."""
    with torch.no_grad():
        other, square_other = _blurred(torch.cat([wanted, wanted * wanted]), step).chunk(2)
    mean, square, product = _blurred(torch.cat([found, found * found, found * wanted]), step).chunk(3)
    luminance = (2 * mean * other + C1) / (mean * mean + other * other + C1)
    contrast = (2 * (product - mean * other) + C2) / (square - mean * mean + square_other - other * other + C2)
    return luminance, contrast


def _blurred(values: Tensor, step: int) -> Tensor:
    """The window's mean at every step-th place inside: products with banded matrices, faster than convolutions of so few channels."""
    rows, columns = values.shape[2:]
    return _band(rows, step, values.device).T @ (values @ _band(columns, step, values.device))


@cache
def _band(side: int, step: int, device: torch.device) -> Tensor:
    places = torch.arange(WINDOW) - WINDOW // 2
    kernel = torch.exp(-(places**2) / (2 * SIGMA**2))
    starts = range(0, side - WINDOW + 1, step)
    matrix = torch.zeros(side, len(starts))
    for column, start in enumerate(starts):
        matrix[start : start + WINDOW, column] = kernel / kernel.sum()
    return matrix.to(device)
