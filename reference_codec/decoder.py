"""A bitstream to a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from misc_format import read
from reference_codec.decoders.generative import Decoder, Options
from reference_codec.presets import MAX_PIXELS


def decode(data: bytes, max_pixels: int = MAX_PIXELS, weights: str | Path | None = None, **options: Any) -> Image.Image:
    """The picture that a bitstream describes, in its original size, painted by the embedded decoder, or another.

    `weights`: for CompressAI strings, the file of the model's weights, or "pretrained". `options` are the others of
    `decoders.generative.Options`: `decode(data, decoder="misc", runtime=Runtime(device="cuda"))`; for many files, keep a `Decoder`.
    Raises `MiscError`: a rule that the data breaks, weights that are not those, or `LimitError` for a picture of more than
    `max_pixels`; `ModelError` about a generative decoder's models.
    """
    return Image.fromarray(Decoder(Options(weights=weights, **options)).paint(read(data), max_pixels))
