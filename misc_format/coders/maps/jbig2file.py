"""Write and read JBIG2 files with one generic region (clause 7.4.6; ITU-T T.88 clause 7 and annex D).

A file of another encoder is accepted if its only page is one arithmetic-coded generic region. Any other feature of JBIG2 is refused by
name.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from misc_format.components import Region, Size
from misc_format.errors import MiscError
from misc_format.limits import MAX_MAP_PIXELS, MAX_SIDE

ID = bytes.fromhex("974A42320D0A1A0A")
SEQUENTIAL, PAGES_UNKNOWN = 1, 2  # file header flags
GENERIC, GENERIC_LOSSLESS, PAGE, END_OF_PAGE, END_OF_STRIPE, END_OF_FILE, PROFILES, EXTENSION = (
    38,
    39,
    48,
    49,
    50,
    51,
    52,
    62,
)
IGNORED = {END_OF_PAGE, END_OF_FILE, PROFILES, EXTENSION}
REFUSED = {
    0: "a symbol dictionary", 4: "a text region", 6: "a text region", 7: "a text region", 16: "a pattern dictionary",
    20: "a halftone region", 22: "a halftone region", 23: "a halftone region", 36: "an intermediate region",
    40: "a refinement region", 42: "a refinement region", 43: "a refinement region", END_OF_STRIPE: "a page in stripes",
    53: "a code table", 54: "a colour palette",
}  # fmt: skip
UNKNOWN = 0xFFFFFFFF
# The nominal positions (x, y) of the adaptive pixels, by template.
NOMINAL = tuple(map(bytes.fromhex, ("03FFFDFF02FEFEFE", "03FF", "02FF", "02FF")))
# (default pixel of the page, combination operator) for which the page equals its region: OR, XOR, REPLACE; AND, XNOR, REPLACE.
TRANSPARENT = {(0, 0), (0, 2), (0, 4), (1, 1), (1, 3), (1, 4)}
REGION_INFORMATION = struct.Struct(">IIIIB")  # width, height, x, y, combination operator
PAGE_INFORMATION = struct.Struct(">IIIIBH")  # width, height, resolutions, flags, striping


class Segment(NamedTuple):
    """A segment. `data`: its data part. `open`: whether its header does not give the length."""

    type: int
    data: bytes
    open: bool = False


def wrap(region: Region, size: Size) -> bytes:
    """A complete file, in sequential organisation."""
    return (
        ID
        + bytes((SEQUENTIAL, 0, 0, 0, 1))
        + embedded(region, size)
        + _segment(2, END_OF_PAGE)
        + _segment(3, END_OF_FILE, page=0)
    )


def embedded(region: Region, size: Size) -> bytes:
    """The segments of the page alone, as other formats embed them, such as PDF under JBIG2Decode."""
    flags = region.template << 1 | region.typical_prediction << 3
    data = REGION_INFORMATION.pack(*size, 0, 0, 0) + bytes((flags,)) + NOMINAL[region.template] + region.data
    page = PAGE_INFORMATION.pack(*size, 0, 0, 1, 0)  # 1: the page is lossless
    return _segment(0, PAGE, page) + _segment(1, GENERIC_LOSSLESS, data)


def unwrap(data: bytes, path: str) -> tuple[Size, Region]:
    """The size of the page and its region, from a file or from embedded segments. `path`: the name in errors."""
    pages, regions = [], []
    for segment in _segments(_Cursor(data, path)):
        if segment.type == PAGE:
            pages.append(segment)
        elif segment.type in (GENERIC, GENERIC_LOSSLESS):
            regions.append(segment)
        elif segment.type not in IGNORED:
            _refuse(path, f"it has {REFUSED.get(segment.type, f'a segment of type {segment.type}')}")
    if len(pages) != 1 or len(regions) != 1:
        _refuse(path, f"it has {len(pages)} pages and {len(regions)} generic regions, not one of each")
    return _region(pages[0], regions[0], path)


def _segment(number: int, kind: int, data: bytes = b"", page: int = 1) -> bytes:
    return struct.pack(">IBBBI", number, kind, 0, page, len(data)) + data


class _Cursor:
    """Reads bytes one after another. Raises `MiscError` at the end."""

    def __init__(self, data: bytes, path: str) -> None:
        self.data, self.path, self.position = data, path, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.position:
            raise MiscError(
                "MISC-PCK-003", f"the JBIG2 data end inside a segment, at byte {len(self.data)}", path=self.path
            )
        self.position += count
        return self.data[self.position - count : self.position]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")


class _Head(NamedTuple):
    type: int
    length: int


def _segments(cursor: _Cursor) -> Iterator[Segment]:
    """The segments. In sequential organisation, data follow each header. In random access, all headers come first, then all data."""
    flags = SEQUENTIAL
    if cursor.data.startswith(ID):
        cursor.take(len(ID))
        flags = cursor.number(1)
        if flags > SEQUENTIAL | PAGES_UNKNOWN:
            _refuse(cursor.path, "it has extended templates or colours")
        if not flags & PAGES_UNKNOWN:
            cursor.take(4)
    if flags & SEQUENTIAL:
        for head in _heads(cursor):
            yield _body(cursor, head)
    else:
        for head in list(_heads(cursor)):
            yield _body(cursor, head)


def _heads(cursor: _Cursor) -> Iterator[_Head]:
    kind = None
    while kind != END_OF_FILE and cursor.position < len(cursor.data):
        number, flags = cursor.number(4), cursor.number(1)
        kind = flags & 0x3F
        count = cursor.number(1) >> 5
        if count == 7:  # long form: a number of 29 bits, then one bit per referred segment and one for this segment
            cursor.position -= 1
            count = cursor.number(4) & 0x1FFFFFFF
            cursor.take((count + 8) // 8)
        cursor.take(count * (1 if number <= 256 else 2 if number <= 65_536 else 4))
        cursor.take(4 if flags & 0x40 else 1)  # the page
        yield _Head(kind, cursor.number(4))


def _body(cursor: _Cursor, head: _Head) -> Segment:
    if head.length != UNKNOWN:
        return Segment(head.type, cursor.take(head.length))
    if head.type != GENERIC:
        _refuse(cursor.path, f"it has a segment of type {head.type} of unknown length")
    end = cursor.data.find(b"\xff\xac", cursor.position + REGION_INFORMATION.size + 1)
    if end < 0:
        _refuse(cursor.path, "it has a region of unknown length that does not end in FF AC")
    return Segment(head.type, cursor.take(end + 2 - cursor.position) + cursor.take(4), open=True)


def _region(page: Segment, segment: Segment, path: str) -> tuple[Size, Region]:
    cursor = _Cursor(page.data, path)
    width, height, _, _, page_flags, striping = PAGE_INFORMATION.unpack(cursor.take(PAGE_INFORMATION.size))
    rows = int.from_bytes(segment.data[-4:], "big") if segment.open else None
    cursor = _Cursor(segment.data[:-4] if segment.open else segment.data, path)
    *rectangle, operator = REGION_INFORMATION.unpack(cursor.take(REGION_INFORMATION.size))
    flags = cursor.number(1)
    if flags & 1:
        _refuse(path, "its region is coded by MMR")
    if flags > 0b1111:
        _refuse(path, "its region has an extended template")
    if striping & 0x8000 or height == UNKNOWN:
        _refuse(path, "it has a page in stripes")
    if rectangle != [width, height, 0, 0] or rows not in (None, height):
        _refuse(path, f"its region does not cover the page of {width}x{height} pixels")
    if (page_flags >> 2 & 1, operator) not in TRANSPARENT:
        _refuse(path, "its page differs from its region")
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise MiscError(
            "MISC-MAP-005", f"it has {width:,} x {height:,} pixels; a side has 1 to {MAX_SIDE:,}", path=path
        )
    if width * height > MAX_MAP_PIXELS:
        raise MiscError("MISC-MAP-003", f"it has {width * height:,} pixels", path=path)
    template = flags >> 1 & 3
    if cursor.take(len(NOMINAL[template])) != NOMINAL[template]:
        _refuse(path, "its region has adaptive pixels at other than the nominal positions")
    return Size(width, height), Region(template, bool(flags & 8), cursor.data[cursor.position :])


def _refuse(path: str, fault: str) -> NoReturn:
    raise MiscError("MISC-PCK-003", f"{fault}; use a PNG of the map instead; it will be encoded again", path=path)
