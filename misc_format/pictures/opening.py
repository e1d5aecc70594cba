"""Opens pictures. This is the only module of the project that calls `Image.open`.

Rule 1.  Only the formats of `formats.TAKEN` are opened, and the plugin that opens the project's own files.
Rule 2.  Sizes are checked in the header, before pixels are decoded.
Rule 3.  A file is called damaged only if its format is taken and its layout is known.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image, ImageFile

from misc_format.coders.image.isobmff import avif_sizes
from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.limits import MAX_SIDE
from misc_format.pictures import colour, formats, metadata, png, tiff
from misc_format.pictures.faults import DAMAGE, UnreadableError
from misc_format.pictures.storage import Storage, storage_of

_JPEG_SIGNATURE: Final = b"\xff\xd8\xff"
_LOSSLESS_JPEG: Final = (0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF)  # markers of frames without a reader
MAX_TILE_PADDING: Final = 64  # pixels by which a tile of AVIF may be larger than the picture
_TO_PNG: Final = "convert it to 8-bit PNG first"


class OpenedPicture(NamedTuple):
    """A picture of a file. `image` is not decoded before `load`. `storage`: how its samples are stored. `data`: the file."""

    image: ImageFile.ImageFile
    storage: Storage
    data: bytes
    taken: tuple[str, ...]

    def require_pixels(self, max_pixels: int | None) -> None:
        """Raise `UnreadableError` if the picture has more pixels; None: any number."""
        width, height = self.image.size
        if max_pixels is not None and width * height > max_pixels:
            raise UnreadableError(
                f"has {width:,} x {height:,} pixels, and at most {max(max_pixels, 0):,} fit; scale it down and try again"
            )

    def load(self) -> None:
        """Decode the pixels. Raises `UnreadableError`."""
        with _errors_of(self.data, self.taken):
            self.image.load()


@contextmanager
def opened(data: bytes, taken: tuple[str, ...] = formats.NAMES) -> Iterator[OpenedPicture]:
    """A picture in one of the formats `taken`, by Pillow's names, not decoded yet. Raises `UnreadableError`."""
    if (refusal := formats.refusal(data)) and not _is_asked_for(data, taken):
        raise UnreadableError(refusal)
    with _errors_of(data, taken):
        picture = _opened(data, taken)
    with picture.image:
        yield picture


@contextmanager
def _errors_of(data: bytes, taken: tuple[str, ...]) -> Iterator[None]:
    """Turn what Pillow raises about a file into `UnreadableError`."""
    try:
        # Pillow only warns about a picture of one to two times its limit. Such a picture is read, and stderr stays clean.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise UnreadableError("has too many pixels to be opened safely; scale it down and try again") from error
    except MemoryError as error:
        raise UnreadableError("does not fit into memory; scale it down and try again") from error
    except DAMAGE as error:
        raise UnreadableError(_reason(data, taken, error)) from error


def _is_asked_for(data: bytes, taken: tuple[str, ...]) -> bool:
    return "JXL" in taken and data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL "))


def _opened(data: bytes, taken: tuple[str, ...]) -> OpenedPicture:
    source, info, notes, layout = data, {}, [], None
    if data.startswith(png.SIGNATURE):
        rest = png.without_extras(data)
        source, info, notes = rest.data, rest.info, rest.notes
    if data.startswith(tiff.SIGNATURES):
        entries = tiff.tags(data)
        if tiff.is_raw(entries):
            raise UnreadableError(
                "is a camera's raw file, or has only a thumbnail in front; develop it to PNG or TIFF first"
            )
        source, layout = tiff.readable(data, entries), tiff.layout(entries)
    image = Image.open(io.BytesIO(source), formats=taken)
    require_side(image.size)
    if image.format == "AVIF":
        _require_same_pictures(Size(*image.size), data)
    more, more_notes = metadata.said(str(image.format), data)
    image.info.update({**info, **more, colour.NOTES: [*notes, *more_notes]})
    storage = storage_of(image, layout)
    if storage.bits > 8 and image.mode == "RGB" and storage.transparent is not None:
        _add_alpha(image, source, storage)
    return OpenedPicture(image, storage, data, taken)


def require_side(size: tuple[int, int]) -> None:
    """Raise `UnreadableError` for a side that no file of this format can have."""
    if max(size) > MAX_SIDE:
        raise UnreadableError(
            f"has {size[0]:,} x {size[1]:,} pixels, and a side has at most {MAX_SIDE:,}; scale it down or cut it first"
        )


def _require_same_pictures(size: Size, data: bytes) -> None:
    """Raise `UnreadableError` if a picture in an AVIF file is larger than the file says: it would be decoded and then scaled down."""
    try:
        stated = [picture for picture in avif_sizes(data, "") if picture is not None]
    except MiscError as error:
        raise UnreadableError(f"cannot be read as AVIF: {error.message}") from None
    for picture in stated:
        if picture.width * picture.height > (size.width + MAX_TILE_PADDING) * (size.height + MAX_TILE_PADDING):
            raise UnreadableError(
                f"states {size.width:,} x {size.height:,} pixels and holds {picture.width:,} x {picture.height:,}; "
                "save it as PNG with a program that you trust"
            )


def _add_alpha(image: Any, source: bytes, storage: Storage) -> None:
    """Give 16-bit RGB an alpha channel in place of its transparent colour. Pillow keeps only one byte of each sample.

    The file is decoded twice: its samples are big-endian, so read as little-endian they give the other byte.
    """
    with Image.open(io.BytesIO(source), formats=("PNG",)) as lower:
        lower.tile = [tile._replace(args="RGB;16L") for tile in lower.tile]
        low = np.asarray(lower, np.uint16)
    image.load()
    values = np.asarray(image, np.uint16) << 8 | low
    alpha = np.where((values == storage.transparent).all(axis=2), 0, 255).astype(np.uint8)
    del image.info["transparency"]
    image.putalpha(Image.fromarray(alpha))


def _reason(data: bytes, taken: tuple[str, ...], error: BaseException) -> str:
    """Why a file cannot be read whose format is not refused by name. `error`: what Pillow raised."""
    if data.startswith(tiff.SIGNATURES) and (layout := _unread_layout(data, error)):
        return f"is a TIFF picture with {layout}, {_NO_READER}; {_TO_PNG}"
    if data.startswith(_JPEG_SIGNATURE) and (frame := _jpeg_frame(data)):
        marker, bits = frame
        if marker in _LOSSLESS_JPEG:
            return f"is a lossless or hierarchical JPEG picture, {_NO_READER}; {_TO_PNG}"
        if bits != 8:
            return f"is a JPEG picture with {bits} bits per sample, {_NO_READER}; {_TO_PNG}"
    if any(Image.OPEN[name][1](data[:16]) for name in taken if name in Image.OPEN):  # type: ignore[misc]
        return str(UnreadableError.damaged())
    return "is not in a known picture format; save it as PNG and try again"


_NO_READER: Final = "for which there is no reader"


def _unread_layout(data: bytes, error: BaseException) -> str | None:
    """The layout of a TIFF picture in words if Pillow has no reader for it."""
    if data.startswith(tiff.BIG_ENDIAN_BIGTIFF):
        return "64-bit offsets in big-endian order"
    words = tiff.layout(tiff.tags(data)).words
    if "raw mode" in str(error):  # Pillow lists layouts for which it has no code
        return f"{words}, the bits of each byte in reverse order"
    entries = tiff.tags(tiff.readable(data, tiff.tags(data)))
    if not {256, 257} <= entries.keys():
        return None
    from PIL.TiffImagePlugin import COMPRESSION_INFO, OPEN_INFO

    if tiff.COMPRESSION in entries and (number := entries[tiff.COMPRESSION][0]) not in COMPRESSION_INFO:
        return f"compression number {number}"

    layout = tiff.layout(entries)
    extra = entries.get(tiff.EXTRA, ())
    order = b"II" if data[:2] == b"II" else b"MM"
    is_known = any(
        (key[0], key[1], key[2], key[4], key[5]) == (order, layout.photometric, (layout.format,), layout.bits, extra)
        for key in OPEN_INFO
    )
    return None if is_known else words


def _jpeg_frame(data: bytes) -> tuple[int, int] | None:
    """The marker of a JPEG file's frame, and its bits per sample."""
    place = 2
    try:
        while True:
            marker, code, length = struct.unpack_from(">BBH", data, place)
            if marker != 0xFF:
                return None
            if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
                return code, data[place + 4]
            place += 2 + length
    except (struct.error, IndexError):
        return None
