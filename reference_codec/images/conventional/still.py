"""JPEG, WebP, JPEG 2000 and JPEG XL through Pillow; JPEG XL needs the plug-in pillow-jxl-plugin.

Rule 1.  The size in a picture's header is checked before its samples are decoded.
Rule 2.  JPEG XL and JPEG 2000 are decoded in a process of its own, with limits.
Rule 3.  A codestream of JPEG 2000 is written without comments, so that no version of OpenJPEG stands in it.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
from PIL import Image

from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image.formats import FORMATS
from misc_format.components import Codestream, Samples, Size
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened
from reference_codec.errors import PictureError
from reference_codec.images.conventional import decoding, jpeg2000
from reference_codec.images.conventional.codec import Codec, DecodingError, require_size
from reference_codec.pictures.samples import size_of

DECODER = "reference_codec.images.conventional.program"
MAX_RESOLUTIONS = 6  # of JPEG 2000: five levels of wavelets
JPEG_2000_SCALE = "the ratio of the bytes of all samples to those of OpenJPEG's packets"
HEADERS = 153  # bytes of all headers and the comment of OpenJPEG, for a picture in colour
JPEG_OPTIONS: tuple[dict[str, Any], ...] = ({}, {"optimize": True}, {"progressive": True})


def _encode_jpeg(samples: Samples, quality: int) -> bytes:
    """The form (sequential or progressive) whose payload is the shortest, without the headers that templates restore."""
    size = size_of(samples)
    forms = [_save(samples, "JPEG", quality=quality, **options) for options in JPEG_OPTIONS]
    return min(forms, key=lambda data: len(image_codestream.encode(Codestream("jpeg", data), size)))


def _encode_webp(samples: Samples, quality: int) -> bytes:
    return FORMATS["webp"].bare(_save(samples, "WEBP", quality=quality, method=6), "image.webp")


def _encode_jxl(samples: Samples, quality: int) -> bytes:
    import pillow_jxl  # noqa: F401  registers itself with Pillow

    return FORMATS["jxl"].bare(_save(samples, "JXL", quality=quality, effort=9), "image.jxl")


def _encode_jpeg2000(samples: Samples, ratio: int) -> bytes:
    """`ratio`: of the bytes of all samples to those behind the headers, which OpenJPEG counts and a template restores."""
    size = size_of(samples)
    counted = samples.size / (samples.size / ratio + HEADERS)
    data = _save(
        samples, "JPEG2000", no_jp2=True, irreversible=True, mct=int(samples.ndim == 3), quality_mode="rates",
        quality_layers=[counted], num_resolutions=min(MAX_RESOLUTIONS, min(size).bit_length()),
    )  # fmt: skip
    return jpeg2000.without_comments(data)


def _save(samples: Samples, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    try:
        Image.fromarray(samples).save(stream, format=kind, **options)
    except (OSError, ValueError) as error:
        height, width = samples.shape[:2]
        raise PictureError(f"{kind} does not take a picture of {width}x{height} ({error}).") from None
    return stream.getvalue()


def _decode(data: bytes, size: Size, kind: str) -> Samples:
    try:
        with opened(data, (kind,)) as picture:
            image = picture.image
            require_size(Size(*image.size), size)
            picture.load()
            return np.asarray(image.convert("L" if image.mode == "L" else "RGB"))
    except UnreadableError as error:
        raise DecodingError(f"it {error}") from None


def _decode_jpeg(data: bytes, size: Size) -> Samples:
    return _decode(data, size, "JPEG")


def _decode_webp(data: bytes, size: Size) -> Samples:
    return _decode(FORMATS["webp"].file(data), size, "WEBP")


def _decode_jxl(data: bytes, size: Size) -> Samples:
    import pillow_jxl  # noqa: F401  a missing extra is reported by this process

    return _decode_apart(data, size, "JXL")


def _decode_jpeg2000(data: bytes, size: Size) -> Samples:
    return _decode_apart(data, size, "JPEG2000")


def _decode_apart(data: bytes, size: Size, kind: str) -> Samples:
    samples = decoding.decode([sys.executable, "-P", "-m", DECODER, kind], data, size)
    require_size(size_of(samples), size)
    return samples


CODECS = (
    Codec("jpeg", "jpeg", 1, 100, 10, "libjpeg's quality", _encode_jpeg, _decode_jpeg),
    Codec("webp", "webp", 0, 100, 10, "libwebp's quality", _encode_webp, _decode_webp),
    Codec("jpeg2000", "jpeg2000", 10_000, 2, 100, JPEG_2000_SCALE, _encode_jpeg2000, _decode_jpeg2000),
    Codec("jxl", "jxl", 1, 99, 10, "libjxl's quality; 100 would be without loss", _encode_jxl, _decode_jxl),
)
