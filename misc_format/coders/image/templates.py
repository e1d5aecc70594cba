"""Templates of codestreams (clause 11.3): headers that encoders always write alike, so that a file need not store them.

A template is a list of steps. They build a codestream from the size of the picture and the stored bytes. `parts_for` turns the steps
that depend only on the size into bytes, and the others into holes. `restore` fills the holes from a payload. `match` finds the bytes
of the holes in a codestream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from misc_format.coders.image.codedsize import coded
from misc_format.coders.image.nalunits import exp_golomb, nal_unit, with_stop_bit
from misc_format.components import Size
from misc_format.structure.bits import BitReader, BitWriter
from misc_format.tables import load_bytes

TABLE = "codestream-templates-1.txt"
BLOCK = 8  # the sides of the coded size are padded to whole blocks
MACROBLOCK = 16  # of AVC, which pads to them
QUALITIES = range(1, 101)


class Template(NamedTuple):
    """A row of the registry of templates; `steps` are the words of its lines in the table."""

    id: int
    format: str
    name: str
    steps: tuple[tuple[str, ...], ...]


class Level(NamedTuple):
    """A level, and the largest picture that it allows: samples, width and height."""

    samples: int
    width: int
    height: int
    value: int


class Table(NamedTuple):
    """The whole table: quantiser tables in zigzag order, levels by format in ascending order, templates by id."""

    quantisers: tuple[tuple[int, ...], ...]
    levels: dict[str, tuple[Level, ...]]
    templates: dict[int, Template]


class Hole(NamedTuple):
    """Bytes of a codestream that do not follow from the size of the picture. `kind`: the name of the step."""

    kind: str
    number: int = 0


Part = bytes | Hole


class MisfitError(Exception):
    """The fields of a template cannot hold the size of the picture. An encoder takes another template."""


@cache
def table() -> Table:
    """The normative table."""
    quantisers: list[tuple[int, ...]] = []
    levels: dict[str, list[Level]] = {}
    rows: dict[int, tuple[str, str, list[tuple[str, ...]]]] = {}
    steps: list[tuple[str, ...]] = []
    for line in load_bytes(TABLE).decode("ascii").splitlines()[1:]:
        word, *rest = line.split()
        if word == "quantiser":
            quantisers.append(tuple(map(int, rest[1:])))
        elif word == "level":
            levels.setdefault(rest[0], []).append(Level(*map(int, rest[1:])))
        elif word == "template":
            steps = []
            rows[int(rest[0])] = (rest[1], " ".join(rest[2:]), steps)
        else:
            steps.append((word, *rest))
    return Table(
        tuple(quantisers),
        {name: tuple(level) for name, level in levels.items()},
        {number: Template(number, kind, name, tuple(steps)) for number, (kind, name, steps) in rows.items()},
    )


def parts_for(template: Template, size: Size) -> list[Part]:
    """The parts of a template for a picture of this size, after reduction. Raises `MisfitError` if the fields cannot hold the size."""
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
                raise MisfitError(str(error)) from None
        else:
            parts.append(Hole(word, *map(int, arguments)))
    return parts


def restore(parts: list[Part], reader: BitReader) -> bytes:
    """The codestream that a payload gives with a template. Raises `MiscError` if the payload ends too early."""
    codestream = bytearray()
    for part in parts:
        if isinstance(part, bytes):
            codestream += part
        elif part.kind == "quantisers":
            quality = reader.u(8)
            if quality not in QUALITIES:
                reader.fail("MISC-CDS-006", f"quality is {quality}", bit_offset=reader.position - 8)
            codestream += _quantisers(quality, part.number)
        elif part.kind == "rest-length":
            codestream += _leb128(reader.remaining >> 3)
        elif part.kind == "rest-length-32":
            codestream += _number_32((reader.remaining >> 3) + part.number)
        elif part.kind == "copy":
            codestream += reader.octets(part.number)
        else:
            codestream += reader.octets(reader.varint()) if part.kind == "sized" else reader.rest()
    return bytes(codestream)


def match(parts: list[Part], data: bytes) -> bytes | None:
    """The payload that gives this codestream with a template; None if there is none."""
    payload, position = bytearray(), 0
    for index, part in enumerate(parts):
        expected, stored = _match_part(part, parts[index + 1 :], data, position)
        if expected is None or not data.startswith(expected, position):
            return None
        payload += stored
        position += len(expected)
    return bytes(payload) if position == len(data) else None


def _match_part(part: Part, following: list[Part], data: bytes, position: int) -> tuple[bytes | None, bytes]:
    """The bytes of the codestream at `position` that the part gives (None if it cannot match), and the bytes that are stored for it."""
    end = len(data) - sum(len(other) for other in following if isinstance(other, bytes))  # of the stored bytes
    if isinstance(part, bytes):
        return part, b""
    if part.kind == "copy":
        piece = data[position : position + part.number]
        return (piece, piece) if len(piece) == part.number else (None, b"")
    if part.kind == "rest-length":
        rest = end - position
        codes = (_leb128(rest - count) for count in range(1, 5) if rest >= count)
        return next(
            (code for code in codes if data.startswith(code, position) and len(code) + _value(code) == rest), None
        ), b""
    if part.kind == "rest-length-32":
        rest = end - position - 4
        return (_number_32(rest + part.number) if rest >= 0 else None), b""
    if part.kind == "quantisers":
        return next(
            (
                (tables, bytes((quality,)))
                for quality, tables in _qualities(part.number)
                if data.startswith(tables, position)
            ),
            (None, b""),
        )
    if part.kind == "sized":
        [beginning, *_] = following
        assert isinstance(beginning, bytes)
        end = data.find(beginning, position)
    if end < position:
        return None, b""
    piece = data[position:end]
    return piece, _sized(piece) if part.kind == "sized" else piece


def _sized(piece: bytes) -> bytes:
    writer = BitWriter()
    writer.varint(len(piece))
    return writer.to_bytes() + piece


@cache
def _qualities(count: int) -> tuple[tuple[int, bytes], ...]:
    return tuple((quality, _quantisers(quality, count)) for quality in QUALITIES)


def _quantisers(quality: int, count: int) -> bytes:
    """The first `count` tables at a quality, one DQT segment each. libjpeg scales the tables of ITU-T T.81 Annex K like this."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    segments = b""
    for index, base in enumerate(table().quantisers[:count]):
        steps = bytes(min(max((step * scale + 50) // 100, 1), 255) for step in base)
        segments += bytes((0xFF, 0xDB, 0, 67, index)) + steps
    return segments


def _leb128(value: int) -> bytes:
    writer = BitWriter()
    writer.varint(value)  # LEB128 and varint are the same code
    return writer.to_bytes()


def _number_32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _value(code: bytes) -> int:
    return sum((byte & 0x7F) << 7 * index for index, byte in enumerate(code))


class _Picture(NamedTuple):
    format: str
    size: Size

    @property
    def coded(self) -> Size:
        return coded(self.size)

    @property
    def padded(self) -> Size:
        """The coded size in whole blocks."""
        block = MACROBLOCK if self.format == "avc" else BLOCK
        return Size(*(-(-side // block) * block for side in self.coded))

    def value(self, name: str) -> int:
        """The value of a name in a step. Raises `ValueError` if no level allows the picture."""
        if name == "level":
            width, height = self.coded
            rows = table().levels[self.format]
            levels = (
                row.value
                for row in rows
                if width * height <= row.samples and width <= row.width and height <= row.height
            )
            level = next(levels, None)
            if level is None:
                raise ValueError("no level allows a picture of this size")
            return level
        sides = {"width": self.size.width, "height": self.size.height}
        padded = {"padded-width": self.padded.width, "padded-height": self.padded.height}
        across, down = (side // MACROBLOCK - 1 for side in self.padded)
        return (sides | padded | {"last-column": across, "last-row": down})[name]


def _put_bits(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    for digit in arguments[0]:
        bits.u(1, int(digit))


def _put_number(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    name, width = arguments
    bits.u(int(width), picture.value(name))


def _put_exp(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    exp_golomb(bits, picture.value(arguments[0]))


def _put_window(bits: BitWriter, picture: _Picture, arguments: list[str]) -> None:
    """The window of HEVC and VVC, the cropping of AVC: a flag, then left, right, top and bottom in units of two samples."""
    right, bottom = (padded - side for padded, side in zip(picture.padded, picture.coded, strict=True))
    bits.u(1, int(right + bottom > 0))
    if right + bottom:
        for offset in (0, right // 2, 0, bottom // 2):
            exp_golomb(bits, offset)


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


def _bytes_of(bits: BitWriter) -> bytes:
    return bits.to_bytes()


def _obu(bits: BitWriter) -> bytes:
    payload = with_stop_bit(bits)
    return _leb128(len(payload)) + payload


_UNITS: dict[str, Callable[[BitWriter], bytes]] = {"plain": _bytes_of, "nal": nal_unit, "obu": _obu}
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
