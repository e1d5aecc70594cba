"""Clause 19: codestreams of other codecs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from conformance.plain.bits import Bits, Broken, first_difference
from conformance.plain.tables import table

Found = tuple[dict[str, Any], list[tuple[str, int]]]
Size = tuple[int, int]
MAX_CODESTREAM_BYTES = 2**18
PATH = "image/codestream"
BEGINS = {
    "av1": (b"\x12\x00\x0a",),
    "jxl": (b"\xff\x0a",),
    "hevc": (b"\0\0\1", b"\0\0\0\1"),
    "vvc": (b"\0\0\1", b"\0\0\0\1"),
}


class Misfit(Exception):
    """A template cannot state a size."""


class Template(NamedTuple):
    """A template: its format, and its steps as lists of words."""

    form: str
    steps: list[list[str]]


@cache
def _tables() -> tuple[dict[int, Template], list[list[int]], list[list[str]]]:
    """Clause 19.3: templates by number, quantiser tables, lines of levels."""
    templates: dict[int, Template] = {}
    quantisers, levels = [], []
    steps: list[list[str]] = []
    for line in table("codestream-templates-1.txt").decode("ascii").splitlines()[1:]:
        word, *others = line.split(" ")
        if word == "template":
            steps = []
            templates[int(others[0])] = Template(others[1], steps)
        elif word == "quantiser":
            quantisers.append([int(number) for number in others[1:]])
        elif word == "level":
            levels.append(others)
        else:
            steps.append([word, *others])
    return templates, quantisers, levels


def decode(bits: Bits, picture: Size) -> Found:
    """Clause 19.2."""
    start = bits.place
    reduction = bits.u(2, "image/reduction_minus_1") + 1
    if reduction > 3:
        raise Broken("MISC-CDS-002", start, "image/reduction_minus_1")
    number = bits.u(6, "image/template")
    templates = _tables()[0]
    if number not in templates:
        raise Broken("MISC-CDS-001", start + 2, "image/template")
    form, steps = templates[number]
    begin, stored = bits.place, bits.rest()
    size = -(-picture[0] // reduction), -(-picture[1] // reduction)
    if len(stored) > MAX_CODESTREAM_BYTES:
        raise Broken("MISC-CDS-004", begin, PATH)
    try:
        data = _restored(_parts(form, steps, size), stored, begin)
    except Misfit:
        raise Broken("MISC-CDS-005", begin, PATH) from None
    if len(data) > MAX_CODESTREAM_BYTES:
        raise Broken("MISC-CDS-004", begin, PATH)
    if not _begins(form, data):
        raise Broken("MISC-CDS-003", begin, PATH)
    if _stated(form, data) not in (None, size):
        raise Broken("MISC-CDS-005", begin, PATH)
    least = min(_stored_under_all(form, size, data), key=lambda found: (len(found[1]), found[0]))
    if least != (number, stored):
        again = bytes((reduction - 1 << 6 | least[0],)) + least[1]
        payload = bytes((reduction - 1 << 6 | number,)) + stored
        raise Broken("MISC-CON-018", start + first_difference(payload, again), "image")
    found = {"format": form, "reduction": reduction, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return found, [("codestream", 8 * len(stored))]


def made_by(number: int, size: Size, stored: bytes) -> tuple[str, bytes]:
    """Format, and the codestream that a template makes of stored bytes."""
    form, steps = _tables()[0][number]
    return form, _restored(_parts(form, steps, size), stored, 0)


def _parts(form: str, steps: list[list[str]], size: Size) -> list[list[Any]]:
    """The steps for a picture of this size, in which fixed bytes and units are bytes."""
    parts: list[list[Any]] = []
    left = iter(steps)
    for step in left:
        if step[0] == "bytes":
            parts.append(["bytes", bytes.fromhex(step[1])])
        elif step[0] in ("plain", "nal", "obu"):
            inner = list(iter(lambda: next(left), ["end"]))
            digits = "".join(_digits(part, form, size) for part in inner)
            parts.append(["bytes", _unit(step[0], digits)])
        else:
            parts.append([step[0], *map(int, step[1:])])
    return parts


def _digits(step: list[str], form: str, size: Size) -> str:
    """The bits of a step in a unit."""
    coded = [max(16, side + side % 2) for side in size]
    padded = [-(-side // 8) * 8 for side in coded]
    values = {"width": size[0], "height": size[1], "coded-width": padded[0], "coded-height": padded[1]}
    if step[0] == "bits":
        return step[1]
    if step[0] in ("u", "exp"):
        value = _level(form, coded) if step[1] == "level" else values[step[1]]
        return _fixed(value, int(step[2])) if step[0] == "u" else _exp(value)
    if step[0] == "window":
        if padded == coded:
            return "0"
        spare = [(one - other) // 2 for one, other in zip(padded, coded, strict=True)]
        return "1" + "".join(map(_exp, (0, spare[0], 0, spare[1])))
    if step[0] == "av1-size":
        widths = [(side - 1).bit_length() for side in coded]
        lengths = "".join(_fixed(width - 1, 4) for width in widths)
        return lengths + "".join(_fixed(side - 1, width) for side, width in zip(coded, widths, strict=True))
    assert step == ["vp8-size"]
    if max(size) >= 2**14:
        raise Misfit
    return "".join(f"{byte:08b}" for side in size for byte in side.to_bytes(2, "little"))


def _fixed(value: int, width: int) -> str:
    if value >> width:
        raise Misfit
    return f"{value:0{width}b}"


def _exp(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def _level(form: str, coded: list[int]) -> int:
    for name, samples, width, height, level in _tables()[2]:
        if name == form and coded[0] * coded[1] <= int(samples) and coded[0] <= int(width) and coded[1] <= int(height):
            return int(level)
    raise Misfit


def _unit(kind: str, digits: str) -> bytes:
    if kind != "plain":
        digits += "1"
        digits += "0" * (-len(digits) % 8)
    data = int("1" + digits, 2).to_bytes(len(digits) // 8 + 1, "big")[1:]
    if kind == "obu":
        return _varint(len(data)) + data
    if kind == "plain":
        return data
    out = bytearray()
    zeros = 0
    for byte in data:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = min(zeros + 1, 2) if byte == 0 else 0
    return bytes(out)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _restored(parts: list[list[Any]], stored: bytes, begin: int) -> bytes:
    """The codestream that a template makes of stored bytes, which begin at a bit of the file."""
    bits = Bits(stored, 0, 8 * len(stored), [])

    def taken(count: int) -> bytes:
        if 8 * count > bits.left:
            raise Broken("MISC-CON-007", begin + bits.place, PATH)
        return bits.octets(count)

    out = b""
    for kind, *given in parts:
        if kind == "bytes":
            out += given[0]
        elif kind == "copy":
            out += taken(given[0])
        elif kind == "sized":
            try:
                size = bits.v(PATH)
            except Broken as broken:
                raise Broken(broken.rule, begin + broken.bit_offset, PATH) from None
            out += taken(size)
        elif kind == "rest":
            out += bits.rest()
        elif kind == "rest-length":
            out += _varint(bits.left // 8)
        else:
            assert kind == "quantisers"
            place = begin + bits.place
            quality = taken(1)[0]
            if not 1 <= quality <= 100:
                raise Broken("MISC-CDS-006", place, PATH)
            out += _quantisers(given[0], quality)
    if bits.left:
        raise Broken("MISC-CON-016", begin + bits.place, "image")
    return out


def _quantisers(count: int, quality: int) -> bytes:
    """Clause 19.4."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    out = b""
    for number in range(count):
        numbers = (min(max((b * scale + 50) // 100, 1), 255) for b in _tables()[1][number])
        out += b"\xff\xdb\x00\x43" + bytes((number, *numbers))
    return out


def _stored_under_all(form: str, size: Size, data: bytes) -> Iterator[tuple[int, bytes]]:
    """The stored bytes under each template of a format that makes the codestream."""
    for number, template in _tables()[0].items():
        if template.form == form:
            try:
                stored = _stored(_parts(form, template.steps, size), data)
            except Misfit:
                continue
            if stored is not None:
                yield number, stored


def _stored(parts: list[list[Any]], data: bytes) -> bytes | None:
    """The stored bytes from which the steps make a codestream."""
    out = b""
    place = 0
    for index, part in enumerate(parts):
        found = _step(part, parts[index + 1 :], data, place)
        if found is None:
            return None
        place += found[0]
        out += found[1]
    return out if place == len(data) else None


def _step(part: list[Any], behind: list[list[Any]], data: bytes, place: int) -> tuple[int, bytes] | None:
    """How many bytes of a codestream a step makes at a place, and what is stored for them."""
    kind, *given = part
    end = len(data) - sum(len(other[1]) for other in behind if other[0] == "bytes")  # of rest
    if kind == "bytes":
        return (len(given[0]), b"") if data.startswith(given[0], place) else None
    if kind == "copy":
        return (given[0], data[place : place + given[0]]) if place + given[0] <= len(data) else None
    if kind == "sized":
        size = data.find(behind[0][1], place) - place
        return (size, _varint(size) + data[place : place + size]) if size >= 0 else None
    if kind == "rest":
        return (end - place, data[place:end]) if place <= end else None
    if kind == "rest-length":
        length = _said_length(data, place, end)
        return (length, b"") if length else None
    tables = data[place : place + 69 * given[0]]
    quality = next((q for q in range(1, 101) if _quantisers(given[0], q) == tables), None)
    return (len(tables), bytes((quality,))) if quality else None


def _said_length(data: bytes, place: int, end: int) -> int | None:
    """The bytes of a varint that says how many bytes follow it up to `end`."""
    for size in range(1, 6):
        if (
            data.startswith(_varint(max(end - place - size, 0)), place)
            and len(_varint(max(end - place - size, 0))) == size
        ):
            return size
    return None


def _begins(form: str, data: bytes) -> bool:
    """Clause 19.1."""
    if form == "jpeg":
        return data.startswith(b"\xff\xd8\xff") and _frame_header(data) is not None
    if form == "webp":
        lossless = data[:1] == b"\x2f" and len(data) >= 6
        return lossless or (len(data) >= 11 and data[0] % 2 == 0 and data[3:6] == b"\x9d\x01\x2a")
    long_enough = len(data) >= 6 or form not in ("hevc", "vvc")
    return long_enough and data.startswith(BEGINS[form])


def _frame_header(data: bytes) -> Size | None:
    """Width and height of a JPEG codestream."""
    place = 2
    while place + 1 < len(data) and data[place] == 0xFF:
        if data[place + 1] == 0xFF:
            place += 1
            continue
        marker, body = data[place + 1], data[place + 2 :]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            whole = len(body) >= 7
            return (int.from_bytes(body[5:7], "big"), int.from_bytes(body[3:5], "big")) if whole else None
        if len(body) < 2:
            return None
        place += 2 + max(int.from_bytes(body[:2], "big"), 2)
    return None


def _stated(form: str, data: bytes) -> Size | None:
    """The size that a codestream states."""
    if form == "jpeg":
        return _frame_header(data)
    if form != "webp":
        return None
    if data[0] == 0x2F:
        number = int.from_bytes(data[1:5], "little")
        return (number & 0x3FFF) + 1, (number >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
