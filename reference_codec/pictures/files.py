"""Picture files: read as 8-bit samples, and written from them. No other module of the reference codec opens a picture file.

Rule 1.  Every failure is a `PictureError`: one sentence that names the file and says what to do.
Rule 2.  A file under its final name is complete: `save` writes through `misc_format.system.files.replacing`.
Rule 3.  Only NumPy and Pillow are imported, so that decoding needs no heavy packages.
"""

from __future__ import annotations

import io
import os
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from misc_format.components import Samples
from misc_format.system.files import replacing
from reference_codec.errors import PictureError
from reference_codec.pictures.conversion import DAMAGE, Picture, from_image
from reference_codec.pictures.samples import require_samples

#: File name extensions of pictures, for looking through a folder.
EXTENSIONS: Final = (
    ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pnm", ".gif", ".jp2", ".avif",
)  # fmt: skip

#: The Pillow format and its options for each extension that `save` knows. Formats that reduce colours (GIF) are left out: a saved picture
#: must be the decoded one. JPEG, the only lossy format, is there because people ask for it.
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
#: What Pillow's writers raise for a picture that a format does not hold, or where writing fails.
_WRITING_ERRORS: Final = (OSError, ValueError, struct.error, OverflowError)


def load(path: str | os.PathLike[str]) -> Picture:
    """The picture in a file, converted by `conversion.from_image`.

    Raises `PictureError` if the file is missing, not a file, not a picture, damaged, cut short, or above Pillow's limit against
    decompression bombs.
    """
    file = Path(path)
    _require_file(file)
    with _errors_named(str(file)), Image.open(file) as image:
        return from_image(image)


def from_bytes(data: bytes, name: str) -> Picture:
    """The picture in the bytes of a file, as `load` reads it. `name` stands for it in messages. Raises `PictureError`."""
    with _errors_named(name), Image.open(io.BytesIO(data)) as image:
        return from_image(image)


def save(samples: Samples, path: str | os.PathLike[str]) -> None:
    """Write samples, uint8 (H, W) or (H, W, 3), in the format of the path's extension (see `FORMATS`).

    The file appears complete or not at all. Raises `PictureError` for an unknown extension or where writing fails, ValueError for
    samples of another shape.
    """
    require_samples(samples)
    target = Path(path)
    extension = target.suffix.lower()
    if extension not in FORMATS:
        raise PictureError(f"'{target}' has no known extension; end its name in one of {', '.join(FORMATS)}.")
    try:
        with replacing(target) as temporary, temporary.open("wb") as stream:
            _write(samples, stream, extension)
    except _WRITING_ERRORS as error:
        reason = getattr(error, "strerror", None) or "the format does not hold such a picture"
        raise PictureError(f"'{target}' cannot be written ({reason}); choose another name or folder.") from error


def to_bytes(samples: Samples, extension: str) -> bytes:
    """The bytes of the file that `save` writes under a name with this extension, one of `FORMATS`. Raises as `save`."""
    require_samples(samples)
    stream = io.BytesIO()
    try:
        _write(samples, stream, extension)
    except _WRITING_ERRORS as error:
        height, width = samples.shape[:2]
        raise PictureError(f"{FORMATS[extension][0]} does not hold a picture of {width}x{height}: {error}") from error
    return stream.getvalue()


def _write(samples: Samples, stream: BinaryIO, extension: str) -> None:
    kind, options = FORMATS[extension]
    Image.fromarray(np.ascontiguousarray(samples)).save(stream, format=kind, **options)


@contextmanager
def _errors_named(name: str) -> Iterator[None]:
    """Turn what Pillow raises about a file into a `PictureError`."""
    try:
        # Pillow only warns about a picture of one to two times its limit. Such a picture is read, and stderr stays clean.
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
    except DAMAGE as error:
        raise PictureError(f"'{name}' is damaged or cut short; get a fresh copy of it and try again.") from error


def _require_file(file: Path) -> None:
    """Raise `PictureError` for what is not a file. Pillow would report it in its own words, or wait for a pipe without end."""
    if file.is_dir():
        raise PictureError(f"'{file}' is a folder; give the name of a picture file in it.")
    if not file.exists():
        raise PictureError(f"'{file}' does not exist; check the name and the folder.")
    if not file.is_file():
        raise PictureError(f"'{file}' is not an ordinary file; save the picture to a file and give its name.")
