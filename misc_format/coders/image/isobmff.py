"""Files of boxes (ISO/IEC 14496-12): the codestreams in AVIF, JPEG XL and JPEG 2000 files. No sample is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from misc_format.coders.image.statedsize import av1_sizes
from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.limits import MAX_CODESTREAM_BYTES

TEMPORAL_DELIMITER = b"\x12\x00"
_PATH_TO_ITEMS = (b"meta",)
_PATH_TO_PROPERTIES = (b"meta", b"iprp", b"ipco")
_PATH_TO_CHUNKS = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_CHUNK_ENDS = {b"stco": 12, b"co64": 16}  # where the first chunk's place ends in the box
MAX_TRACKS = 16
_VERSIONED = (b"meta",)  # boxes whose content begins with a version and flags
_KEPT_PROPERTIES = (b"ispe", b"pixi", b"av1C")  # the codestream says the same
_KEPT_JP2_HEADERS = (b"ihdr", b"bpcc")  # the codestream says the same
_PLAIN_COLOURS = (16, 17)  # EnumCS of sRGB and of grey: what a codestream without a file is taken for


def boxes(data: bytes, path: str) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box. Raises `MiscError` for a box that does not end within the data."""
    position = 0
    while position < len(data):
        length, head = int.from_bytes(data[position : position + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[position + 8 : position + 16], "big"), 16
        elif length == 0:
            length = len(data) - position
        if length < head or position + length > len(data):
            refuse(path, f"a box does not end within the file, at byte {position}")
        yield data[position + 4 : position + 8], data[position + head : position + length]
        position += length


def _boxes_in(data: bytes, ancestors: tuple[bytes, ...], path: str) -> Iterator[tuple[bytes, bytes]]:
    """The boxes in all boxes that have these ancestors."""
    if not ancestors:
        yield from boxes(data, path)
        return
    for kind, content in boxes(data, path):
        if kind == ancestors[0]:
            yield from _boxes_in(content[4:] if kind in _VERSIONED else content, ancestors[1:], path)


def _refuse_box(path: str, file_format: str, kind: bytes) -> NoReturn:
    refuse(path, f"the {file_format} file has a box {kind.decode('latin-1')!r}, which would be lost")


def jxl_codestream(data: bytes, path: str) -> bytes:
    """The codestream of a JPEG XL file, with or without boxes. Raises `MiscError` for a file with more than the picture."""
    if data[4:8] != b"JXL ":
        return data
    pieces: list[bytes] = []
    for kind, content in boxes(data, path):
        if kind == b"jxlc":
            pieces.append(content)
        elif kind == b"jxlp":
            if int.from_bytes(content[:4], "big") & 0x7FFFFFFF != len(pieces):
                refuse(path, "the parts of the JPEG XL file are not in order")
            pieces.append(content[4:])
        elif kind not in (b"JXL ", b"ftyp", b"jxll"):
            _refuse_box(path, "JPEG XL", kind)
    return b"".join(pieces)


def jpeg2000_codestream(data: bytes, path: str) -> bytes:
    """The codestream of a JP2 file (ITU-T T.800, Annex I), or the data itself. Raises `MiscError` for a file with more than the picture."""
    if data[4:8] != b"jP  ":
        return data
    codestreams: list[bytes] = []
    for kind, content in boxes(data, path):
        if kind == b"jp2c":
            codestreams.append(content)
        elif kind == b"jp2h":
            _require_plain_header(content, path)
        elif kind not in (b"jP  ", b"ftyp"):
            _refuse_box(path, "JPEG 2000", kind)
    if len(codestreams) != 1:
        refuse(path, f"the JPEG 2000 file has {len(codestreams)} codestreams")
    return codestreams[0]


def _require_plain_header(header: bytes, path: str) -> None:
    """Raise `MiscError` if the header of a JP2 file says what the codestream does not say."""
    for kind, content in boxes(header, path):
        if kind == b"colr":
            method, colours = content[:1], int.from_bytes(content[3:7], "big")
            if method != b"\1" or colours not in _PLAIN_COLOURS:
                refuse(path, "the JPEG 2000 file has other colours than sRGB or grey, which would be lost")
        elif kind not in _KEPT_JP2_HEADERS:
            _refuse_box(path, "JPEG 2000", kind)


def av1_codestream(data: bytes, path: str) -> bytes:
    """The codestream of an AVIF file, or the data itself. Raises `MiscError` for a file with more than the picture."""
    if data[4:8] != b"ftyp":
        return data
    for kind, content in _boxes_in(data, _PATH_TO_PROPERTIES, path):
        if kind not in _KEPT_PROPERTIES and not (kind == b"colr" and content.startswith(b"nclx")):
            refuse(path, f"the AVIF file has a property {kind.decode('latin-1')!r}, which would be lost")
    extents = _extents(data, path)
    if not extents:
        refuse(path, "the AVIF file does not say where its picture is")
    if len(extents) > 1:
        refuse(path, "the AVIF file has several items: transparency, a thumbnail or metadata")
    [pieces] = extents.values()
    if _length(pieces, data) > MAX_CODESTREAM_BYTES:
        refuse(path, f"the codestream has more than {MAX_CODESTREAM_BYTES:,} bytes")
    codestream = b"".join(data[piece] for piece in pieces)
    return codestream if codestream.startswith(TEMPORAL_DELIMITER) else TEMPORAL_DELIMITER + codestream


def avif_sizes(data: bytes, path: str) -> Iterator[Size | None]:
    """The size of each picture in an AVIF file, as its AV1 codestream states it: of items, and of the first frames of tracks.

    Raises `MiscError` if the file is damaged.
    """
    pictures = {number for kind, content in _boxes_in(data, _PATH_TO_ITEMS, path) if kind == b"iinf"
                for number in _av1_items(content, path)}  # fmt: skip
    left = len(data)
    for number, pieces in _extents(data, path).items():
        if number not in pictures:
            continue
        left -= _length(pieces, data)
        if left < 0:
            refuse(path, "the parts of its pictures overlap")
        yield from av1_sizes(b"".join(data[piece] for piece in pieces))
    chunks = [
        content[8 : _CHUNK_ENDS[kind]]
        for kind, content in _boxes_in(data, _PATH_TO_CHUNKS, path)
        if kind in _CHUNK_ENDS
    ]
    if len(chunks) > MAX_TRACKS:
        refuse(path, f"it has {len(chunks):,} tracks")
    for chunk in chunks:
        yield from av1_sizes(data, int.from_bytes(chunk, "big"))


def _length(pieces: list[slice], data: bytes) -> int:
    """The bytes of all pieces together, of which none is copied."""
    return sum(len(range(*piece.indices(len(data)))) for piece in pieces)


def _av1_items(information: bytes, path: str) -> Iterator[int]:
    """The numbers of the AV1 items of an ItemInfoBox (8.11.6)."""
    for kind, content in boxes(information[8 if information[:1] not in (b"", b"\0") else 6 :], path):
        id_bytes = 4 if content[:1] == b"\3" else 2
        if kind == b"infe" and content[6 + id_bytes : 10 + id_bytes] == b"av01":
            yield int.from_bytes(content[4 : 4 + id_bytes], "big")


def _extents(data: bytes, path: str) -> dict[int, list[slice]]:
    """The places of each item of the file, by its number (ItemLocationBox, 8.11.3)."""
    extents: dict[int, list[slice]] = {}
    for kind, content in _boxes_in(data, _PATH_TO_ITEMS, path):
        if kind == b"iloc":
            try:
                extents.update(_locations(content, path))
            except IndexError:
                refuse(path, "the AVIF file does not say where its picture is")
    return extents


def _locations(location: bytes, path: str) -> Iterator[tuple[int, list[slice]]]:
    version = location[0]
    fields = _Numbers(location, 4)
    packed = fields.take(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (packed >> shift & 15 for shift in (12, 8, 4, 0))
    id_bytes = 4 if version == 2 else 2
    for _ in range(fields.take(id_bytes)):
        number = fields.take(id_bytes)
        if version and fields.take(2) & 15:
            refuse(path, "the AVIF file does not store the picture as one piece of the file")
        fields.take(2)  # data_reference_index
        base, count = fields.take(base_bytes), fields.take(2)
        if count > 1 and not (offset_bytes or length_bytes):
            refuse(path, f"an item has {count:,} parts without places")
        pieces = []
        for _ in range(count):
            fields.take(index_bytes if version else 0)
            start = base + fields.take(offset_bytes)
            pieces.append(slice(start, start + fields.take(length_bytes)))
        yield number, pieces


class _Numbers:
    """Reads big-endian numbers one after another. Raises `IndexError` at the end."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position = data, position

    def take(self, count: int) -> int:
        if self.position + count > len(self.data):
            raise IndexError
        self.position += count
        return int.from_bytes(self.data[self.position - count : self.position], "big")


def refuse(path: str, fault: str) -> NoReturn:
    """Raise the `MiscError` of a file that cannot be packed."""
    raise MiscError("MISC-PCK-003", f"{fault}; use a file with only the picture", path=path)
