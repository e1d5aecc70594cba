"""Anchors: other codecs to compare with. Conventional ones are searched at a given rate; CompressAI's models have a rate of their own.

Each writes a real file of this format that holds only the image, so that all pay alike for header and framing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from misc_format import stream
from misc_format.components import Samples, Size, Stream
from reference_codec.errors import PictureError
from reference_codec.pictures.samples import size_of

#: The names that users give, and the codec of `images.conventional` for each.
CONVENTIONAL: Final = {
    "jpeg": "jpeg", "webp": "webp", "jpeg2000": "jpeg2000", "avif": "av1", "jxl": "jxl", "avc": "avc", "hevc": "hevc", "vvc": "vvc",
}  # fmt: skip
TITLES: Final = {
    "jpeg": "JPEG", "webp": "WebP", "jpeg2000": "JPEG 2000", "avif": "AVIF", "jxl": "JPEG XL", "avc": "AVC", "hevc": "HEVC", "vvc": "VVC",
}  # fmt: skip
MODEL: Final = "compressai"
REDUCTIONS: Final = (1, 2, 3)
MAX_OVERHEAD: Final = 12  # bytes of header and framing


class Anchor(NamedTuple):
    """A codec to compare with. `architecture`, `weights` (a file) and `quality` are for a model of CompressAI."""

    name: str
    architecture: str = ""
    weights: str = ""
    quality: int = 1

    @property
    def title(self) -> str:
        """The name for the reader."""
        return TITLES.get(self.name, f"{self.architecture} ({Path(self.weights).stem})")


class Coded(NamedTuple):
    """A picture coded by an anchor: the bits of the whole file, and the decoded picture."""

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
    """The best of a conventional codec in a file of at most `bits` bits, at full size, half or a third; None if none is so small.

    At low rates, the smaller size often gives the smaller squared error. The sizes are tried in descending order until the error grows.
    """
    from reference_codec.images.conventional import coding

    size = size_of(samples)
    settings = coding.Settings(CONVENTIONAL[anchor.name])
    max_bpp = (bits - 8 * MAX_OVERHEAD) / (size.width * size.height)
    smallest_error = float("inf")
    best: Coded | None = None
    for reduction in REDUCTIONS:
        try:
            content, _ = coding.search(samples, replace(settings, reduction=reduction), max_bpp)
        except PictureError:  # its worst quality takes more
            continue
        painted = coding.paint(content, size)
        error = float(np.mean((painted.astype(np.float32) - samples) ** 2))
        if error >= smallest_error:
            break
        smallest_error, best = error, Coded(_file_bits(size, content), painted)
    return best


def by_model(samples: Samples, anchor: Anchor) -> Coded:
    """A picture coded by a model of CompressAI, at the model's own rate."""
    from reference_codec.images import compressai

    size = size_of(samples)
    model = compressai.load(anchor.architecture, anchor.quality, "mse", anchor.weights)
    strings = compressai.encode(samples, model)
    return Coded(_file_bits(size, strings), compressai.decode(strings, size, anchor.weights))


def _file_bits(size: Size, image: Any) -> int:
    return 8 * len(stream.write(Stream(size.width, size.height, "free", image=image)))
