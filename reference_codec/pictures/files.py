"""Picture files written from samples. `misc_format.pictures` reads them.

Rule 1.  Every failure is a `PictureError`: one sentence that names the file and says what to do.
Rule 2.  A file under its final name is complete: `save` writes through `misc_format.system.files.replacing`.
Rule 3.  Only NumPy and Pillow are imported, so that decoding needs no heavy packages.
"""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from PIL import Image

from misc_format.components import Samples
from misc_format.system.files import replacing
from reference_codec.errors import PictureError
from reference_codec.pictures.samples import require_samples, rgb

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
#: The formats that hold an ICC profile.
ICC_FORMATS: Final = ("PNG", "TIFF", "WEBP", "JPEG")
NOTE_NO_ICC: Final = (
    "A {0} file holds no ICC profile, so the picture's colours will be taken for sRGB; write a PNG to keep them."
)

#: What Pillow's writers raise for a picture that a format does not hold, or where writing fails.
_WRITING_ERRORS: Final = (OSError, ValueError, struct.error, OverflowError)


def keeps_icc(path: Path) -> bool:
    """Whether a file of this name holds an ICC profile."""
    return FORMATS.get(path.suffix.lower(), ("", {}))[0] in ICC_FORMATS


def save(samples: Samples, path: str | os.PathLike[str], icc: bytes | None = None) -> None:
    """Write samples, uint8 (H, W) or (H, W, 3), in the format of the path's extension (see `FORMATS`).

    `icc`: the ICC profile of the samples, which is left out where the format holds none. The file appears complete or not at all.
    Raises `PictureError` for an unknown extension or where writing fails, ValueError for samples of another shape.
    """
    require_samples(samples)
    target = Path(path)
    extension = target.suffix.lower()
    if extension not in FORMATS:
        raise PictureError(f"'{target}' has no known extension; end its name in one of {', '.join(FORMATS)}.")
    try:
        with replacing(target) as temporary, temporary.open("wb") as stream:
            _write(samples, stream, extension, icc)
    except _WRITING_ERRORS as error:
        reason = getattr(error, "strerror", None) or "the format does not hold such a picture"
        raise PictureError(f"'{target}' cannot be written ({reason}); choose another name or folder.") from error


def to_bytes(samples: Samples, extension: str, icc: bytes | None = None) -> bytes:
    """The bytes of the file that `save` writes under a name with this extension, one of `FORMATS`. Raises as `save`."""
    require_samples(samples)
    stream = io.BytesIO()
    try:
        _write(samples, stream, extension, icc)
    except _WRITING_ERRORS as error:
        height, width = samples.shape[:2]
        raise PictureError(f"{FORMATS[extension][0]} does not hold a picture of {width}x{height}: {error}") from error
    return stream.getvalue()


def _write(samples: Samples, stream: BinaryIO, extension: str, icc: bytes | None) -> None:
    kind, options = FORMATS[extension]
    if icc is not None and kind in ICC_FORMATS:
        samples, options = rgb(samples), {**options, "icc_profile": icc}
    Image.fromarray(np.ascontiguousarray(samples)).save(stream, format=kind, **options)
