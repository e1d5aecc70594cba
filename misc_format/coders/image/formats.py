"""The formats of conventional codestreams (clause 11.1): their first bytes, the size that they state, and the files that hold them.

Nothing here decodes a picture. Only a few fields are parsed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

from misc_format.coders.image.bpg import hevc_codestream
from misc_format.coders.image.isobmff import (
    TEMPORAL_DELIMITER,
    av1_codestream,
    jpeg2000_codestream,
    jxl_codestream,
    refuse,
)
from misc_format.coders.image.statedsize import (
    JPEG2000_START,
    av1_sizes,
    avc_sizes,
    hevc_sizes,
    jpeg2000_sizes,
    jxl_sizes,
    vvc_sizes,
)
from misc_format.components import Size

VP8_START = b"\x9d\x01\x2a"
VP8L_SIGNATURE = 0x2F
FRAME_HEADERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # SOF0 to SOF15 of JPEG


class Format(NamedTuple):
    """A row of the table of formats.

    `endings`: of file names; the first one is written. `begins`: whether the first bytes are those of a codestream of this format.
    `sizes`: the size that each header states, None for a header that cannot be read. `bare`: the codestream in a file. `file`: the file
    with a codestream. `padded`: whether a codestream may have the coded size in place of the picture's.
    """

    name: str
    meaning: str
    endings: tuple[str, ...]
    begins: Callable[[bytes], bool]
    sizes: Callable[[bytes], Iterable[Size | None]]
    bare: Callable[[bytes, str], bytes]
    file: Callable[[bytes], bytes]
    padded: bool = False


def _jpeg_sizes(data: bytes) -> list[Size]:
    """The size in the first frame header; nothing without a frame header."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return [Size(width, height)]
        position += 1 if marker == 0xFF else 2 + max(length, 2)
    return []


def _webp_begins(data: bytes) -> bool:
    if _is_lossless_webp(data):
        return len(data) > 5
    return len(data) > 10 and not data[0] & 1 and data[3:6] == VP8_START


def _webp_sizes(data: bytes) -> list[Size]:
    if _is_lossless_webp(data):
        bits = int.from_bytes(data[1:5], "little")
        return [Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)]
    width, height = struct.unpack_from("<HH", data, 6)
    return [Size(width & 0x3FFF, height & 0x3FFF)]


def _is_lossless_webp(data: bytes) -> bool:
    return data[:1] == bytes((VP8L_SIGNATURE,))


def _webp_bare(data: bytes, path: str) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return data
    kind, length = data[12:16], int.from_bytes(data[16:20], "little")
    chunk = data[20 : 20 + length]
    if kind not in (b"VP8 ", b"VP8L") or data != _webp_file(chunk):
        refuse(path, "the WebP file has more than the one chunk of a still picture without transparency")
    return chunk


def _webp_file(data: bytes) -> bytes:
    kind = b"VP8L" if _is_lossless_webp(data) else b"VP8 "
    chunk = kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def _annex_b(data: bytes) -> bool:
    return data.startswith((b"\0\0\1", b"\0\0\0\1")) and len(data) > 5


def _unchanged(data: bytes, path: str = "") -> bytes:
    return data


# fmt: off
FORMATS = {
    row.name: row
    for row in (
        Format("jpeg", "JPEG (ITU-T T.81), from SOI to EOI", (".jpg", ".jpeg"), lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg_sizes, _unchanged, _unchanged),
        Format("webp", "WebP (RFC 9649): the data of the one VP8 or VP8L chunk", (".webp",), _webp_begins, _webp_sizes, _webp_bare, _webp_file),
        Format("av1", "AV1: the OBUs of one temporal unit, each with its size: temporal delimiter, sequence header, ...", (".obu", ".avif"), lambda data: data.startswith(TEMPORAL_DELIMITER + b"\x0a"), av1_sizes, av1_codestream, _unchanged, padded=True),
        Format("jxl", "JPEG XL (ISO/IEC 18181-1), the bare codestream", (".jxl",), lambda data: data.startswith(b"\xff\x0a"), jxl_sizes, jxl_codestream, _unchanged),
        Format("hevc", "HEVC (ITU-T H.265), a byte stream of NAL units with start codes", (".hevc", ".h265", ".265", ".bpg"), _annex_b, hevc_sizes, hevc_codestream, _unchanged, padded=True),
        Format("vvc", "VVC (ITU-T H.266), a byte stream of NAL units with start codes", (".vvc", ".h266", ".266"), _annex_b, vvc_sizes, _unchanged, _unchanged, padded=True),
        Format("avc", "AVC (ITU-T H.264), a byte stream of NAL units with start codes", (".avc", ".h264", ".264"), _annex_b, avc_sizes, _unchanged, _unchanged, padded=True),
        Format("jpeg2000", "JPEG 2000 (ITU-T T.800), from SOC to EOC", (".j2k", ".j2c", ".jpc", ".jp2"), lambda data: data.startswith(JPEG2000_START), jpeg2000_sizes, jpeg2000_codestream, _unchanged),
    )
}
# fmt: on
FORMAT_OF_ENDING = {ending: row for row in FORMATS.values() for ending in row.endings}


def reduced(picture: Size, reduction: int) -> Size:
    """The size of a picture at 1 / reduction of its sides, rounded up."""
    return Size(*(-(-side // reduction) for side in picture))
