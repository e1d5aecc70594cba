"""The distortion that training and an encoder's search minimise: squared error, and MS-SSIM (Wang et al., 2003)."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from reference_codec.msssim import SQUARED_FACTOR, STRUCTURE_FACTOR, WEIGHTS, WINDOW

SIGMA = 1.5
STEPS = (4, 2, 1, 1, 1)  # of the window, by scale; a subset of the positions is enough
MIN_WEIGHT, MAX_WEIGHT = 1e-5, 1e-3  # of the distortion against the bpp, at qualities 0 and 1
MIN_SIDE = 176  # of a picture that has five scales
C1, C2 = 0.01**2, 0.03**2


def weight_at(quality: Tensor) -> Tensor:
    """The weight of the distortion against the bpp at qualities in [0, 1]."""
    return MIN_WEIGHT * (MAX_WEIGHT / MIN_WEIGHT) ** quality


def distortion(decoded: Tensor, original: Tensor) -> Tensor:
    """The distortion of each picture (N,), the squared error alone for a picture with a side below MIN_SIDE."""
    squared = SQUARED_FACTOR * squared_error(decoded, original)
    if min(original.shape[2:]) < MIN_SIDE:
        return squared
    return squared + STRUCTURE_FACTOR * dissimilarity(decoded, original)


def squared_error(decoded: Tensor, original: Tensor) -> Tensor:
    """Mean squared error of each picture (N,), in units of 8-bit samples."""
    return 255**2 * (decoded - original).square().mean((1, 2, 3))


def dissimilarity(decoded: Tensor, original: Tensor) -> Tensor:
    """Approximately 1 - MS-SSIM of each picture (N,). Pictures are (N, 3, H, W) in [0, 1], with sides of at least 176."""
    product = torch.ones(len(decoded), 3, device=decoded.device)
    for index, weight in enumerate(WEIGHTS):
        last = index == len(WEIGHTS) - 1
        luminance, contrast = _similarity(decoded, original, STEPS[index])
        factor = (luminance * contrast if last else contrast).mean((2, 3))
        product = product * factor.clamp_min(1e-3) ** weight
        decoded, original = avg_pool2d(decoded, 2), avg_pool2d(original, 2)
    return 1 - product.mean(1)


def _similarity(decoded: Tensor, original: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """Luminance and contrast terms at each window position inside the pictures."""
    with torch.no_grad():
        other, square_other = _blur(torch.cat([original, original * original]), step).chunk(2)
    mean, square, product = _blur(torch.cat([decoded, decoded * decoded, decoded * original]), step).chunk(3)
    luminance = (2 * mean * other + C1) / (mean * mean + other * other + C1)
    contrast = (2 * (product - mean * other) + C2) / (square - mean * mean + square_other - other * other + C2)
    return luminance, contrast


def _blur(values: Tensor, step: int) -> Tensor:
    """The mean under the window at every step-th position. Products with banded matrices are faster than convolutions of few channels."""
    rows, columns = values.shape[2:]
    return _band(rows, step, values.device).T @ (values @ _band(columns, step, values.device))


@cache
def _band(side: int, step: int, device: torch.device) -> Tensor:
    offsets = torch.arange(WINDOW) - WINDOW // 2
    kernel = torch.exp(-(offsets**2) / (2 * SIGMA**2))
    starts = range(0, side - WINDOW + 1, step)
    matrix = torch.zeros(side, len(starts))
    for column, start in enumerate(starts):
        matrix[start : start + WINDOW, column] = kernel / kernel.sum()
    return matrix.to(device)
