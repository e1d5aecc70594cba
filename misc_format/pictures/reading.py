"""Picture files read as 8-bit samples in sRGB.

Rule 1.  Every failure is a `PictureError`: one sentence that names the file and says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image

from misc_format.components import Samples, Stream
from misc_format.errors import PictureError
from misc_format.pictures.conversion import Picture, converted
from misc_format.pictures.faults import DAMAGE, UnreadableError
from misc_format.pictures.opening import OpenedPicture, opened
from misc_format.pictures.storage import storage_of
from misc_format.registry import ANCILLARY_BY_NAME
from misc_format.system import reading

T = TypeVar("T")


def load(path: str | os.PathLike[str], *, keep_icc: bool = False) -> Picture:
    """The picture in a file, converted by `conversion.converted`.

    Raises `PictureError` if the file is missing, not a file, not a picture, in a format that is not taken, damaged, cut short, or too
    large.
    """
    return from_bytes(read_file(path), str(Path(path)), keep_icc=keep_icc)


def from_bytes(data: bytes, name: str, *, keep_icc: bool = False) -> Picture:
    """The picture in the bytes of a file, as `load` reads it. `name` stands for it in messages. Raises `PictureError`."""
    return read(data, name, lambda picture: converted(picture.image, picture.storage, keep_icc=keep_icc))


def icc_of(stream: Stream) -> bytes | None:
    """The ICC profile that a file has for its decoded picture; None: sRGB."""
    members = (member for member in stream.ancillary if member.type == ANCILLARY_BY_NAME["icc"].id)
    return next((member.payload for member in members), None)


def in_srgb(samples: Samples, icc: bytes | None) -> Picture:
    """Decoded samples, uint8 (H, W) or (H, W, 3), converted to sRGB from the space of a profile; None: they are sRGB."""
    if icc is None:
        return Picture(samples)
    image = Image.fromarray(samples)
    image.info["icc_profile"] = icc
    return from_image(image)


def from_image(image: Image.Image, *, keep_icc: bool = False) -> Picture:
    """A picture of Pillow, converted by `conversion.converted`. Raises `PictureError`.

    Its chunks and tags were read by Pillow alone, so code points of colours are unknown. To have them, give the file.
    """
    storage = storage_of(image)
    try:
        image.load()
    except DAMAGE as error:
        raise PictureError(f"the picture {UnreadableError.damaged()}.") from error
    try:
        return converted(image, storage, keep_icc=keep_icc)
    except UnreadableError as error:
        raise PictureError(f"the picture {error}.") from error


def read(data: bytes, name: str, then: Callable[[OpenedPicture], T]) -> T:
    """What a function makes of the decoded picture in the bytes of a file. Raises `PictureError`, which names the file `name`."""
    try:
        return decoded(data, then)
    except UnreadableError as error:
        raise PictureError(f"'{name}' {error}.") from error


def decoded(data: bytes, then: Callable[[OpenedPicture], T], max_pixels: int | None = None) -> T:
    """What a function makes of the decoded picture in the bytes of a file.

    Raises `UnreadableError`; for a picture of more than `max_pixels` pixels, before it is decoded.
    """
    with opened(data) as picture:
        picture.require_pixels(max_pixels)
        picture.load()
        try:
            return then(picture)
        except MemoryError as error:
            raise UnreadableError("does not fit into memory; scale it down and try again") from error


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file. Raises `PictureError` for what is not an ordinary file, such as a pipe, which could be read without end."""
    file = Path(path)
    if file.is_dir():
        raise PictureError(f"'{file}' is a folder; give the name of a picture file in it.")
    if not file.exists():
        raise PictureError(f"'{file}' does not exist; check the name and the folder.")
    if not file.is_file():
        raise PictureError(f"'{file}' is not an ordinary file; save the picture to a file and give its name.")
    try:
        return reading.read_file(file)
    except reading.TooLargeError:
        raise PictureError(f"'{file}' has more than 1 GiB; save the picture in a smaller file.") from None
    except PermissionError as error:
        raise PictureError(f"'{file}' may not be read; allow reading it or choose another file.") from error
    except OSError as error:
        raise PictureError(
            f"'{file}' cannot be read ({error.strerror}); get a fresh copy of it and try again."
        ) from error
