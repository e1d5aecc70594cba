"""Conventional codecs as references: JPEG, WebP, AV1, JPEG XL, HEVC and VVC, at full, half or third size (clause 19).

`make` encodes a picture at a quality, `search` at the best quality within so many bits per pixel, `paint` decodes. The libraries come
with the extra "conventional".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from PIL import Image

from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image.formats import reduced
from misc_format.components import Codestream, Samples, Size
from misc_format.errors import MiscError
from reference_codec.images.conventional import still, video
from reference_codec.images.conventional.codecs import Codec, DecodingError
from reference_codec.pictures.files import PictureError
from reference_codec.pictures.samples import require_samples

CODECS: Final[dict[str, Codec]] = {codec.name: codec for codec in (*still.CODECS, *video.CODECS)}
# Names for settings that others' papers use: CMC-Bench's VVC.
PRESETS: Final[dict[str, tuple[str, int]]] = {"vvc-qp53": ("vvc", 53)}
NAMES: Final = (*CODECS, *PRESETS)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a picture is encoded. `quality`: in the codec's own scale, None: of its preset or its default. `reduction`: 1, 2 or 3."""

    name: str
    quality: int | None = None
    reduction: int = 1

    @property
    def codec(self) -> Codec:
        """The codec that the name stands for."""
        return CODECS[PRESETS[self.name][0] if self.name in PRESETS else self.name]

    @property
    def exact(self) -> int:
        """The quality, whoever names it."""
        if self.quality is not None:
            return self.quality
        return PRESETS[self.name][1] if self.name in PRESETS else self.codec.default


def make(samples: Samples, settings: Settings) -> Codestream:
    """A uint8 picture (H, W) or (H, W, 3) under a conventional codec. Raises `PictureError` for what the codec does not take."""
    require_samples(samples)
    codec = settings.codec
    if not codec.worst <= settings.exact <= codec.best and not codec.best <= settings.exact <= codec.worst:
        low, high = sorted((codec.worst, codec.best))
        raise PictureError(f"{settings.exact} is no quality of {codec.name}; choose one from {low} to {high}.")
    data = codec.encode(reduce(samples, settings.reduction), settings.exact)
    return Codestream(codec.format, data, settings.reduction)


def search(samples: Samples, settings: Settings, bpp: float) -> tuple[Codestream, int]:
    """The codestream of best quality whose image component has at most `bpp` bits per pixel, and that quality.

    Begins at the settings' quality, doubles its steps until the answer lies between two qualities, and bisects: bytes hardly ever fall
    as quality grows. Raises `PictureError` if even the worst quality takes more.
    """
    size = Size(samples.shape[1], samples.shape[0])
    codec = settings.codec
    step = 1 if codec.best > codec.worst else -1
    scale = range(codec.worst, codec.best + step, step)

    def at(quality: int) -> tuple[Codestream, int]:
        content = make(samples, replace(settings, quality=quality))
        return content, len(image_codestream.encode(content, size))

    most = bpp * size.width * size.height / 8
    found: Codestream | None = None
    low, high = -1, len(scale)  # the first fits, the second does not
    place, stride = scale.index(settings.exact) if settings.exact in scale else 0, 1
    while high - low > 1:
        content, length = at(scale[place])
        if length <= most:
            low, found = place, content
        elif place == 0:
            raise PictureError(
                f"{codec.name} takes {8 * length / (size.width * size.height):.4f} bpp at its lowest quality, more than {bpp}; "
                "choose a larger --reduction or another --image-method."
            )
        else:
            high = place
        if low < 0:
            place = max(high - stride, 0)
        elif high == len(scale):
            place = min(low + stride, len(scale) - 1)
        else:
            place = (low + high) // 2
        stride *= 2
    assert found is not None
    return found, scale[low]


def paint(content: Codestream, size: Size) -> Samples:
    """The picture that a codestream holds, uint8 (H, W, 3) or (H, W), enlarged to `size`. Raises `MiscError` (clause 19.6)."""
    wanted = reduced(size, content.reduction)
    try:
        samples = _decoders()[content.format].decode(content.data, wanted)
    except DecodingError as error:
        raise MiscError("MISC-CDS-007", f"{content.format}: {error}", path="image/codestream") from None
    return enlarge(samples, size)


def reduce(samples: Samples, reduction: int) -> Samples:
    """The picture at 1 / reduction of its sides, rounded up, by Lanczos' filter of three lobes."""
    if reduction == 1:
        return samples
    size = reduced(Size(samples.shape[1], samples.shape[0]), reduction)
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.LANCZOS))


def enlarge(samples: Samples, size: Size) -> Samples:
    """The picture at the size of the original, by Lanczos' filter of three lobes."""
    if samples.shape[1::-1] == size:
        return samples
    return np.asarray(Image.fromarray(samples).resize(size, Image.Resampling.LANCZOS))


def _decoders() -> dict[str, Codec]:
    return {codec.format: codec for codec in reversed(CODECS.values())}


__all__ = ["CODECS", "NAMES", "PRESETS", "MiscError", "Settings", "enlarge", "make", "paint", "reduce", "search"]
