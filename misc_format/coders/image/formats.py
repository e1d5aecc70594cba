"""The formats of conventional codestreams (clause 19.1): their first bytes, the size that they state, and the files that hold them.

Nothing here decodes a picture. Only a few fields are parsed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn

from misc_format.components import Size
from misc_format.errors import MiscError

VP8_START = b"\x9d\x01\x2a"
VP8L_SIGNATURE = 0x2F
FRAME_HEADERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}  # SOF0 to SOF15 of JPEG
TEMPORAL_DELIMITER = b"\x12\x00"


class Format(NamedTuple):
    """A row of the table of formats.

    `endings`: of file names; the first one is written. `begins`: whether the first bytes are those of a codestream of this format.
    `size`: the size of the picture; None if a few fields do not state it. `bare`: the codestream in a file. `file`: the file with a
    codestream.
    """

    name: str
    meaning: str
    endings: tuple[str, ...]
    begins: Callable[[bytes], bool]
    size: Callable[[bytes], Size | None]
    bare: Callable[[bytes, str], bytes]
    file: Callable[[bytes], bytes]


def _jpeg_size(data: bytes) -> Size | None:
    """The size in the first frame header; None without a frame header."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if marker in FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return Size(width, height)
        position += 1 if marker == 0xFF else 2 + max(length, 2)
    return None


def _webp_begins(data: bytes) -> bool:
    if _is_lossless_webp(data):
        return len(data) > 5
    return len(data) > 10 and not data[0] & 1 and data[3:6] == VP8_START


def _webp_size(data: bytes) -> Size:
    if _is_lossless_webp(data):
        bits = int.from_bytes(data[1:5], "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width, height = struct.unpack_from("<HH", data, 6)
    return Size(width & 0x3FFF, height & 0x3FFF)


def _is_lossless_webp(data: bytes) -> bool:
    return data[:1] == bytes((VP8L_SIGNATURE,))


def _webp_bare(data: bytes, path: str) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return data
    kind, length = data[12:16], int.from_bytes(data[16:20], "little")
    chunk = data[20 : 20 + length]
    if kind not in (b"VP8 ", b"VP8L") or data != _webp_file(chunk):
        _refuse(path, "the WebP file has more than the one chunk of a still picture without transparency")
    return chunk


def _webp_file(data: bytes) -> bytes:
    kind = b"VP8L" if _is_lossless_webp(data) else b"VP8 "
    chunk = kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def _boxes(data: bytes, path: str) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box of ISO/IEC 14496-12."""
    position = 0
    while position < len(data):
        length, head = int.from_bytes(data[position : position + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:
            length = len(data) - position
        if length < head or position + length > len(data):
            _refuse(path, f"a box does not end within the file, at byte {position}")
        yield data[position + 4 : position + 8], data[position + head : position + length]
        position += length


def _jxl_bare(data: bytes, path: str) -> bytes:
    if data[4:8] != b"JXL ":
        return data
    pieces = []
    for kind, content in _boxes(data, path):
        if kind in (b"jxlc", b"jxlp"):
            pieces.append(content[4:] if kind == b"jxlp" else content)
        elif kind not in (b"JXL ", b"ftyp", b"jxll"):
            _refuse(path, f"the JPEG XL file has a box {kind.decode('latin-1')!r}, which would be lost")
    return b"".join(pieces)


def _av1_bare(data: bytes, path: str) -> bytes:
    if data[4:8] != b"ftyp":
        return data
    items: dict[bytes, bytes] = {}
    for kind, content in _boxes(data, path):
        if kind == b"meta":
            items |= dict(_boxes(content[4:], path))
    codestream = _only_item(items.get(b"iloc", b""), data, path)
    return codestream if codestream.startswith(TEMPORAL_DELIMITER) else TEMPORAL_DELIMITER + codestream


def _only_item(location: bytes, data: bytes, path: str) -> bytes:
    """The bytes of the only item of an ItemLocationBox (ISO/IEC 14496-12, 8.11.3)."""
    try:
        version = location[0]
        sizes = [nibble for byte in location[4:6] for nibble in (byte >> 4, byte & 15)]
        id_bytes = 4 if version == 2 else 2
        fields = _Numbers(location, 6)
        if fields.take(id_bytes) != 1:
            _refuse(path, "the AVIF file has several items: transparency, a thumbnail or metadata")
        fields.take(id_bytes)  # item_ID
        if version and fields.take(2) & 15:
            _refuse(path, "the AVIF file does not store the picture as one piece of the file")
        fields.take(2)  # data_reference_index
        base = fields.take(sizes[2])
        pieces = []
        for _ in range(fields.take(2)):
            fields.take(sizes[3] if version else 0)
            offset, length = base + fields.take(sizes[0]), fields.take(sizes[1])
            pieces.append(data[offset : offset + length])
        return b"".join(pieces)
    except IndexError:
        _refuse(path, "the AVIF file does not say where its picture is")


class _Numbers:
    """Reads big-endian numbers one after another. Raises `IndexError` at the end."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position = data, position

    def take(self, count: int) -> int:
        if self.position + count > len(self.data):
            raise IndexError
        self.position += count
        return int.from_bytes(self.data[self.position - count : self.position], "big")


def _refuse(path: str, fault: str) -> NoReturn:
    raise MiscError("MISC-PCK-003", f"{fault}; use a file with only the picture", path=path)


def _annex_b(data: bytes) -> bool:
    return data.startswith((b"\0\0\1", b"\0\0\0\1")) and len(data) > 5


def _unchanged(data: bytes, path: str = "") -> bytes:
    return data


def _no_size(data: bytes) -> None:
    return None


# fmt: off
FORMATS = {
    row.name: row
    for row in (
        Format("jpeg", "JPEG (ITU-T T.81), from SOI to EOI", (".jpg", ".jpeg"), lambda data: data.startswith(b"\xff\xd8\xff") and _jpeg_size(data) is not None, _jpeg_size, _unchanged, _unchanged),
        Format("webp", "WebP (RFC 9649): the data of the one VP8 or VP8L chunk", (".webp",), _webp_begins, _webp_size, _webp_bare, _webp_file),
        Format("av1", "AV1: the OBUs of one temporal unit, each with its size: temporal delimiter, sequence header, ...", (".obu", ".avif"), lambda data: data.startswith(TEMPORAL_DELIMITER + b"\x0a"), _no_size, _av1_bare, _unchanged),
        Format("jxl", "JPEG XL (ISO/IEC 18181-1), the bare codestream", (".jxl",), lambda data: data.startswith(b"\xff\x0a"), _no_size, _jxl_bare, _unchanged),
        Format("hevc", "HEVC (ITU-T H.265), a byte stream of NAL units (Annex B)", (".hevc", ".h265", ".265"), _annex_b, _no_size, _unchanged, _unchanged),
        Format("vvc", "VVC (ITU-T H.266), a byte stream of NAL units (Annex B)", (".vvc", ".h266", ".266"), _annex_b, _no_size, _unchanged, _unchanged),
    )
}
# fmt: on
FORMAT_OF_ENDING = {ending: row for row in FORMATS.values() for ending in row.endings}


def reduced(picture: Size, reduction: int) -> Size:
    """The size of a picture at 1 / reduction of its sides, rounded up."""
    return Size(*(-(-side // reduction) for side in picture))
