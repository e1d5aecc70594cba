"""What files say about colours where Pillow does not read it: code points of AVIF, profiles of BMP, JPEG 2000 and GIF."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from misc_format.pictures.png import MAX_PROFILE

_BOXES: Final = 2**16  # bytes at the start of a file in which its boxes are looked for
_ENUMERATED: Final = (12, 16, 17, 18)  # inks, sRGB, grey, sYCC: of JPEG 2000 (ISO/IEC 15444-1, table I.10)
NOTE_BMP: Final = (
    "The picture states primaries and gammas of its own, which were ignored; its colours were taken for sRGB."
)
NOTE_GIF: Final = "The picture has an ICC profile, which is not read from a GIF; its colours were taken for sRGB."
NOTE_JPEG_2000: Final = "The picture is in a colour space that is not converted; its colours were taken for sRGB."
Said = tuple[dict[str, Any], list[str]]  # entries for `Image.info`, and notes


def said(kind: str, data: bytes) -> Said:
    """What a file of a format of Pillow says."""
    reader = _READERS.get(kind)
    try:
        return reader(data) if reader else ({}, [])
    except struct.error:
        return {}, []


def _avif(data: bytes) -> Said:
    place = data.find(b"colrnclx", 0, _BOXES)
    return ({}, []) if place < 0 else ({"cicp": struct.unpack_from(">HHH", data, place + 8)}, [])


def _jpeg_2000(data: bytes) -> Said:
    place = data.find(b"colr", 0, _BOXES)
    if place < 4 or not data.startswith(b"\0\0\0\x0cjP  "):
        return {}, []
    [length, _, method] = struct.unpack_from(">I4sB", data, place - 4)
    if method in (2, 3):
        return {"icc_profile": data[place + 7 : place - 4 + min(length, MAX_PROFILE)]}, []
    [space] = struct.unpack_from(">I", data, place + 7)
    return {}, ([] if method == 1 and space in _ENUMERATED else [NOTE_JPEG_2000])


def _bmp(data: bytes) -> Said:
    """The colour space of a header of version 4 or 5."""
    [size] = struct.unpack_from("<I", data, 14)
    if size < 108:
        return {}, []
    [space] = struct.unpack_from("<4s", data, 14 + 56)
    if space == b"\0\0\0\0":  # calibrated
        ends = struct.unpack_from("<9i3I", data, 14 + 60)
        return {}, ([NOTE_BMP] if any(ends) else [])
    if space == b"DEBM" and size >= 124:  # embedded
        start, length = struct.unpack_from("<II", data, 14 + 112)
        return {"icc_profile": data[14 + start : 14 + start + min(length, MAX_PROFILE)]}, []
    return {}, ([NOTE_BMP] if space == b"KNIL" else [])  # linked


def _gif(data: bytes) -> Said:
    return {}, ([NOTE_GIF] if b"\x21\xff\x0bICCRGBG1012" in data else [])


_READERS: Final[dict[str, Callable[[bytes], Said]]] = {
    "AVIF": _avif,
    "JPEG2000": _jpeg_2000,
    "BMP": _bmp,
    "GIF": _gif,
}
