"""Clause 7.4: maps as generic regions of JBIG2."""

from __future__ import annotations

from typing import NamedTuple

from .accounting import Decoded
from .bits import BrokenRule, Payload
from .maps import Map, maps_header, symbols

END_MARKER = b"\xff\xac"
QE = (
    0x5601, 0x3401, 0x1801, 0x0AC1, 0x0521, 0x0221, 0x5601, 0x5401, 0x4801, 0x3801, 0x3001, 0x2401, 0x1C01, 0x1601,
    0x5601, 0x5401, 0x5101, 0x4801, 0x3801, 0x3401, 0x3001, 0x2801, 0x2401, 0x2201, 0x1C01, 0x1801, 0x1601, 0x1401,
    0x1201, 0x1101, 0x0AC1, 0x09C1, 0x08A1, 0x0521, 0x0441, 0x02A1, 0x0221, 0x0141, 0x0111, 0x0085, 0x0049, 0x0025,
    0x0015, 0x0009, 0x0005, 0x0001, 0x5601,
)  # fmt: skip
NMPS = (
    1, 2, 3, 4, 5, 38, 7, 8, 9, 10, 11, 12, 13, 29, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34,
    35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 45, 46,
)  # fmt: skip
NLPS = (
    1, 6, 9, 12, 29, 33, 6, 14, 14, 14, 17, 18, 20, 21, 14, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 46,
)  # fmt: skip
SWITCH = (0, 6, 14)  # the states with SWITCH = 1


class Template(NamedTuple):
    """Clause 7.4.3: the pixels of a context, and the context TYPICAL.

    Each segment is a row and its first and last column, relative to the current pixel.
    """

    segments: tuple[tuple[int, int, int], ...]
    typical: int


TEMPLATES = (
    Template(((-2, -2, 2), (-1, -3, 3), (0, -4, -1)), 0x9B25),
    Template(((-2, -1, 2), (-1, -2, 3), (0, -3, -1)), 0x0795),
    Template(((-2, -1, 1), (-1, -2, 2), (0, -2, -1)), 0x00E5),
    Template(((-1, -3, 2), (0, -4, -1)), 0x0195),
)


class RegionFrame(NamedTuple):
    """Clause 7.4.1. `length` is None for the last map; `marker_offset` is the bit offset of `end_marker`."""

    template: int
    typical_prediction: int
    end_marker: int
    marker_offset: int
    length: int | None


def decode(payload: Payload) -> Decoded:
    """Clause 7.4.1."""
    sizes = maps_header(payload)
    frames = [region_frame(payload, i, len(sizes)) for i in range(len(sizes))]
    maps, shares = [], []
    redundant_markers: list[int] = []
    for i, (frame, (columns, rows)) in enumerate(zip(frames, sizes, strict=True)):
        if frame.length is not None and frame.length > payload.left // 8:
            raise BrokenRule("MISC-CON-007", payload.position, f"maps/{i}")
        data = payload.rest() if frame.length is None else payload.octets(frame.length)
        if frame.end_marker == 0 and data.endswith(END_MARKER):
            redundant_markers.append(frame.marker_offset)
        decoder = ArithmeticDecoder(data)
        maps.append(decode_map(decoder, columns, rows, frame.template, frame.typical_prediction))
        shares.append((str(i), 8 * len(data)))
    if redundant_markers:
        raise BrokenRule("MISC-CON-018", redundant_markers[0], "maps")
    return symbols(maps), shares


def region_frame(payload: Payload, i: int, count: int) -> RegionFrame:
    """Clause 7.4.1: parse the frame of map i of `count` maps."""
    path, last = f"maps/region/{i}", i == count - 1
    template = payload.u(2, f"{path}/template")
    typical_prediction = payload.u(1, f"{path}/typical_prediction")
    marker_offset = payload.position
    end_marker = payload.u(1, f"{path}/end_marker")
    length = None if last else payload.v(f"{path}/length")
    if last and count % 2 == 1:
        payload.f(4, 0, f"{path}/reserved")
    return RegionFrame(template, typical_prediction, end_marker, marker_offset, length)


class ArithmeticDecoder:
    """Clause 7.4.2. `a` and `c` are A and C of the specification."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data + END_MARKER, 0
        self.state: dict[int, int] = {}
        self.mps: dict[int, int] = {}
        self.c = self.data[0] << 16
        self.count = 0
        self.byte_in()
        self.c = self.c << 7 & 0xFFFFFFFF
        self.count -= 7
        self.a = 0x8000

    def byte_in(self) -> None:
        """Add the next byte to C. From a marker on, add ones instead."""
        if self.data[self.position] == 0xFF and self.data[self.position + 1] > 0x8F:
            self.c += 0xFF00
            self.count = 8
        elif self.data[self.position] == 0xFF:
            self.position += 1
            self.c += self.data[self.position] << 9
            self.count = 7
        else:
            self.position += 1
            self.c += self.data[self.position] << 8
            self.count = 8
        self.c &= 0xFFFFFFFF

    def decode(self, context: int) -> int:
        """Decode one decision."""
        state, mps = self.state.get(context, 0), self.mps.get(context, 0)
        qe = QE[state]
        self.a -= qe
        if self.c >> 16 < qe:
            likely = self.a < qe
            self.a = qe
        else:
            self.c -= qe << 16
            if self.a >= 0x8000:
                return mps
            likely = self.a >= qe
        symbol = mps if likely else 1 - mps
        if likely:
            self.state[context] = NMPS[state]
        else:
            if state in SWITCH:
                self.mps[context] = 1 - mps
            self.state[context] = NLPS[state]
        while True:
            if self.count == 0:
                self.byte_in()
            self.a <<= 1
            self.c = self.c << 1 & 0xFFFFFFFF
            self.count -= 1
            if self.a >= 0x8000:
                return symbol


def decode_map(decoder: ArithmeticDecoder, columns: int, rows: int, template: int, typical_prediction: int) -> Map:
    """Clause 7.4.4, with the contexts of clause 7.4.3."""
    segments, typical = TEMPLATES[template]
    offsets = [(row, column) for row, first, last in segments for column in range(first, last + 1)]
    pixel: Map = []
    same = 0
    for y in range(rows):
        if typical_prediction == 1:
            same ^= decoder.decode(typical)
        above = pixel[y - 1] if y else bytearray(columns)
        pixel.append(bytearray(above if same else columns))
        for x in range(0 if same else columns):
            context = 0
            for row, column in offsets:
                inside = 0 <= x + column < columns and y + row >= 0
                context = context << 1 | (pixel[y + row][x + column] if inside else 0)
            pixel[y][x] = decoder.decode(context)
    return pixel
