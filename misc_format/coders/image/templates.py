"""Templates of codestreams (clause 19.3): the headers that encoders write again and again, so that a file need not carry them.

A template is a list of steps that make a codestream out of the picture's size and the bytes that are stored. What depends on the
size alone becomes bytes at once; what is left are bytes and holes, which are filled from the payload or found in a codestream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from misc_format.components import Size
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.tables import load_bytes

TABLE = "codestream-templates-1.txt"
SMALLEST, EVEN, BLOCK = 16, 2, 8  # coded sides are even and at least 16; HEVC and VVC pad them to whole blocks
QUALITIES = range(1, 101)


class Template(NamedTuple):
    """A row of the registry of templates; `steps` are the words of its lines in the table."""

    id: int
    format: str
    name: str
    steps: tuple[tuple[str, ...], ...]


class Level(NamedTuple):
    """The least pictures that need a level: at most so many samples and so wide and high."""

    samples: int
    width: int
    height: int
    value: int


class Table(NamedTuple):
    """All of the table: quantiser tables in zigzag order, levels by format in ascending order, templates by id."""

    quantisers: tuple[tuple[int, ...], ...]
    levels: dict[str, tuple[Level, ...]]
    templates: dict[int, Template]


class Hole(NamedTuple):
    """A place of a codestream that the picture's size does not give: `kind` is the step's name."""

    kind: str
    number: int = 0


Part = bytes | Hole


class Misfit(Exception):  # noqa: N818 - not an error of anybody: another template is taken
    """A picture's size cannot be written in a template's fields."""


@cache
def table() -> Table:
    """The normative table."""
    quantisers: list[tuple[int, ...]] = []
    levels: dict[str, list[Level]] = {}
    found: dict[int, tuple[str, str, list[tuple[str, ...]]]] = {}
    last: list[tuple[str, ...]] = []
    for line in load_bytes(TABLE).decode("ascii").splitlines()[1:]:
        word, *rest = line.split()
        if word == "quantiser":
            quantisers.append(tuple(map(int, rest[1:])))
        elif word == "level":
            levels.setdefault(rest[0], []).append(Level(*map(int, rest[1:])))
        elif word == "template":
            last = []
            found[int(rest[0])] = (rest[1], " ".join(rest[2:]), last)
        else:
            last.append((word, *rest))
    return Table(
        tuple(quantisers),
        {name: tuple(rows) for name, rows in levels.items()},
        {number: Template(number, kind, name, tuple(steps)) for number, (kind, name, steps) in found.items()},
    )


def parts_of(template: Template, size: Size) -> list[Part]:
    """The template for a picture of `size` pixels, already reduced. Raises `Misfit` if its fields cannot hold that."""
    parts: list[Part] = []
    unit, bits = "", BitWriter()
    for word, *arguments in template.steps:
        if word == "bytes":
            parts.append(bytes.fromhex(arguments[0]))
        elif word in _UNITS:
            unit, bits = word, BitWriter()
        elif word == "end":
            parts.append(_UNITS[unit](bits))
        elif word in _FIELDS:
            try:
                _FIELDS[word](bits, _Picture(template.format, size), arguments)
            except ValueError as error:
                raise Misfit(str(error)) from None
        else:
            parts.append(Hole(word, *map(int, arguments)))
    return parts


def restore(parts: list[Part], reader: BitReader) -> bytes:
    """The codestream that a payload makes with a template; `MiscError` where it ends too early."""
    made = bytearray()
    for part in parts:
        if isinstance(part, bytes):
            made += part
        elif part.kind == "quantisers":
            quality = reader.u(8)
            if quality not in QUALITIES:
                reader.fail("MISC-CDS-006", f"quality is {quality}", bit_offset=reader.position - 8)
            made += _quantisers(quality, part.number)
        elif part.kind == "rest-length":
            made += _leb128(reader.remaining >> 3)
        elif part.kind == "copy":
            made += reader.octets(part.number)
        else:
            made += reader.octets(reader.varint()) if part.kind == "sized" else reader.rest()
    return bytes(made)


def match(parts: list[Part], data: bytes) -> bytes | None:
    """The payload with which a template makes this codestream; None if none does."""
    stored, place = bytearray(), 0
    for index, part in enumerate(parts):
        behind = parts[index + 1] if index + 1 < len(parts) else b""
        expected, taken = _found(part, behind, data, place)
        if expected is None or not data.startswith(expected, place):
            return None
        stored += taken
        place += len(expected)
    return bytes(stored) if place == len(data) else None


def _found(part: Part, behind: Part, data: bytes, place: int) -> tuple[bytes | None, bytes]:
    """What a part makes of the codestream at `place`, and what is stored for it."""
    if isinstance(part, bytes):
        return part, b""
    if part.kind == "copy":
        piece = data[place : place + part.number]
        return (piece, piece) if len(piece) == part.number else (None, b"")
    if part.kind == "rest-length":
        lengths = (_leb128(len(data) - place - count) for count in range(1, 5) if len(data) - place >= count)
        return next((code for code in lengths if data.startswith(code, place)
                     and place + len(code) + _value(code) == len(data)), None), b""  # fmt: skip
    if part.kind == "quantisers":
        return next(
            ((made, bytes((quality,))) for quality, made in _qualities(part.number) if data.startswith(made, place)),
            (None, b""),
        )
    assert isinstance(behind, bytes)
    end = data.find(behind, place) if part.kind == "sized" else len(data) - len(behind)
    if end < place or not data.startswith(behind, end):
        return None, b""
    piece = data[place:end]
    return piece, _sized(piece) if part.kind == "sized" else piece


def _sized(piece: bytes) -> bytes:
    writer = BitWriter()
    writer.varint(len(piece))
    return writer.to_bytes() + piece


@cache
def _qualities(count: int) -> tuple[tuple[int, bytes], ...]:
    return tuple((quality, _quantisers(quality, count)) for quality in QUALITIES)


def _quantisers(quality: int, count: int) -> bytes:
    """The first `count` tables at a quality, a DQT segment each, as libjpeg scales those of ITU-T T.81 Annex K."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    made = b""
    for index, base in enumerate(table().quantisers[:count]):
        steps = bytes(min(max((step * scale + 50) // 100, 1), 255) for step in base)
        made += bytes((0xFF, 0xDB, 0, 67, index)) + steps
    return made


def _leb128(value: int) -> bytes:
    writer = BitWriter()
    writer.varint(value)  # the same code, shortest form
    return writer.to_bytes()


def _value(code: bytes) -> int:
    return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(code))


class _Picture(NamedTuple):
    format: str
    size: Size

    @property
    def coded(self) -> Size:
        """What AV1, HEVC and VVC encode: even sides, at least 16."""
        return Size(*(max(SMALLEST, -(-side // EVEN) * EVEN) for side in self.size))

    @property
    def padded(self) -> Size:
        """The same in whole blocks of 8."""
        return Size(*(-(-side // BLOCK) * BLOCK for side in self.coded))

    def value(self, name: str) -> int:
        """A value that a step names."""
        if name == "level":
            width, height = self.coded
            rows = table().levels[self.format]
            fit = (
                row.value
                for row in rows
                if width * height <= row.samples and width <= row.width and height <= row.height
            )
            found = next(fit, None)
            if found is None:
                raise ValueError("no level holds the picture")
            return found
        sides = {"width": self.size.width, "height": self.size.height}
        coded = {"coded-width": self.padded.width, "coded-height": self.padded.height}
        return (sides | coded)[name]


def _put_bits(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    for digit in arguments[0]:
        bits.u(1, int(digit))


def _put_number(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    name, width = arguments
    bits.u(int(width), picture.value(name))


def _put_exp(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    _exp_golomb(bits, picture.value(arguments[0]))


def _exp_golomb(bits: BitWriter, value: int) -> None:
    bits.u(2 * (value + 1).bit_length() - 1, value + 1)


def _put_window(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    """The conformance window of HEVC and VVC: a flag, then left, right, top and bottom in units of two samples."""
    right, bottom = (padded - side for padded, side in zip(picture.padded, picture.coded, strict=True))
    bits.u(1, int(right + bottom > 0))
    if right + bottom:
        for offset in (0, right // 2, 0, bottom // 2):
            _exp_golomb(bits, offset)


def _put_av1_size(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    """frame_width_bits_minus_1 to max_frame_height_minus_1 of an AV1 sequence header."""
    largest = [side - 1 for side in picture.coded]
    for value in largest:
        bits.u(4, value.bit_length() - 1)
    for value in largest:
        bits.u(value.bit_length(), value)


def _put_vp8_size(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    """Width and height of a VP8 frame header: 14 bits each and no scale, least significant byte first."""
    for side in picture.size:
        if side >> 14:
            raise ValueError("a side does not fit 14 bits")
        bits.octets(side.to_bytes(2, "little"))


def _plain(bits: BitWriter) -> bytes:
    return bits.to_bytes()


def _stopped(bits: BitWriter) -> bytes:
    bits.u(1, 1)
    return bits.to_bytes()


def _nal(bits: BitWriter) -> bytes:
    """The bytes of a NAL unit: an emulation prevention byte 3 wherever two zeros precede a byte of at most 3."""
    made = bytearray()
    for byte in _stopped(bits):
        if byte <= 3 and made[-2:] == b"\0\0":
            made.append(3)
        made.append(byte)
    return bytes(made)


def _obu(bits: BitWriter) -> bytes:
    payload = _stopped(bits)
    return _leb128(len(payload)) + payload


_UNITS: dict[str, Callable[[BitWriter], bytes]] = {"plain": _plain, "nal": _nal, "obu": _obu}
_FIELDS: dict[str, Callable[[BitWriter, _Picture, list[str]], None]] = {
    "bits": _put_bits,
    "u": _put_number,
    "exp": _put_exp,
    "window": _put_window,
    "av1-size": _put_av1_size,
    "vp8-size": _put_vp8_size,
}


def templates(kind: str) -> Iterator[Template]:
    """The templates of a format, by id."""
    return (row for row in table().templates.values() if row.format == kind)
