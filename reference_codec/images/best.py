"""The better of two reference pictures at one rate: learned latents, or VVC at half size, decoded and compared with the original.

The rival needs the encoder of the extra "conventional"; without it, latents are taken.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from misc_format.components import Codestream, Latents, Samples
from reference_codec.errors import PictureError
from reference_codec.images.latents import codec as latent_codec
from reference_codec.msssim import SQUARED_FACTOR, STRUCTURE_FACTOR, WEIGHTS, WINDOW
from reference_codec.pictures.samples import rgb, size_of

RIVAL: Final = "vvc-perceptual"
REDUCTION: Final = 2
MIN_SIDE: Final = 64  # pixels of a picture for which a second codec is tried; in smaller files, headers decide
# Where the search for the rival's QP begins: the QP at the rate of latents of quality 0, less one for every so many qualities. With these,
# it encodes fewest times: 2.7 on average over 12 photos at 0.015 and 0.03 bpp.
FIRST_QP: Final = 55.0
QUALITIES_PER_QP: Final = 7.0
NOTE: Final = (
    "VVC at half size is nearer to the picture than learned latents at this rate: MS-SSIM {0.similarity:.3f} and {0.psnr:.1f} dB, "
    "not {1.similarity:.3f} and {1.psnr:.1f} dB."
)


class Measured(NamedTuple):
    """How near a decoded picture is to the original: `similarity`, and the mean squared error in units of 8-bit samples."""

    similarity: float
    squared_error: float

    @property
    def psnr(self) -> float:
        """PSNR in dB."""
        return 10 * math.log10(255**2 / max(self.squared_error, 1e-9))

    @property
    def distortion(self) -> float:
        """The mix of both that decides."""
        return SQUARED_FACTOR * self.squared_error + STRUCTURE_FACTOR * (1 - self.similarity)


class Better(NamedTuple):
    """A codestream that is nearer to the picture than its latents, and a note for the user."""

    content: Codestream
    note: str


def installed() -> bool:
    """Whether the rival's encoder and the library that measures similarity are installed."""
    return all(find_spec(name) for name in ("imageio_ffmpeg", "skimage"))


def better_than(latents: Latents, samples: Samples, max_bits: int) -> Better | None:
    """The rival's codestream if its payload takes at most `max_bits` bits and its picture has a smaller distortion than the latents'.

    `samples`: the original, uint8 (H, W) or (H, W, 3). None if the rival is not better, not installed, or not tried: for grey and for
    very small pictures.
    """
    size = size_of(samples)
    if min(size) < MIN_SIDE or samples.ndim == 2 or not installed():
        return None
    codestream = _rival(samples, max_bits, latents.quality)
    if codestream is None:
        return None
    from reference_codec.images.conventional import coding

    ours = measured(samples, latent_codec.paint(latents, size))
    theirs = measured(samples, coding.paint(codestream, size))
    return Better(codestream, NOTE.format(theirs, ours)) if theirs.distortion < ours.distortion else None


def _rival(samples: Samples, max_bits: int, quality: int) -> Codestream | None:
    """The rival's best codestream within the bits, None if none is so small. `quality`: of the latents, tells where to begin."""
    from reference_codec.images.conventional import coding

    settings = coding.Settings(RIVAL, round(FIRST_QP - quality / QUALITIES_PER_QP), REDUCTION)
    try:
        return coding.search(samples, settings, max_bits / (samples.shape[0] * samples.shape[1]))[0]
    except PictureError:
        return None


def measured(original: Samples, decoded: Samples) -> Measured:
    """The figures of a decoded picture (H, W, 3)."""
    error = float(np.mean((rgb(original).astype(np.float32) - rgb(decoded)) ** 2))
    return Measured(similarity(original, decoded), error)


def similarity(original: Samples, decoded: Samples) -> float:
    """MS-SSIM of the luma of two pictures (H, W, 3), from 0 to 1, over as many of its five scales as the pictures have.

    At each scale the whole SSIM is taken, to the power of the scale's weight divided by the sum of the weights.
    """
    from skimage.metrics import structural_similarity

    lumas = [Image.fromarray(rgb(samples)).convert("L") for samples in (original, decoded)]
    log_product, weight_sum = 0.0, 0.0
    for scale, weight in enumerate(WEIGHTS):
        reduced = [np.asarray(luma.reduce(2**scale)) for luma in lumas]
        if min(reduced[0].shape) < WINDOW:
            break
        ssim = structural_similarity(*reduced, gaussian_weights=True, use_sample_covariance=False, data_range=255)  # type: ignore[no-untyped-call]
        log_product += weight * float(np.log(max(ssim, 1e-3)))
        weight_sum += weight
    return float(np.exp(log_product / weight_sum))
