"""The first picture of a TIFF file: its layout in words, and the two tags that stand between Pillow and a layout that it can read.

Pillow has no reader for some layouts that differ from others in one tag alone. `readable` gives the file other tags, under which Pillow
decodes the samples as they stand in it; `storage` keeps what they mean, and `conversion` applies it.
"""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

BIG_ENDIAN_BIGTIFF: Final = b"MM\0+"
SIGNATURES: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_SHORT, _LONG = 3, 4
NEW_SUBFILE_TYPE, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES, PLANAR, SUB_IFDS, EXTRA, FORMAT = (
    254, 258, 259, 262, 277, 284, 330, 338, 339,
)  # fmt: skip
DNG_VERSION: Final = 50706
_MAX_VALUES: Final = 16
_MAX_ENTRIES: Final = 4096
Tags = dict[int, tuple[int, ...]]  # the values of each tag of integers

WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_FORMATS: Final = {1: "unsigned integer", 2: "signed integer", 3: "floating-point", 5: "complex integer", 6: "complex"}
_PHOTOMETRICS: Final = {
    0: "grey, white is zero",
    1: "grey",
    2: "RGB",
    3: "palette",
    4: "transparency mask",
    5: "CMYK",
    6: "YCbCr",
    8: "CIELAB",
    9: "ICCLAB",
    10: "ITULAB",
    32803: "colour filter array",
    32844: "LogL",
    32845: "LogLuv",
    34892: "linear raw",
}


class Layout(NamedTuple):
    """How samples are stored. `photometric` is None if the file does not say."""

    photometric: int | None
    format: int
    bits: tuple[int, ...]

    @property
    def words(self) -> str:
        """The layout as a person would say it."""
        colours = (
            "unknown" if self.photometric is None else _PHOTOMETRICS.get(self.photometric, f"number {self.photometric}")
        )
        bits = " + ".join(map(str, self.bits)) if len(set(self.bits)) > 1 else f"{len(self.bits)} x {self.bits[0]}"
        return f"{bits}-bit {_FORMATS.get(self.format, 'unknown')} samples, colours: {colours}"


def tags(data: bytes) -> Tags:
    """The tags of integers of the first picture. A damaged file has none or some."""
    entries: Tags = {}
    try:
        order, start, count, is_big = _directory(data)
        size = 20 if is_big else 12
        for index in range(min(count, _MAX_ENTRIES)):
            place = start + index * size
            tag, kind, number = struct.unpack_from(order + ("HHQ" if is_big else "HHI"), data, place)
            width = {_SHORT: 2, _LONG: 4}.get(kind)
            if width is None or not number:
                continue
            where = place + size - (8 if is_big else 4)
            if number * width > (8 if is_big else 4):
                [where] = struct.unpack_from(order + ("Q" if is_big else "I"), data, where)
            form = f"{order}{min(number, _MAX_VALUES)}{'H' if kind == _SHORT else 'I'}"
            entries.setdefault(tag, struct.unpack_from(form, data, where))
    except (struct.error, OverflowError):
        pass
    return entries


def _directory(data: bytes) -> tuple[str, int, int, bool]:
    """The byte order, the place of the first entry, the number of entries, and whether the file is a BigTIFF."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = struct.unpack_from(order + "H", data, 2) == (43,)
    [place] = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
    [count] = struct.unpack_from(order + ("Q" if is_big else "H"), data, place)
    return order, place + (8 if is_big else 2), count, is_big


def layout(entries: Tags) -> Layout:
    """The layout that the tags declare."""

    def first(tag: int, default: int) -> int:
        return entries[tag][0] if tag in entries else default

    bits = entries.get(BITS, (1,))
    samples = min(first(SAMPLES, 1), _MAX_VALUES)
    if len(bits) == 1:
        bits *= max(samples, 1)
    photometric = entries[PHOTOMETRIC][0] if PHOTOMETRIC in entries else None
    return Layout(photometric, first(FORMAT, UNSIGNED), bits)


def is_raw(entries: Tags) -> bool:
    """Whether this is a camera's raw file, or another file whose first picture is only a thumbnail of the picture proper."""
    is_reduced = NEW_SUBFILE_TYPE in entries and bool(entries[NEW_SUBFILE_TYPE][0] & 1)
    return (
        DNG_VERSION in entries or (is_reduced and SUB_IFDS in entries) or layout(entries).photometric in (32803, 34892)
    )


def readable(data: bytes, entries: Tags) -> bytes:
    """The file with tags that Pillow can read. Of wide or signed grey samples: black is zero, and 32-bit integers are signed."""
    stored = layout(entries)
    is_grey = len(stored.bits) == 1 and stored.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO)
    if not is_grey or (stored.bits[0] < 12 and stored.format != SIGNED):
        return data
    changes = {PHOTOMETRIC: BLACK_IS_ZERO} if stored.photometric == WHITE_IS_ZERO else {}
    if stored.bits == (32,) and stored.format == UNSIGNED:
        changes[FORMAT] = SIGNED
    try:
        return _with_tags(data, changes) if changes else data
    except struct.error:  # the directory is cut short
        return data


def _with_tags(data: bytes, changes: dict[int, int]) -> bytes:
    """The file with other values of tags, in a new directory behind its end."""
    order, start, count, is_big = _directory(data)
    form, size, pointer = ("HHQ", 20, "Q") if is_big else ("HHI", 12, "I")
    end = start + count * size
    rows: dict[int, bytes] = {}
    for place in range(start, end, size):
        row = data[place : place + size]
        rows[struct.unpack_from(order + "H", row)[0]] = row
    for tag, value in changes.items():
        rows[tag] = (struct.pack(order + form, tag, _SHORT, 1) + struct.pack(order + "H", value)).ljust(size, b"\0")
    following = data[end : end + struct.calcsize(order + pointer)]
    directory = struct.pack(order + ("Q" if is_big else "H"), len(rows)) + b"".join(rows[tag] for tag in sorted(rows))
    even = data + bytes(len(data) % 2)
    head = 8 if is_big else 4
    address = struct.pack(order + pointer, len(even))
    return even[:head] + address + even[head + len(address) :] + directory + following


#: Pillow's names of forms that are big-endian in the file, but have the machine's order where libtiff decompresses them.
_NATIVE: Final = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF"}


def in_order_of_machine(image: Any) -> None:
    """Tell Pillow in which order libtiff gives wide samples, which Pillow does for unsigned 16 bits alone."""
    image.tile = [
        tile._replace(args=(_NATIVE.get(tile.args[0], tile.args[0]), *tile.args[1:])) if tile[0] == "libtiff" else tile
        for tile in image.tile
    ]
