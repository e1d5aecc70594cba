"""Other codecs at the same rates: conventional ones by search, CompressAI's models at the rate that they have.

Each writes a real file of this format with nothing but the image in it, so that header and framing are charged to all alike.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from misc_format import stream
from misc_format.components import Samples, Size, Stream
from reference_codec.errors import PictureError

#: What users call them, and the codec of `references.conventional`.
CONVENTIONAL: Final = {"jpeg": "jpeg", "webp": "webp", "avif": "av1", "jxl": "jxl", "hevc": "hevc", "vvc": "vvc"}
TITLES: Final = {"jpeg": "JPEG", "webp": "WebP", "avif": "AVIF", "jxl": "JPEG XL", "hevc": "HEVC", "vvc": "VVC"}
MODEL: Final = "compressai"
REDUCTIONS: Final = (1, 2, 3)
OVERHEAD: Final = 12  # bytes of header and framing at most


class Anchor(NamedTuple):
    """A codec to compare with; `weights`, `architecture` and `quality` for a model of CompressAI."""

    name: str
    architecture: str = ""
    weights: str = ""
    quality: int = 1

    @property
    def title(self) -> str:
        """What people call it."""
        return TITLES.get(self.name, f"{self.architecture} ({Path(self.weights).stem})")


class Coded(NamedTuple):
    """What a codec made of a picture: the whole file's bits, and the picture that comes back."""

    bits: int
    samples: Samples


def parse(text: str) -> Anchor:
    """An anchor from `NAME` or `compressai=ARCHITECTURE:WEIGHTS[:QUALITY]`. Raises `ValueError`."""
    name, _, model = text.partition("=")
    if name in CONVENTIONAL and not model:
        return Anchor(name)
    parts = model.split(":")
    if name == MODEL and len(parts) in (2, 3) and (len(parts) == 2 or parts[2].isdecimal()):
        return Anchor(name, parts[0], parts[1], int(parts[2]) if len(parts) == 3 else 1)
    raise ValueError(f"{text!r} is none of {', '.join(CONVENTIONAL)}, compressai=ARCHITECTURE:WEIGHTS[:QUALITY]")


def at_rate(samples: Samples, anchor: Anchor, bits: int) -> Coded | None:
    """The best that a conventional codec makes in a file of at most so many bits, at full, half or third size; None if it cannot.

    Of sizes that fit, a smaller one is taken where it comes nearer to the picture: at low rates it often does.
    """
    from reference_codec.images.conventional import coding

    size = Size(samples.shape[1], samples.shape[0])
    settings = coding.Settings(CONVENTIONAL[anchor.name])
    least = (bits - 8 * OVERHEAD) / (size.width * size.height)
    best: tuple[float, Coded] | None = None
    for reduction in REDUCTIONS:
        try:
            content, _ = coding.search(samples, replace(settings, reduction=reduction), least)
        except PictureError:  # more than that at its worst
            continue
        painted = coding.paint(content, size)
        error = float(np.mean((painted.astype(np.float32) - samples) ** 2))
        if best is not None and error >= best[0]:
            break
        best = error, Coded(_file_bits(size, content), painted)
    return best[1] if best else None


def by_model(samples: Samples, anchor: Anchor) -> Coded:
    """What a model of CompressAI makes of a picture, at its own rate."""
    from reference_codec.images import compressai

    size = Size(samples.shape[1], samples.shape[0])
    model = compressai.load(anchor.architecture, anchor.quality, "mse", anchor.weights)
    strings = compressai.encode(samples, model)
    return Coded(_file_bits(size, strings), compressai.decode(strings, size, anchor.weights))


def _file_bits(size: Size, image: Any) -> int:
    return 8 * len(stream.write(Stream(size.width, size.height, "free", image=image)))
