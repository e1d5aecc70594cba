"""Any picture that Pillow opens, converted to 8-bit samples; every change to its values becomes a note for the user."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from misc_format.components import Samples

#: What Pillow's readers raise for damaged data. OSError is not the only one.
DAMAGE: Final = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error,
    zlib.error,
)  # fmt: skip

_GREY_MODES: Final = frozenset({"1", "L", "LA", "La"})
_WIDE_MODES: Final = frozenset({"I", "F"})

NOTE_ALPHA: Final = "The picture has transparent parts; they were laid over white."
NOTE_CMYK: Final = "The picture is in CMYK inks; it was converted to RGB without a colour profile."
NOTE_LAB: Final = "The picture is in CIELAB; it was converted to RGB."
NOTE_FRAME: Final = "The file holds several pictures or frames; only the first was taken."
NOTE_16_BIT: Final = "The picture has 16 bits per sample; it was reduced to 8 bits."
NOTE_WIDE_KEPT: Final = "The picture has wide samples that fit the range 0 to 255; they were rounded to 8 bits."
NOTE_WIDE_UNIT: Final = "The picture has fractional samples from 0 to 1; they were scaled to 8 bits."
NOTE_WIDE_STRETCHED: Final = "The picture has samples of unusual range; lowest to highest was stretched to 8 bits."
NOTE_EXIF: Final = "The picture's EXIF data cannot be read, so its orientation was ignored."


@dataclass(frozen=True, slots=True)
class Picture:
    """A converted picture: `samples`, uint8 (H, W) for grey or (H, W, 3) for RGB; `notes`, one sentence for each change to the values."""

    samples: Samples
    notes: tuple[str, ...] = ()


def from_image(image: Image.Image) -> Picture:
    """The first frame of a picture, upright (EXIF orientation applied), in 8 bits, without alpha.

    Grey stays grey (modes 1, L, LA, I, I;16, F); every other mode becomes RGB. Raises the exceptions of `DAMAGE` for damaged data.
    """
    notes: list[str] = []
    if getattr(image, "is_animated", False):
        notes.append(NOTE_FRAME)
    has_16_bits = _is_stored_with_16_bits(image)
    image.load()
    upright = _upright(image, notes)
    samples = _to_8_bits(upright, notes)
    if has_16_bits and NOTE_16_BIT not in notes:
        notes.append(NOTE_16_BIT)
    return Picture(np.ascontiguousarray(samples, dtype=np.uint8), tuple(notes))


def _is_stored_with_16_bits(image: Image.Image) -> bool:
    """Whether the file has 16 bits per sample. Pillow reduces 16-bit colour by itself; only the raw mode shows it."""
    return any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """The picture with its EXIF orientation applied. A picture whose EXIF data is damaged can still be read."""
    try:
        return ImageOps.exif_transpose(image)
    except DAMAGE:
        notes.append(NOTE_EXIF)
        return image


def _to_8_bits(image: Image.Image, notes: list[str]) -> Samples:
    mode = image.mode
    if mode.startswith("I;16"):
        notes.append(NOTE_16_BIT)
        # 65535 / 255 = 257, so this is the nearest 8-bit value.
        return ((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8)
    if mode in _WIDE_MODES:
        return _narrow(np.asarray(image, dtype=np.float64), notes)
    if image.has_transparency_data:
        return _over_white(image, notes)
    if mode in _GREY_MODES:
        return np.asarray(image.convert("L"))
    if mode == "CMYK":
        notes.append(NOTE_CMYK)
    if mode == "LAB":
        notes.append(NOTE_LAB)
    return np.asarray(image.convert("RGB"))


def _narrow(values: npt.NDArray[np.float64], notes: list[str]) -> Samples:
    """32-bit integers or floats in 8 bits. Such files do not state their range; it is inferred from the values.

    Values from 0 to 255 are rounded. Fractions from 0 to 1 are scaled by 255. Whole numbers from 0 to 65535 are taken for 16 bits. Any
    other range is stretched. Infinity becomes the nearest finite extreme, and NaN the lowest value.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    is_whole = bool(np.all(values == np.rint(values)))
    if low >= 0 and high <= 1 and not is_whole:
        note, scaled = NOTE_WIDE_UNIT, values * 255
    elif low >= 0 and high <= 255:
        # A picture of zeros and ones only is black and white, not nearly black everywhere.
        note, scaled = (NOTE_WIDE_UNIT, values * 255) if 0 < high <= 1 else (NOTE_WIDE_KEPT, values)
    elif low >= 0 and high <= 65535 and is_whole:
        note, scaled = NOTE_16_BIT, values / 257
    else:
        # Halved before subtracting: the difference of two extreme floats may overflow.
        note, scaled = NOTE_WIDE_STRETCHED, (values / 2 - low / 2) / max(high / 2 - low / 2, 1e-300) * 255
    notes.append(note)
    return np.floor(scaled + 0.5).clip(0, 255).astype(np.uint8)


def _over_white(image: Image.Image, notes: list[str]) -> Samples:
    """A transparent picture laid over white, rounded to the nearest value. A fully opaque one only loses its alpha channel."""
    is_grey = image.mode in _GREY_MODES
    # Pillow converts "1" with a transparent value to RGBA but not to LA. The grey is any of the three equal channels.
    rgba = np.asarray(image.convert("RGBA"))
    colour, alpha = (rgba[..., 0], rgba[..., 3]) if is_grey else (rgba[..., :3], rgba[..., 3:])
    if bool((alpha == 255).all()):
        return colour
    notes.append(NOTE_ALPHA)
    opacity = alpha.astype(np.uint16)
    # colour * alpha + 255 * (255 - alpha) + 127 is at most 65152, which fits 16 bits.
    return ((colour * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)
