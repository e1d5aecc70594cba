"""Which picture formats are taken, and which are refused by name.

Rule 1.  Only the plugins of Pillow in TAKEN run. None of them starts another program: an EPS file, under whatever name, never starts
         Ghostscript.
Rule 2.  A format is recognised by its first bytes, never by the ending of the file's name.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Format(NamedTuple):
    """A format that is taken. `name`: Pillow's. `endings`: of its files' names."""

    name: str
    title: str
    endings: tuple[str, ...]


class Refusal(NamedTuple):
    """A format that is refused. `signature`: the bytes at `offset`. `what` and `remedy` make the message "is WHAT; REMEDY"."""

    offset: int
    signature: bytes
    what: str
    remedy: str


TAKEN: Final = (
    Format("PNG", "PNG", (".png", ".apng")),
    Format("JPEG", "JPEG", (".jpg", ".jpeg", ".jpe", ".jfif")),
    Format("WEBP", "WebP", (".webp",)),
    Format("BMP", "BMP", (".bmp",)),
    Format("TIFF", "TIFF", (".tif", ".tiff")),
    Format("PPM", "PBM, PGM, PPM and PFM", (".ppm", ".pgm", ".pbm", ".pnm", ".pfm")),
    Format("GIF", "GIF", (".gif",)),
    Format("JPEG2000", "JPEG 2000", (".jp2", ".j2k", ".jpx", ".j2c", ".jpc")),
    Format("AVIF", "AVIF", (".avif",)),
)
NAMES: Final = tuple(row.name for row in TAKEN)

#: Endings of the names of pictures, for looking through a folder.
EXTENSIONS: Final = tuple(ending for row in TAKEN for ending in row.endings)

_TO_PNG: Final = "convert it to PNG first"
_EXPORT: Final = "export the picture from it as PNG first"
_NO_READER: Final = "for which there is no reader"
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS: Final = (b"avif", b"avis")
_RAW_CAMERA: Final = "a camera's raw file, which holds no finished picture"

#: The first row that fits counts.
REFUSED: Final = (
    Refusal(0, b"%!PS", "an EPS picture, which only Ghostscript can draw, and no other program is started", _TO_PNG),
    Refusal(
        0,
        b"\xc5\xd0\xd3\xc6",
        "an EPS picture, which only Ghostscript can draw, and no other program is started",
        _TO_PNG,
    ),
    Refusal(0, b"%PDF", "a PDF document", _EXPORT),
    Refusal(0, b"\x89HDF\r\n\x1a\n", f"an HDF5 file, {_NO_READER}", _EXPORT),
    *(
        Refusal(4, b"ftyp" + brand, f"a HEIC or HEIF picture, {_NO_READER}", "convert it to PNG or AVIF first")
        for brand in _HEIF_BRANDS
    ),
    Refusal(4, b"ftypcrx ", _RAW_CAMERA, "develop it to PNG or TIFF first"),
    Refusal(8, b"CR\x02", _RAW_CAMERA, "develop it to PNG or TIFF first"),
    Refusal(0, b"FUJIFILM", _RAW_CAMERA, "develop it to PNG or TIFF first"),
    Refusal(0, b"IIRO", _RAW_CAMERA, "develop it to PNG or TIFF first"),
    Refusal(0, b"IIU\0", _RAW_CAMERA, "develop it to PNG or TIFF first"),
    Refusal(4, b"ftyp", "a video", "save one frame of it as PNG first"),
    Refusal(0, b"\x1aE\xdf\xa3", "a video", "save one frame of it as PNG first"),
    Refusal(0, b"\0\0\1\xba", "a video", "save one frame of it as PNG first"),
    Refusal(0, b"\0\0\1\xb3", "a video", "save one frame of it as PNG first"),
    Refusal(0, b"\xff\x0a", "a JPEG XL picture", _TO_PNG),
    Refusal(4, b"JXL ", "a JPEG XL picture", _TO_PNG),
    Refusal(0, b"II\xbc\x01", f"a JPEG XR picture, {_NO_READER}", _TO_PNG),
    Refusal(0, b"8BPS", "a Photoshop document", _EXPORT),
    Refusal(0, b"gimp xcf", "a GIMP document", _EXPORT),
    Refusal(0, b"\xd7\xcd\xc6\x9a", "a WMF drawing", _TO_PNG),
    Refusal(40, b" EMF", "an EMF drawing", _TO_PNG),
    Refusal(0, b"v/1\x01", f"an OpenEXR picture, {_NO_READER}", "convert it to PNG or to a floating-point TIFF first"),
    Refusal(0, b"#?RADIANCE", f"a Radiance HDR picture, {_NO_READER}", "convert it to PNG first"),
    Refusal(0, b"SIMPLE  =", f"a FITS file, {_NO_READER}", _EXPORT),
    Refusal(128, b"DICM", f"a DICOM file, {_NO_READER}", _EXPORT),
    Refusal(0, b"GRIB", f"a GRIB file, {_NO_READER}", _EXPORT),
    Refusal(0, b"BUFR", f"a BUFR file, {_NO_READER}", _EXPORT),
    Refusal(0, b"CDF", f"a NetCDF file, {_NO_READER}", _EXPORT),
    Refusal(0, b"DDS ", f"a DDS texture, {_NO_READER}", _TO_PNG),
    Refusal(0, b"qoif", f"a QOI picture, {_NO_READER}", _TO_PNG),
    Refusal(0, b"\0\0\1\0", "an icon file of several pictures", _EXPORT),
    Refusal(0, b"icns", "an icon file of several pictures", _EXPORT),
    Refusal(0, b"\x93NUMPY", "a NumPy array", "save it as PNG, or give the array to the Python interface"),
    Refusal(0, b"MSC", "a MISC bitstream, not a picture", "decode it with misc decode"),
    Refusal(0, b"PK\x03\x04", "a zip archive", "unpack it and name a picture"),
    Refusal(0, b"\x1f\x8b", "a gzip file", "unpack it first"),
    Refusal(0, b"P7", f"a PAM picture, {_NO_READER}", _TO_PNG),
    Refusal(0, b"<svg", "an SVG drawing", _TO_PNG),
    Refusal(0, b"<?xml", "an XML document, such as an SVG drawing", _TO_PNG),
    Refusal(0, b"<!DOCTYPE", "a web page, not a picture", "download the picture itself"),
    Refusal(0, b"<html", "a web page, not a picture", "download the picture itself"),
    Refusal(
        0, b"version https://git-lfs", "a pointer of Git LFS, not the picture", "fetch the picture with git lfs pull"
    ),
)
PREFIX_BYTES: Final = 256  # enough for every signature


def refusal(data: bytes) -> str | None:
    """Why a file with these bytes is refused, as the predicate of a sentence; None if its format is not in REFUSED."""
    if not data:
        return "is empty; get a fresh copy of it and try again"
    if data[4:8] == b"ftyp" and any(brand in data[8 : min(data[3], 64)] for brand in _AVIF_BRANDS):
        return None
    for row in REFUSED:
        if data.startswith(row.signature, row.offset):
            return f"is {row.what}; {row.remedy}"
    return None
