"""A bitstream to a picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from misc_format.stream import read
from reference_codec.decoders import embedded
from reference_codec.presets import MAX_PIXELS


def decode(data: bytes, max_pixels: int = MAX_PIXELS, weights: str | Path | None = None) -> Image.Image:
    """The picture that a bitstream describes, in its original size, painted by the embedded decoder.

    `weights`: for CompressAI strings, the file of the model's weights, or "pretrained". Raises `MiscError`: a rule that the data
    breaks, weights that are not those, or `LimitError` for a picture of more than `max_pixels`.
    """
    samples, _ = embedded.paint(read(data), max_pixels, weights)
    return Image.fromarray(samples)
