"""Pictures encoded by a conventional codec, at a quality or within a rate, and decoded again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image.formats import reduced
from misc_format.components import Codestream, Samples, Size
from misc_format.errors import MiscError
from reference_codec.errors import PictureError
from reference_codec.images.conventional import still, video
from reference_codec.images.conventional.codec import Codec, DecodingError
from reference_codec.images.conventional.names import FIXED
from reference_codec.pictures.samples import require_samples, size_of

CODECS: Final[dict[str, Codec]] = {codec.name: codec for codec in (*still.CODECS, *video.CODECS)}
NAMES: Final = (*CODECS, *FIXED)
#: One decoder per format. The first codec of a format decodes it, whichever codec has encoded it.
_DECODERS: Final = {codec.format: codec for codec in reversed(CODECS.values())}


@dataclass(frozen=True, slots=True)
class Settings:
    """How a picture is encoded.

    `name`: one of `NAMES`. `quality`: in the codec's own scale; None for the name's own quality, or the codec's default. `reduction`: 1,
    2 or 3, by which the sides are divided before encoding.
    """

    name: str
    quality: int | None = None
    reduction: int = 1

    @property
    def codec(self) -> Codec:
        """The codec that the name stands for."""
        return CODECS[FIXED[self.name][0] if self.name in FIXED else self.name]

    @property
    def exact_quality(self) -> int:
        """The quality that is used."""
        if self.quality is not None:
            return self.quality
        return FIXED[self.name][1] if self.name in FIXED else self.codec.default


def make(samples: Samples, settings: Settings) -> Codestream:
    """A picture, uint8 (H, W) or (H, W, 3), as a codestream.

    Raises `PictureError` for a picture or a quality that the codec does not take.
    """
    require_samples(samples)
    codec, quality = settings.codec, settings.exact_quality
    low, high = sorted((codec.worst, codec.best))
    if not low <= quality <= high:
        raise PictureError(f"{quality} is no quality of {codec.name}; choose one from {low} to {high}.")
    data = codec.encode(reduce(samples, settings.reduction), quality)
    return Codestream(codec.format, data, settings.reduction)


def search(samples: Samples, settings: Settings, max_bpp: float) -> tuple[Codestream, int]:
    """The codestream of best quality whose image component takes at most `max_bpp` bits per pixel, and that quality.

    The search begins at the quality of the settings. It doubles its steps until the answer lies between two qualities, then bisects:
    bytes hardly ever decrease with rising quality. Raises `PictureError` if even the worst quality takes more.
    """
    size = size_of(samples)
    codec = settings.codec
    step = 1 if codec.best > codec.worst else -1
    scale = range(codec.worst, codec.best + step, step)
    max_bytes = max_bpp * size.width * size.height / 8
    best: Codestream | None = None
    low, high = -1, len(scale)  # indices of scale: the codestream at low fits, that at high does not
    index, stride = scale.index(settings.exact_quality) if settings.exact_quality in scale else 0, 1
    while high - low > 1:
        content = make(samples, replace(settings, quality=scale[index]))
        length = len(image_codestream.encode(content, size))
        if length <= max_bytes:
            low, best = index, content
        elif index == 0:
            raise PictureError(
                f"{codec.name} takes {8 * length / (size.width * size.height):.4f} bpp at its lowest quality, more than {max_bpp}; "
                "choose a larger --reduction or another --image-method."
            )
        else:
            high = index
        if low < 0:
            index = max(high - stride, 0)
        elif high == len(scale):
            index = min(low + stride, len(scale) - 1)
        else:
            index = (low + high) // 2
        stride *= 2
    assert best is not None
    return best, scale[low]


def paint(content: Codestream, size: Size) -> Samples:
    """The picture of a codestream, uint8 (H, W, 3) or (H, W), enlarged to `size`. Raises `MiscError` (clause 11.6).

    A codestream that states another size is not decoded.
    """
    image_codestream.check(content, size)
    try:
        samples = _DECODERS[content.format].decode(content.data, reduced(size, content.reduction))
    except DecodingError as error:
        raise MiscError("MISC-CDS-007", f"{content.format}: {error}", path="image/codestream") from None
    return enlarge(samples, size)


def reduce(samples: Samples, reduction: int) -> Samples:
    """The picture with its sides divided by `reduction` and rounded up, by Lanczos' filter with three lobes."""
    return enlarge(samples, reduced(size_of(samples), reduction))


def enlarge(samples: Samples, size: Size) -> Samples:
    """The picture at `size`, by Lanczos' filter with three lobes; unchanged if it has that size."""
    if size_of(samples) == size:
        return samples
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.LANCZOS))
