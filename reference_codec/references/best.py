"""The best reference picture at a rate: learned latents, and VVC at half size where its encoder is installed, decoded and measured."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np

from misc_format.components import Codestream, Latents, Samples, Size
from reference_codec.msssim import WEIGHTS, WINDOW
from reference_codec.pictures import PictureError
from reference_codec.references import latents
from reference_codec.samples import rgb

RIVAL: Final = "vvc-perceptual"
REDUCTION: Final = 2
LEAST_SIDE: Final = 64  # of a picture that is worth a second codec: under it, headers rule
# QP at the rate of latents of quality 0, and qualities a QP, as in the means of 12 photos: where the search begins.
FIRST_QP, QUALITIES_A_QP = 56.0, 7.0
FOUND = "VVC at half size is nearer to the picture than learned latents at this rate: similarity {0:.3f} in place of {1:.3f}."


class Nearer(NamedTuple):
    """A content that is nearer to the picture than its latents, and what is to be said of it."""

    content: Codestream
    note: str


def installed() -> bool:
    """Whether a rival's encoder is installed (extra "conventional"), and what measures."""
    return all(find_spec(name) for name in ("imageio_ffmpeg", "skimage"))


def nearer(samples: Samples, own: Latents, most: int) -> Nearer | None:
    """What is more similar to a picture, uint8 (H, W) or (H, W, 3), than its latents, in a payload of at most `most` bits.

    None where nothing is, or where there is nothing to measure them against.
    """
    size = Size(samples.shape[1], samples.shape[0])
    if min(size) < LEAST_SIDE or samples.ndim == 2 or not installed():
        return None
    theirs = _rival(samples, most, own.quality)
    if theirs is None:
        return None
    from reference_codec.references import conventional

    ours, other = (
        similarity(samples, painted) for painted in (latents.paint(own, size), conventional.paint(theirs, size))
    )
    return Nearer(theirs, FOUND.format(other, ours)) if other > ours else None


def _rival(samples: Samples, most: int, quality: int) -> Codestream | None:
    """The rival's best within the rate, looked for near where it will be; None if it cannot be so small."""
    from reference_codec.references import conventional

    settings = conventional.Settings(RIVAL, round(FIRST_QP - quality / QUALITIES_A_QP), REDUCTION)
    try:
        return conventional.search(samples, settings, most / (samples.shape[0] * samples.shape[1]))[0]
    except PictureError:
        return None


def similarity(wanted: Samples, found: Samples) -> float:
    """SSIM of the luma of two pictures (H, W, 3) at as many of five scales as they have, each to the power of its weight in MS-SSIM."""
    from PIL import Image
    from skimage.metrics import structural_similarity

    pair = [Image.fromarray(rgb(part)).convert("L") for part in (wanted, found)]
    product, total = 0.0, 0.0
    for scale, weight in enumerate(WEIGHTS):
        reduced = [np.asarray(part.reduce(2**scale)) for part in pair]
        if min(reduced[0].shape) < WINDOW:
            break
        value = structural_similarity(*reduced, gaussian_weights=True, use_sample_covariance=False, data_range=255)  # type: ignore[no-untyped-call]
        product += weight * float(np.log(max(value, 1e-3)))
        total += weight
    return float(np.exp(product / total))
