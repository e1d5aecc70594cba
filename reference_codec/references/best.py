"""The best reference picture at a rate: learned latents, and VVC at half size where its encoder is installed, decoded and measured."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, NamedTuple

import numpy as np

from misc_format.components import Codestream, Latents, Samples, Size
from reference_codec.latents.runtime import Report
from reference_codec.pictures import PictureError
from reference_codec.references import latents
from reference_codec.samples import rgb

RIVAL: Final = "vvc-perceptual"
REDUCTION: Final = 2
LEAST_SIDE: Final = 64  # of a picture that is worth a second codec: under it, headers rule
WINDOW: Final = 11  # pixels of the Gaussian window of SSIM
WEIGHTS: Final = (
    0.0448,
    0.2856,
    0.3001,
    0.2363,
    0.1333,
)  # of the scales in MS-SSIM (Wang et al., 2003), from fine to coarse
# QP at the rate of latents of quality 0, and qualities a QP, as in the means of 12 photos: where the search begins.
FIRST_QP, QUALITIES_A_QP = 56.0, 7.0
FOUND = "{0} is nearer to the picture than {1} at this rate: similarity {2:.3f} in place of {3:.3f}."


class Candidate(NamedTuple):
    """A content of the image component, and how similar what it decodes to is."""

    name: str
    content: Latents | Codestream
    similarity: float


def installed() -> bool:
    """Whether a rival's encoder is installed (extra "conventional"), and what measures."""
    return all(find_spec(name) for name in ("imageio_ffmpeg", "skimage"))


def make(samples: Samples, most: int, report: Report | None = None) -> tuple[Latents | Codestream, str | None]:
    """The content that is most similar to a picture, uint8 (H, W) or (H, W, 3), of those whose payload takes at most `most` bits,
    and a note if that is not learned latents. Latents alone where there is nothing to measure them against."""
    size = Size(samples.shape[1], samples.shape[0])
    own = latents.Encoder(samples, report).within(most)
    if min(size) < LEAST_SIDE or samples.ndim == 2 or not installed():
        return own, None
    theirs = _rival(samples, most, own.quality)
    if theirs is None:
        return own, None
    from reference_codec.references import conventional

    first = Candidate("learned latents", own, similarity(samples, latents.paint(own, size)))
    other = Candidate("VVC at half size", theirs, similarity(samples, conventional.paint(theirs, size)))
    if other.similarity <= first.similarity:
        return own, None
    return theirs, FOUND.format(other.name, first.name, other.similarity, first.similarity)


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
