"""A picture to a bitstream: text, maps and a reference picture, as the profile's preset and the user's choices say.

`choices` is what the user decides; `description` makes the text and the masks of its items, `maps` the maps, `image` the image component,
and `composition` puts them together; `filerate` keeps the whole within a size.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from misc_format import write
from misc_format.components import Generation, Samples
from misc_format.pictures import Picture, from_image, load
from reference_codec.encoder.choices import Choices, ImageChoices, MapChoices, TextChoices
from reference_codec.encoder.composition import Composed, Encoder
from reference_codec.models.runtime import Runtime

__all__ = ["Choices", "Composed", "Encoder", "ImageChoices", "MapChoices", "TextChoices", "compose", "encode"]


def encode(
    picture: str | Path | Image.Image | Samples,
    profile: str = "misc-1",
    *,
    text: TextChoices = TextChoices(),
    maps: MapChoices = MapChoices(),
    image: ImageChoices = ImageChoices(),
    runtime: Runtime = Runtime(),
    generation: Generation | None = None,
    comment: str | None = None,
    checksum: bool = False,
    keep_icc: bool = False,
    check: bool = True,
    file_bpp: float | None = None,
    file_bytes: int | None = None,
    note: Callable[[str], object] | None = None,
) -> bytes:
    """A picture as a bitstream. `picture`: a file, a Pillow image, or samples, uint8 of shape (H, W) or (H, W, 3).

    `note`: called with each sentence for the user, such as that colours were converted. The other parameters are the fields of `Choices`.
    For many pictures, keep an `Encoder`. Raises `MiscError` for what the profile or the format does not allow, `ChoiceError` for choices
    that contradict each other, and these OSErrors: `PictureError` for a file that cannot be read as a picture, and `ModelError` for a
    model.
    """
    choices = Choices(
        profile, text, maps, image, runtime, generation, comment, checksum, keep_icc, check, file_bpp, file_bytes
    )
    taken = _taken(picture, keep_icc)
    composed = Encoder(choices).compose(taken.samples, icc=taken.icc)
    if note is not None:
        for sentence in (*taken.notes, *composed.notes):
            note(sentence)
    return write(composed.stream)


def compose(
    samples: Samples, choices: Choices = Choices(), report: Callable[[int, int], None] | None = None
) -> Composed:
    """The stream for a picture, uint8 (H, W) or (H, W, 3), and notes for the user. See `Encoder.compose`."""
    return Encoder(choices).compose(samples, report)


def _taken(picture: str | Path | Image.Image | Samples, keep_icc: bool) -> Picture:
    if isinstance(picture, np.ndarray):
        return Picture(picture)
    if isinstance(picture, Image.Image):
        return from_image(picture, keep_icc=keep_icc)
    return load(picture, keep_icc=keep_icc)
