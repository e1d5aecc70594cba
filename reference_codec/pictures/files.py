"""Pictures in and out: files to 8-bit samples, and samples to files.

Purpose: the one place where the reference codec meets picture files.  Everything else sees plain arrays (see
`samples`, whose helpers can be had from here, too).

Rule 1.  Samples are uint8, shape (H, W) for grey or (H, W, 3) for RGB, row 0 at the top; nothing else leaves.
Rule 2.  Whatever loading changes about a picture's values is told to the user, in one note each.
Rule 3.  Every failure is a `PictureError`: one plain sentence that names the file and says what to do.
Rule 4.  A file under its final name is complete: `save` goes through `misc_format.system.files.replacing`.
Rule 5.  Only numpy and Pillow are imported here, so that decoding needs no heavy packages.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from misc_format.components import Samples
from misc_format.system.files import replacing
from reference_codec.pictures.samples import require_samples, rgb, shrink

__all__ = ["FORMATS", "Picture", "PictureError", "load", "rgb", "save", "shrink"]

#: File name extension -> (Pillow format, options).  Formats that would quantise colours (GIF) are left out on purpose:
#: a saved picture has to be the decoded one.  JPEG is there because people ask for it; it is the only lossy row.
FORMATS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    ".png": ("PNG", {}),
    ".bmp": ("BMP", {}),
    ".tif": ("TIFF", {"compression": "tiff_lzw"}),
    ".tiff": ("TIFF", {"compression": "tiff_lzw"}),
    ".ppm": ("PPM", {}),
    ".pnm": ("PPM", {}),
    ".webp": ("WEBP", {"lossless": True}),
    ".jpg": ("JPEG", {"quality": 95}),
    ".jpeg": ("JPEG", {"quality": 95}),
}

#: What Pillow's readers raise on damaged data: not only OSError, so each is named rather than catching everything.
_DAMAGE: Final = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error,
    zlib.error,
)  # fmt: skip

_GREY_MODES: Final = frozenset({"1", "L", "LA", "La"})
_WIDE_MODES: Final = frozenset({"I", "F"})

NOTE_ALPHA: Final = "The picture has transparent parts; they were laid over white."
NOTE_CMYK: Final = "The picture is in CMYK inks; it was converted to RGB without a colour profile."
NOTE_LAB: Final = "The picture is in CIELAB; it was converted to RGB."
NOTE_FRAME: Final = "The file holds several pictures or frames; only the first was taken."
NOTE_16_BIT: Final = "The picture has 16 bits a sample; it was reduced to 8 bits."
NOTE_WIDE_KEPT: Final = "The picture has wide samples that fit the range 0 to 255; they were rounded to 8 bits."
NOTE_WIDE_UNIT: Final = "The picture has fractional samples from 0 to 1; they were scaled to 8 bits."
NOTE_WIDE_STRETCHED: Final = "The picture has samples of unusual range; lowest to highest was stretched to 8 bits."
NOTE_EXIF: Final = "The picture's EXIF data cannot be read, so its orientation was ignored."


class PictureError(OSError):
    """A picture file cannot be read or written; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A loaded picture: `samples` uint8 (H, W) grey or (H, W, 3) RGB; `notes` what loading changed, a sentence each."""

    samples: Samples
    notes: tuple[str, ...] = ()


def load(path: str | os.PathLike[str]) -> Picture:
    """Read the picture file at `path`, upright (EXIF orientation applied), as 8-bit grey or RGB.

    Grey stays grey (modes 1, L, LA, I, I;16, F); everything else becomes RGB.  Raises `PictureError` where the file is
    missing, not a file, not a picture, damaged, cut short, or larger than Pillow's limit against decompression bombs.
    """
    file = Path(path)
    _require_file(file)
    with _explained(str(file)), Image.open(file) as image:
        return from_image(image)


def from_bytes(data: bytes, name: str) -> Picture:
    """The picture in the bytes of a file, as `load` reads it; `name` is for what is said about it. Raises `PictureError`."""
    with _explained(name), Image.open(io.BytesIO(data)) as image:
        return from_image(image)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Whatever Pillow raises about a file becomes a `PictureError`."""
    try:
        # A picture of one to two times Pillow's limit is only warned about; it is read, and stderr stays clean.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise PictureError(f"'{name}' has too many pixels to be opened safely; scale it down and try again.") from error
    except MemoryError as error:
        raise PictureError(f"'{name}' does not fit into memory; scale it down and try again.") from error
    except PermissionError as error:
        raise PictureError(f"'{name}' may not be read; allow reading it or choose another file.") from error
    except UnidentifiedImageError as error:
        raise PictureError(f"'{name}' is not in a known picture format; save it as PNG and try again.") from error
    except _DAMAGE as error:
        raise PictureError(f"'{name}' is damaged or cut short; get a fresh copy of it and try again.") from error


def _require_file(file: Path) -> None:
    """Sort out by name what Pillow would report in its own words (or, for a pipe, wait for without end)."""
    if file.is_dir():
        raise PictureError(f"'{file}' is a folder; give the name of a picture file in it.")
    if not file.exists():
        raise PictureError(f"'{file}' does not exist; check the name and the folder.")
    if not file.is_file():
        raise PictureError(f"'{file}' is not an ordinary file; save the picture to a file and give its name.")


def from_image(image: Image.Image) -> Picture:
    """The opened image as a Picture: first frame, upright, 8 bits, no alpha."""
    notes: list[str] = []
    if getattr(image, "is_animated", False):
        notes.append(NOTE_FRAME)
    deep = _stored_with_16_bits(image)
    image.load()
    upright = _upright(image, notes)
    samples = _eight_bit(upright, notes)
    if deep and NOTE_16_BIT not in notes:
        notes.append(NOTE_16_BIT)
    return Picture(np.ascontiguousarray(samples, dtype=np.uint8), tuple(notes))


def _stored_with_16_bits(image: Image.Image) -> bool:
    """Whether the file's samples are 16 bits wide; Pillow reduces 16-bit colour itself and only the raw mode tells."""
    return any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    """Apply the EXIF orientation; unreadable EXIF data must not cost the user a readable picture."""
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:
        notes.append(NOTE_EXIF)
        return image


def _eight_bit(image: Image.Image, notes: list[str]) -> Samples:
    mode = image.mode
    if mode.startswith("I;16"):
        notes.append(NOTE_16_BIT)
        # 65535 / 255 = 257, so this is the nearest 8-bit value.
        return ((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8)
    if mode in _WIDE_MODES:
        return _narrow(np.asarray(image, dtype=np.float64), notes)
    if image.has_transparency_data:
        return _flatten(image, notes)
    if mode in _GREY_MODES:
        return np.asarray(image.convert("L"))
    if mode == "CMYK":
        notes.append(NOTE_CMYK)
    if mode == "LAB":
        notes.append(NOTE_LAB)
    return np.asarray(image.convert("RGB"))


def _narrow(values: npt.NDArray[np.float64], notes: list[str]) -> Samples:
    """32-bit integers or floats to 8 bits.  Such files do not say their range, so it is read off the values.

    0..255 is kept and rounded, fractions in 0..1 are scaled by 255, 0..65535 in whole numbers is 16 bits; any other
    range is stretched.  Values that are not finite become the nearest finite extreme (NaN the lowest).
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    values = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
    whole = bool(np.all(values == np.rint(values)))
    if low >= 0 and high <= 1 and not whole:
        note, scaled = NOTE_WIDE_UNIT, values * 255
    elif low >= 0 and high <= 255:
        # A picture of nothing but zeros and ones is black and white, not nearly black everywhere.
        note, scaled = (NOTE_WIDE_UNIT, values * 255) if 0 < high <= 1 else (NOTE_WIDE_KEPT, values)
    elif low >= 0 and high <= 65535 and whole:
        note, scaled = NOTE_16_BIT, values / 257
    else:
        # Halved first: the span of two extreme floats may overflow.
        note, scaled = NOTE_WIDE_STRETCHED, (values / 2 - low / 2) / max(high / 2 - low / 2, 1e-300) * 255
    notes.append(note)
    return np.floor(scaled + 0.5).clip(0, 255).astype(np.uint8)


def _flatten(image: Image.Image, notes: list[str]) -> Samples:
    """Lay a transparent picture over white, rounding to nearest; a fully opaque one is only stripped of its alpha."""
    grey = image.mode in _GREY_MODES
    # Pillow converts "1" with a transparent value to RGBA but not to LA; the grey is any of its three equal channels.
    both = np.asarray(image.convert("RGBA"))
    colour, alpha = (both[..., 0], both[..., 3]) if grey else (both[..., :3], both[..., 3:])
    if bool((alpha == 255).all()):
        return colour
    notes.append(NOTE_ALPHA)
    cover = alpha.astype(np.uint16)
    # colour * alpha + 255 * (255 - alpha) + 127 is at most 65152: it fits 16 bits.
    return ((colour * cover + 255 * (255 - cover) + 127) // 255).astype(np.uint8)


def to_bytes(samples: Samples, suffix: str) -> bytes:
    """The file that `save` would write under a name that ends so. Raises as `save` does."""
    require_samples(samples)
    kind, options = FORMATS[suffix]
    stream = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(samples)).save(stream, format=kind, **options)
    except (OSError, ValueError, struct.error, OverflowError) as error:
        raise PictureError(
            f"{kind} does not hold a picture of {samples.shape[1]}x{samples.shape[0]}: {error}"
        ) from error
    return stream.getvalue()


def save(samples: Samples, path: str | os.PathLike[str]) -> None:
    """Write `samples`, uint8 (H, W) or (H, W, 3), to `path` in the format that its extension names (see `FORMATS`).

    The file appears complete or not at all: it is written under a temporary name in the same folder and renamed.
    Raises `PictureError` for an unknown extension or where writing fails, ValueError for samples of another shape.
    """
    require_samples(samples)
    target = Path(path)
    chosen = FORMATS.get(target.suffix.lower())
    if chosen is None:
        raise PictureError(f"'{target}' has no known extension; end its name in one of {', '.join(FORMATS)}.")
    kind, options = chosen
    try:
        with replacing(target) as temporary, temporary.open("wb") as stream:
            Image.fromarray(np.ascontiguousarray(samples)).save(stream, format=kind, **options)
    except (OSError, ValueError, struct.error, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "the format does not hold such a picture"
        raise PictureError(f"'{target}' cannot be written ({reason}); choose another name or folder.") from error
