"""The transforms and the entropy path of the learned codec, as torch modules. What a decoder must do in integers is clause 9.

Analysis and synthesis are plain convolutions and residual blocks on the picture at half its size: at an eighth, a sixteenth and, behind
the latents, a quarter of that. The hyper-synthesis and the networks of the passes are the twins of clause 9's: the same layers, the
same clipping, before their weights are rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle, silu

from misc_format.coders.image.latentmodel.model import SCALES
from misc_format.coders.image.latentmodel.passes import PASSES, coded_places
from misc_format.coders.image.latentmodel.passes import Pass as Grid

CHANNELS = 64  # of latents
HYPER_CHANNELS = 16
FEATURES = 64  # that the hyper-synthesis gives for each place
HIDDEN = 112
STRIDE = 32
REDUCTION = 2  # the analysis sees the picture at half its size: at these rates, finer detail is not sent
PATCH = 8  # pixels on a side of the squares that the analysis begins with
PATCH_CHANNELS = 3 * PATCH**2
QUALITIES = 128
ANCHORS = 8  # of the gains, between which they go in straight lines
LARGEST = 1023 / 64  # of an element between layers
MAX_INPUT = 4095 / 64  # of a latent as an input
# Stands for rounding. Of values and the places of their scales, it makes what the synthesis sees, and what bits are counted of.
Sample = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
MIN_LOG_SCALE, LOG_SCALE_STEP = -4.0, 7 / 64


class Sizes(NamedTuple):
    """Channels of the transforms at an eighth, a sixteenth and a quarter."""

    eighth: int = 128
    sixteenth: int = 192
    quarter: int = 64


class Residual(nn.Module):
    """Two convolutions around which the input goes."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.bias)
        self.second.weight.data.mul_(0.3)

    def forward(self, values: Tensor) -> Tensor:
        """The same shape."""
        added: Tensor = values + self.second(silu(self.first(values)))
        return added


class Analysis(nn.Module):
    """Pictures (N, 3, H, W) in [0, 1], sides multiples of 32, to latents (N, CHANNELS, H / 32, W / 32) before their gains.

    Of the means of 2 x 2 pixels, a linear transform of squares of 16 x 16 pixels, which training begins with, and what the layers add.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.linear = nn.Sequential(nn.Conv2d(PATCH_CHANNELS, CHANNELS, 2, stride=2))
        self.layers = nn.Sequential(
            nn.Conv2d(PATCH_CHANNELS, sizes.eighth, 3, padding=1),
            Residual(sizes.eighth),
            Residual(sizes.eighth),
            nn.Conv2d(sizes.eighth, sizes.sixteenth, 3, stride=2, padding=1),
            Residual(sizes.sixteenth),
            Residual(sizes.sixteenth),
            nn.Conv2d(sizes.sixteenth, CHANNELS, 3, padding=1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Latents."""
        patches = pixel_unshuffle(avg_pool2d(pictures, REDUCTION) - 0.5, PATCH)
        latents: Tensor = self.linear(patches) + self.layers(patches)
        return latents


class Synthesis(nn.Module):
    """Latents (N, CHANNELS, h, w) after their gains, and the quality (N, 1, h, w) in [0, 1], to pictures (N, 3, 32 h, 32 w).

    As in the analysis, the layers add to a linear transform at half the size; that is enlarged, and the layers add to it again.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        half = STRIDE // REDUCTION
        self.linear = nn.Sequential(nn.Conv2d(CHANNELS, 3 * half**2, 1), nn.PixelShuffle(half))
        self.layers = nn.Sequential(
            nn.Conv2d(CHANNELS + 1, sizes.sixteenth, 3, padding=1),
            *(Residual(sizes.sixteenth) for _ in range(4)),
            nn.Conv2d(sizes.sixteenth, 4 * sizes.eighth, 1),
            nn.PixelShuffle(2),
            Residual(sizes.eighth),
            Residual(sizes.eighth),
            nn.Conv2d(sizes.eighth, 4 * sizes.quarter, 1),
            nn.PixelShuffle(2),
            Residual(sizes.quarter),
        )
        self.reduced = nn.Sequential(nn.Conv2d(sizes.quarter, 3 * 4**2, 3, padding=1), nn.PixelShuffle(4))
        self.full = nn.Sequential(nn.Conv2d(sizes.quarter, 3 * 8**2, 3, padding=1), nn.PixelShuffle(8))

    def forward(self, latents: Tensor, quality: Tensor) -> Tensor:
        """Pictures, about [0, 1]."""
        found = self.layers(torch.cat([latents, quality], 1))
        half = self.linear(latents) + self.reduced(found)
        pictures: Tensor = enlarged(half) + self.full(found) + 0.5
        return pictures


def enlarged(pictures: Tensor) -> Tensor:
    """Pictures (N, 3, h, w) at REDUCTION times their size, by bicubic interpolation: as products of matrices, faster in training."""
    rows, columns = (_bicubic(side, pictures.device) for side in pictures.shape[2:])
    with torch.autocast(pictures.device.type, enabled=False):
        return rows @ pictures.float() @ columns.T


@cache
def _bicubic(side: int, device: torch.device) -> Tensor:
    """The matrix (REDUCTION side, side) of bicubic interpolation."""
    matrix = interpolate(torch.eye(side)[None, None], scale_factor=(float(REDUCTION), 1.0), mode="bicubic")
    return matrix[0, 0].to(device)


class Gains(nn.Module):
    """A factor for each channel at each quality, exp of straight lines between anchors."""

    def __init__(self, least: float, most: float) -> None:
        super().__init__()
        self.logs = nn.Parameter(torch.linspace(least, most, ANCHORS)[:, None].repeat(1, CHANNELS))

    def forward(self, quality: Tensor) -> Tensor:
        """Factors (N, CHANNELS, 1, 1) for qualities (N,) in [0, 1]."""
        place = quality * (ANCHORS - 1)
        low = place.floor().clamp(0, ANCHORS - 2).long()
        part = (place - low)[:, None]
        logs = self.logs[low] * (1 - part) + self.logs[low + 1] * part
        return logs.exp()[:, :, None, None]


class HyperAnalysis(nn.Module):
    """Scaled latents (N, CHANNELS, h, w), sides multiples of 4, to hyper-latents (N, HYPER_CHANNELS, h / 4, w / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(CHANNELS, 96, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(96, 96, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(96, HYPER_CHANNELS, 3, stride=2, padding=1),
        )

    def forward(self, scaled: Tensor) -> Tensor:
        """Hyper-latents before rounding."""
        hyper: Tensor = self.layers(scaled)
        return hyper


def active(values: Tensor) -> Tensor:
    """The non-linearity between the layers of the entropy path."""
    return values.clamp(0, LARGEST)


class HyperSynthesis(nn.Module):
    """Hyper-latents and the quality (N, 1, h / 4, w / 4) in [0, 16] to features (N, FEATURES, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(HYPER_CHANNELS + 1, 4 * FEATURES, 3, padding=1)
        self.second = nn.Conv2d(FEATURES, 4 * FEATURES, 3, padding=1)

    def forward(self, hyper: Tensor, quality: Tensor) -> Tensor:
        """Features, in [0, LARGEST]."""
        features = pixel_shuffle(active(self.first(torch.cat([hyper, quality], 1))), 2)
        return pixel_shuffle(active(self.second(features)), 2)


class Pass(nn.Module):
    """Features and known latents to a mean and a scale for each latent."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(FEATURES + CHANNELS, HIDDEN, 3, padding=1)
        self.second = nn.Conv2d(HIDDEN, HIDDEN, 1)
        self.third = nn.Conv2d(HIDDEN, 2 * CHANNELS, 1)
        self.third.weight.data.mul_(0.3)
        self.third.bias.data[CHANNELS:] = 1.0

    def forward(self, features: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Means and places on the scale of scales in [0, SCALES / 16), each (N, CHANNELS, h, w)."""
        inputs = torch.cat([features, known.clamp(-MAX_INPUT, MAX_INPUT)], 1)
        outputs = self.third(active(self.second(active(self.first(inputs)))))
        means, scales = outputs.float().chunk(2, 1)
        return means.clamp(-MAX_INPUT, MAX_INPUT), scales.clamp(0, (SCALES - 1) / 16)


class HyperPrior(nn.Module):
    """Mean and scale of each channel of hyper-latents, straight lines between anchors of quality."""

    def __init__(self) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.zeros(ANCHORS, HYPER_CHANNELS))
        self.scales = nn.Parameter(torch.full((ANCHORS, HYPER_CHANNELS), 2.0))

    def forward(self, quality: Tensor) -> tuple[Tensor, Tensor]:
        """(N, HYPER_CHANNELS, 1, 1) each, for qualities (N,) in [0, 1]."""
        place = quality * (ANCHORS - 1)
        low = place.floor().clamp(0, ANCHORS - 2).long()
        part = (place - low)[:, None]
        means, scales = (table[low] * (1 - part) + table[low + 1] * part for table in (self.means, self.scales))
        return means[:, :, None, None], scales.clamp(0, (SCALES - 1) / 16)[:, :, None, None]


class Networks(nn.Module):
    """All of it."""

    def __init__(self, sizes: Sizes = Sizes()) -> None:  # noqa: B008  a tuple of numbers
        super().__init__()
        self.analysis = Analysis(sizes)
        self.synthesis = Synthesis(sizes)
        self.gains = Gains(-1.8, 0.9)
        self.inverse_gains = Gains(1.8, -0.9)
        self.hyper_analysis = HyperAnalysis()
        self.hyper_synthesis = HyperSynthesis()
        self.hyper_prior = HyperPrior()
        self.passes = nn.ModuleList(Pass() for _ in PASSES)
        self.sample: Sample = rounded_and_noisy

    def begin(self, squares: Tensor) -> None:
        """Begin with the principal components of squares of pictures (N, 3, 32, 32) in [0, 1] as the linear transform."""
        patches = pixel_unshuffle(avg_pool2d(squares, REDUCTION) - 0.5, PATCH)
        values = patches.flatten(1).double()
        _, vectors = torch.linalg.eigh(values.T @ values)
        components = vectors.flip(1)[:, :CHANNELS].float().T.reshape(CHANNELS, *patches.shape[1:])
        self.analysis.linear[0].weight.data.copy_(components)
        back = pixel_unshuffle(pixel_shuffle(components, PATCH), STRIDE // REDUCTION)[:, :, 0, 0]
        self.synthesis.linear[0].weight.data.copy_(back.T[:, :, None, None])
        for chain in (self.analysis, self.synthesis):
            chain.linear[0].bias.data.zero_()
        for convolution, share in (
            (self.analysis.layers[-1], 0.1),
            (self.synthesis.reduced[0], 0.1),
            (self.synthesis.full[0], 0.0),
        ):
            convolution.weight.data.mul_(share)
            convolution.bias.data.zero_()

    def forward(self, pictures: Tensor, quality: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, 3, H, W), sides multiples of 128, and qualities (N,) in [0, 1] to decoded pictures and bits (N,).

        Latents are rounded for the synthesis, with the gradient of what was rounded; the rate is that of latents with uniform noise.
        """
        scaled = self.analysis(pictures).float() * self.gains(quality)
        hyper = self.hyper_analysis(scaled).float()
        return self.code(scaled, hyper, quality, self.hyper_prior(quality), self.sample)

    def code(
        self, scaled: Tensor, hyper: Tensor, quality: Tensor, prior: tuple[Tensor, Tensor], sample: Sample
    ) -> tuple[Tensor, Tensor]:
        """Latents and hyper-latents before rounding to decoded pictures and bits (N,).

        `prior`: means and scales of the hyper-latents. `sample`: gives what the synthesis sees of values that are to be rounded, and what
        their bits are counted of.
        """
        hyper_means, places = prior
        seen, counted = sample(hyper - hyper_means, places)
        total = information(counted, places).sum((1, 2, 3))
        plane = quality[:, None, None, None]
        features = self.hyper_synthesis(seen + hyper_means.round(), spread(16 * plane, hyper))
        features = features[..., : scaled.shape[2], : scaled.shape[3]]
        known = torch.zeros_like(scaled)
        for grid, network in zip(PASSES, self.passes, strict=True):
            part = (..., slice(None, None, grid.stride), slice(None, None, grid.stride))
            before = known[part]
            own = _own(grid, before.shape[2], before.shape[3], before.device)
            means, places = network(features[part], before)
            seen, counted = sample(scaled[part] - means, places)
            total = total + (information(counted, places) * own).sum((1, 2, 3))
            known = known.clone()
            known[part] = before + (seen + means) * own
        decoded = self.synthesis(known * self.inverse_gains(quality), spread(plane, known))
        return decoded.float(), total


@cache
def _own(grid: Grid, rows: int, columns: int, device: torch.device) -> Tensor:
    """1 where a place of the grid is of the pass, else 0."""
    return torch.from_numpy(coded_places(grid, rows, columns)).float().to(device)


def spread(plane: Tensor, like: Tensor) -> Tensor:
    """A plane of one value, as large as `like`."""
    return plane.expand(-1, 1, *like.shape[2:])


def rounded(values: Tensor) -> Tensor:
    """To whole numbers, with the gradient of what they were."""
    return values + (values.round() - values).detach()


def rounded_and_noisy(values: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
    """What training takes for rounding: the synthesis sees whole numbers, and bits are counted of values with noise."""
    return rounded(values), noisy(values)


def noisy(values: Tensor) -> Tensor:
    """With the uniform noise that stands for rounding."""
    return values + torch.rand_like(values) - 0.5


def information(values: Tensor, places: Tensor) -> Tensor:
    """Bits of each value: the logistic distribution of scale exp(MIN_LOG_SCALE + 16 LOG_SCALE_STEP place) over one unit."""
    inverse = torch.exp(-(MIN_LOG_SCALE + 16 * LOG_SCALE_STEP * places))
    size = values.abs()
    # The difference of two sigmoids, of the side on which neither is near 1.
    likelihood = torch.sigmoid((0.5 - size) * inverse) - torch.sigmoid((-0.5 - size) * inverse)
    return -torch.log2(likelihood.clamp_min(2**-20))
