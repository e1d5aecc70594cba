"""How a file stores the samples of a picture, as far as Pillow's modes do not say it. It is known only before the picture is decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from misc_format.pictures import tiff

_WIDE_BITS: Final = re.compile(r"^(?!BGR).*;(16|12|32)")
_PNG_BITS: Final = re.compile(r"^L;([24])$")


@dataclass(frozen=True, slots=True)
class Storage:
    """How samples are stored.

    - `bits`: per sample, 8 if unknown.
    - `max_sample`: of wide samples, the value of white; None if the file does not say.
    - `is_grey`: whether the picture is grey although Pillow's mode is a colour mode.
    - `white_is_zero`: whether the decoded samples are a negative.
    - `sample_format`: of TIFF, where Pillow's mode does not tell it: 32-bit integers may have no sign, 8-bit ones may have one.
    - `transparent`: the sample, or the three samples, of a PNG's transparent pixels, in the bits of the file.
    """

    bits: int = 8
    max_sample: int | None = None
    is_grey: bool = False
    white_is_zero: bool = False
    sample_format: int | None = None
    transparent: Any = None

    @property
    def has_16_bits(self) -> bool:
        """Whether the file has more bits per sample than the picture that is made of it."""
        return self.bits > 8


def storage_of(image: Image.Image, layout: tiff.Layout | None = None) -> Storage:
    """The storage of an opened picture that is not decoded yet. `layout`: of a TIFF file, if Pillow was given another one."""
    raw = _raw_mode(image)
    if image.format == "TIFF":
        tiff.in_order_of_machine(image)
        return _of_tiff(layout or _layout(image))
    bits = int(match[1]) if (match := _WIDE_BITS.match(raw)) else 8
    if image.format == "PNG":
        if match := _PNG_BITS.match(raw):
            bits = int(match[1])
        transparent = image.info.get("transparency") if image.mode in ("L", "I;16", "RGB") else None
        return Storage(bits, 65535, is_grey=raw.startswith("LA;16"), transparent=transparent)
    if image.format == "PPM" and image.mode == "I":
        return Storage(16, 65535)
    return Storage(bits)


def _raw_mode(image: Image.Image) -> str:
    """Pillow's name of the form in which the samples stand in the file."""
    tile = next(iter(getattr(image, "tile", ())), None)
    arguments = tile[3] if tile is not None and len(tile) > 3 else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _layout(image: Any) -> tiff.Layout:
    tags = getattr(image, "tag_v2", {})
    sample_format = tags.get(tiff.FORMAT, (tiff.UNSIGNED,))
    return tiff.Layout(tags.get(tiff.PHOTOMETRIC), sample_format[0], tuple(tags.get(tiff.BITS, (1,))))


def _of_tiff(layout: tiff.Layout) -> Storage:
    bits = layout.bits[0]
    is_integer = layout.format == tiff.UNSIGNED
    return Storage(
        bits,
        2**bits - 1 if is_integer and bits <= 16 else None,
        # Pillow turns narrow negatives itself.
        white_is_zero=layout.photometric == tiff.WHITE_IS_ZERO and (bits > 8 or layout.format == tiff.SIGNED),
        sample_format=layout.format,
    )
