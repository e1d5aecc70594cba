"""A decoded picture converted to 8-bit samples in sRGB. Every change to its values becomes a note for the user.

The steps, in this order: the picture is turned upright; its mode becomes grey, RGB or CMYK, of 8 bits; its colours become sRGB; its
transparent parts are laid over white.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from misc_format.components import Samples
from misc_format.pictures import colour, tiff
from misc_format.pictures.faults import DAMAGE, UnreadableError
from misc_format.pictures.layouts import MODES, NOTE_16_BIT, NOTE_ALPHA
from misc_format.pictures.storage import Storage

NOTE_FRAME: Final = "The file holds several pictures or frames; only the first was taken."
NOTE_WIDE_KEPT: Final = "The picture has wide samples that fit the range 0 to 255; they were rounded to 8 bits."
NOTE_WIDE_UNIT: Final = "The picture has fractional samples from 0 to 1; they were scaled to 8 bits."
NOTE_WIDE_STRETCHED: Final = "The picture has samples of unusual range; lowest to highest was stretched to 8 bits."
NOTE_EXIF: Final = "The picture's EXIF data cannot be read, so its orientation was ignored."

_BAND: Final = 2**18  # samples that are converted at a time
Conversion = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A converted picture.

    - `samples`: uint8 (H, W) for grey or (H, W, 3) for RGB.
    - `notes`: one sentence for each change to the values.
    - `icc`: the ICC profile of the samples, if it was kept instead of converting them; None: sRGB.
    """

    samples: Samples
    notes: tuple[str, ...] = ()
    icc: bytes | None = None


class Layers(NamedTuple):
    """Colours, in mode L, RGB or CMYK, and opacity: uint8 (H, W), 255 for opaque; None if all is opaque."""

    colours: Image.Image
    alpha: Samples | None


def converted(image: Image.Image, storage: Storage, *, keep_icc: bool = False) -> Picture:
    """A decoded picture, or its first frame, upright (EXIF orientation applied), in 8 bits and sRGB, without alpha.

    Grey stays grey; every other picture becomes RGB. `keep_icc`: leave the samples in the space of the picture's RGB profile, and return
    the profile. Raises `UnreadableError` for a mode that is not in `layouts.MODES`.
    """
    notes: list[str] = []
    if _has_frames(image):
        notes.append(NOTE_FRAME)
    notes += image.info.get(colour.NOTES, ())
    upright = _upright(image, notes)
    layers = layers_of(upright, storage, notes)
    samples, icc = colour.to_srgb(layers.colours, image, notes, keep_icc=keep_icc)
    if layers.alpha is not None:
        samples = _over_white(samples, layers.alpha, notes)
    if storage.has_16_bits and image.mode not in ("I", "F") and NOTE_16_BIT not in notes:
        notes.append(NOTE_16_BIT)
    return Picture(np.ascontiguousarray(samples, dtype=np.uint8), tuple(notes), icc)


def _has_frames(image: Image.Image) -> bool:
    """Whether the file holds several pictures. What is damaged behind the first one does not matter."""
    try:
        return bool(getattr(image, "is_animated", False))
    except DAMAGE:
        return True


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """The picture with its EXIF orientation applied. A picture whose EXIF data is damaged can still be read."""
    try:
        return ImageOps.exif_transpose(image)
    except DAMAGE:
        notes.append(NOTE_EXIF)
        return image


def layers_of(image: Image.Image, storage: Storage, notes: list[str]) -> Layers:
    """The colours and the opacity of a decoded picture, in 8 bits. Raises `UnreadableError` for an unknown mode."""
    if image.mode not in MODES:
        raise UnreadableError(
            f"has samples of an unknown kind (Pillow's mode {image.mode}); save it as 8-bit RGB first"
        )
    mode = MODES[image.mode]
    if mode.note:
        notes.append(mode.note)
    if mode.wide or _is_signed(image, storage):
        values = wide_values(image, storage)
        return Layers(Image.fromarray(_narrow(values, storage, notes)), _transparent(values, storage))
    if image.mode == "L" and "transparency" in image.info:
        return Layers(_plain(image), _transparent(np.asarray(image), storage, image.info["transparency"]))
    if image.mode in ("1", "RGB") and "transparency" in image.info:
        return Layers(
            _plain(image).convert(image.mode if image.mode == "RGB" else "L"), _alpha_of_colour(image, storage)
        )
    converted = image
    for step in mode.steps:
        converted = converted.convert(step)
    if converted.mode not in ("LA", "RGBA"):
        return Layers(converted, None)
    *colours, alpha = converted.split()
    is_grey = converted.mode == "LA" or storage.is_grey
    merged = colours[0] if is_grey else Image.merge("RGB", colours)
    return Layers(merged, _opacity(np.asarray(alpha)))


def wide_values(image: Image.Image, storage: Storage) -> npt.NDArray[Any]:
    """The samples of a picture in a wide mode as they stand in the file, (H, W)."""
    values = np.asarray(image)
    if image.mode == "I" and storage.sample_format == tiff.UNSIGNED and storage.bits == 32:
        return values.view(np.uint32)
    return values.view(np.int8) if _is_signed(image, storage) else values


def _is_signed(image: Image.Image, storage: Storage) -> bool:
    """Whether the picture has signed samples of 8 bits, which Pillow takes for unsigned ones."""
    return image.mode == "L" and storage.sample_format == tiff.SIGNED


def _plain(image: Image.Image) -> Image.Image:
    """The picture without its transparent value, which Pillow would apply where it converts."""
    plain = image.copy()
    plain.info.pop("transparency", None)
    return plain


def _opacity(alpha: Samples) -> Samples | None:
    """The opacity; None if all is opaque."""
    return None if bool((alpha == 255).all()) else alpha


def _transparent(values: npt.NDArray[Any], storage: Storage, given: Any = None) -> Samples | None:
    """The opacity of grey samples, of which one value is transparent. Pillow scales samples of 2 and 4 bits, but not that value."""
    level = storage.transparent if storage.transparent is not None else given
    if level is None:
        return None
    scale = 255 // (2**storage.bits - 1) if storage.bits < 8 else 1
    return _opacity(np.where(values == level * scale, 0, 255).astype(np.uint8))


def _alpha_of_colour(image: Image.Image, storage: Storage) -> Samples | None:
    """The opacity of a picture of which one colour is transparent. Of 16-bit colours, Pillow keeps the upper 8 bits."""
    if storage.bits > 8:
        level = [value >> 8 for value in image.info["transparency"]]
        return _opacity(np.where((np.asarray(image) == level).all(axis=2), 0, 255).astype(np.uint8))
    return _opacity(np.asarray(image.convert("RGBA").getchannel("A")))


def _narrow(values: npt.NDArray[Any], storage: Storage, notes: list[str]) -> Samples:
    """Wide samples in 8 bits, and a negative turned. Numbers of 64 bits are kept for one band of rows at a time."""
    if storage.max_sample is not None or (values.dtype.kind == "u" and values.dtype.itemsize == 2):
        notes.append(NOTE_16_BIT)
        convert: Conversion = partial(_narrow_integers, largest=storage.max_sample or 65535)
    else:
        convert = _converter_by_range(values, notes)
    samples = np.empty(values.shape, np.uint8)
    for band in _bands(values):
        samples[band] = convert(values[band]).clip(0, 255)
    return np.subtract(255, samples, out=samples) if storage.white_is_zero else samples


def _bands(values: npt.NDArray[Any]) -> Iterator[slice]:
    """The rows, some at a time."""
    rows = max(1, _BAND // max(values.shape[1], 1))
    return (slice(row, row + rows) for row in range(0, len(values), rows))


def _narrow_integers(values: npt.NDArray[Any], largest: int) -> npt.NDArray[Any]:
    scaled: npt.NDArray[Any] = (values.astype(np.uint64) * 255 + largest // 2) // largest
    return scaled


def _converter_by_range(values: npt.NDArray[Any], notes: list[str]) -> Conversion:
    """A function from 32-bit integers or floats to 8 bits. Such files do not state their range; it is inferred from the values.

    Values from 0 to 255 are rounded. Fractions from 0 to 1 are scaled by 255. Whole numbers from 0 to 65535 are taken for 16 bits. Any
    other range is stretched. Infinity becomes the nearest finite extreme, and NaN the lowest value.
    """
    extremes = [
        (float(numbers.min()), float(numbers.max()))
        for band in _bands(values)
        if (numbers := values[band][np.isfinite(values[band])]).size
    ]
    low, high = (min(pair[0] for pair in extremes), max(pair[1] for pair in extremes)) if extremes else (0.0, 0.0)

    def finite(band: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        with np.errstate(invalid="ignore"):  # NumPy warns of a signalling NaN, which becomes a quiet one
            return np.nan_to_num(band.astype(np.float64), nan=low, posinf=high, neginf=low)

    is_whole = all(np.array_equal(part, np.rint(part)) for part in map(finite, map(values.__getitem__, _bands(values))))
    scale: Conversion
    if low >= 0 and high <= 1 and not is_whole:
        note, scale = NOTE_WIDE_UNIT, lambda band: band * 255
    elif low >= 0 and high <= 255:
        # A picture of zeros and ones only is black and white, not nearly black everywhere.
        note, scale = (
            (NOTE_WIDE_UNIT, lambda band: band * 255) if 0 < high <= 1 else (NOTE_WIDE_KEPT, lambda band: band)
        )
    elif low >= 0 and high <= 65535 and is_whole:
        note, scale = NOTE_16_BIT, lambda band: band / 257
    else:
        # Halved before subtracting: the difference of two extreme floats may overflow.
        span = max(high / 2 - low / 2, 1e-300)
        note, scale = NOTE_WIDE_STRETCHED, lambda band: (band / 2 - low / 2) / span * 255
    notes.append(note)
    return lambda band: np.floor(scale(finite(band)) + 0.5)


def _over_white(colours: Samples, alpha: Samples, notes: list[str]) -> Samples:
    """Transparent samples laid over white, rounded to the nearest value."""
    notes.append(NOTE_ALPHA)
    white = np.empty(colours.shape, np.uint8)
    for band in _bands(alpha):
        opacity = (alpha[band] if colours.ndim == 2 else alpha[band][..., None]).astype(np.uint16)
        # colours * opacity + 255 * (255 - opacity) + 127 is at most 65152, which fits 16 bits.
        white[band] = (colours[band] * opacity + 255 * (255 - opacity) + 127) // 255
    return white
