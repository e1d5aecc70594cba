"""Clause 19: image as a codestream of another codec."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from conformance.plain.accounting import Decoded
from conformance.plain.bits import Bits, BrokenRule, Payload, Size, check_canonical
from conformance.plain.limits import MAX_CODESTREAM_BYTES
from conformance.plain.tables import table

PATH = "image/codestream"
MAX_REDUCTION = 3
UNITS = ("plain", "nal", "obu")
QUANTISER_BYTES = 69
FIRST_BYTES = {
    "av1": (b"\x12\x00\x0a",),
    "jxl": (b"\xff\x0a",),
    "hevc": (b"\0\0\1", b"\0\0\0\1"),
    "vvc": (b"\0\0\1", b"\0\0\0\1"),
}
Step = list[Any]  # the word of a step, and its arguments


class Unusable(Exception):
    """Clause 19.3: a template cannot be used for a picture of this size."""


# Clause 19.1


def begins_as(form: str, data: bytes) -> bool:
    """Clause 19.1: whether a codestream begins as its format does."""
    if form == "jpeg":
        return data.startswith(b"\xff\xd8\xff") and frame_header_size(data) is not None
    if form == "webp":
        lossless = data[:1] == b"\x2f" and len(data) >= 6
        return lossless or (len(data) >= 11 and data[0] % 2 == 0 and data[3:6] == b"\x9d\x01\x2a")
    long_enough = len(data) >= 6 or form not in ("hevc", "vvc")
    return long_enough and data.startswith(FIRST_BYTES[form])


def frame_header_size(data: bytes) -> Size | None:
    """Clause 19.1: the size in the first frame header of JPEG, None where there is no whole one."""
    place = 2
    while place + 1 < len(data) and data[place] == 0xFF:
        if data[place + 1] == 0xFF:
            place += 1
            continue
        marker, segment = data[place + 1], data[place + 2 :]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if len(segment) < 7:
                return None
            return Size(int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big"))
        if len(segment) < 2:
            return None
        place += 2 + max(int.from_bytes(segment[:2], "big"), 2)
    return None


# Clause 19.2


def decode(payload: Payload) -> Decoded:
    """Clause 19.2."""
    start = payload.position
    reduction = payload.u(2, "image/reduction_minus_1") + 1
    if reduction > MAX_REDUCTION:
        raise BrokenRule("MISC-CDS-002", start, "image/reduction_minus_1")
    number = payload.u(6, "image/template")
    if number not in tables().templates:
        raise BrokenRule("MISC-CDS-001", start + 2, "image/template")
    form, steps = tables().templates[number]
    begin, stored = payload.position, payload.rest()
    width, height = payload.picture
    size = Size(-(-width // reduction), -(-height // reduction))
    if len(stored) > MAX_CODESTREAM_BYTES:
        raise BrokenRule("MISC-CDS-004", begin, PATH)
    try:
        data = restored(with_units(form, steps, size), stored, begin)
    except Unusable:
        raise BrokenRule("MISC-CDS-005", begin, PATH) from None
    if len(data) > MAX_CODESTREAM_BYTES:
        raise BrokenRule("MISC-CDS-004", begin, PATH)
    if not begins_as(form, data):
        raise BrokenRule("MISC-CDS-003", begin, PATH)
    if stated_size(form, data) not in (None, size):
        raise BrokenRule("MISC-CDS-005", begin, PATH)
    fewest, other = min(stored_under_each(form, size, data), key=lambda pair: (len(pair[1]), pair[0]))
    one, two = (bytes((reduction - 1 << 6 | template,)) for template in (number, fewest))
    check_canonical(one + stored, two + other, start, "image")
    symbols = {"format": form, "reduction": reduction, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return symbols, [("codestream", 8 * len(stored))]


def stated_size(form: str, data: bytes) -> Size | None:
    """Clause 19.2: the size that a JPEG or WebP codestream states."""
    if form == "jpeg":
        return frame_header_size(data)
    if form != "webp":
        return None
    if data[0] == 0x2F:
        number = int.from_bytes(data[1:5], "little")
        return Size((number & 0x3FFF) + 1, (number >> 14 & 0x3FFF) + 1)
    return Size(int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF)


# Clause 19.3


class Template(NamedTuple):
    """Clause 19.3: a template's format, and its steps as lists of words."""

    form: str
    steps: list[list[str]]


class Tables(NamedTuple):
    """Clause 19.3: templates by number, quantiser tables, and the words of lines `level`."""

    templates: dict[int, Template]
    quantisers: list[list[int]]
    levels: list[list[str]]


@cache
def tables() -> Tables:
    """Clause 19.3: the file `codestream-templates-1.txt`."""
    read = Tables({}, [], [])
    steps: list[list[str]] = []
    for line in table("codestream-templates-1.txt").decode("ascii").splitlines()[1:]:
        word, *others = line.split(" ")
        if word == "template":
            steps = []
            read.templates[int(others[0])] = Template(others[1], steps)
        elif word == "quantiser":
            read.quantisers.append([int(number) for number in others[1:]])
        elif word == "level":
            read.levels.append(others)
        else:
            steps.append([word, *others])
    return read


def made_by(number: int, size: tuple[int, int], stored: bytes) -> tuple[str, bytes]:
    """Format, and the codestream that a template makes of stored bytes, for a reduced picture of this size."""
    form, steps = tables().templates[number]
    return form, restored(with_units(form, steps, Size(*size)), stored, 0)


def with_units(form: str, steps: Sequence[Sequence[str]], size: Size) -> list[Step]:
    """Clause 19.3: the steps for a reduced picture of this size. A unit is then a step `bytes`, and arguments are bytes and numbers."""
    made: list[Step] = []
    following = iter(steps)
    for step in following:
        if step[0] == "bytes":
            made.append(["bytes", bytes.fromhex(step[1])])
        elif step[0] in UNITS:
            inner = iter(lambda: next(following), ["end"])
            digits = "".join(unit_bits(part, form, size) for part in inner)
            made.append(["bytes", unit(step[0], digits)])
        else:
            made.append([step[0], *map(int, step[1:])])
    return made


def unit_bits(step: Sequence[str], form: str, size: Size) -> str:
    """Clause 19.3: the bits of a step in a unit, as binary digits."""
    coded = [max(16, side + side % 2) for side in size]
    padded = [-(-side // 8) * 8 for side in coded]
    values = {"width": size.width, "height": size.height, "coded-width": padded[0], "coded-height": padded[1]}
    if step[0] == "bits":
        return step[1]
    if step[0] in ("u", "exp"):
        value = level(form, coded) if step[1] == "level" else values[step[1]]
        return u(value, int(step[2])) if step[0] == "u" else ue(value)
    if step[0] == "window":
        if padded == coded:
            return "0"
        columns, rows = ((one - other) // 2 for one, other in zip(padded, coded, strict=True))
        return "1" + "".join(map(ue, (0, columns, 0, rows)))
    if step[0] == "av1-size":
        lengths = [(side - 1).bit_length() for side in coded]
        return "".join(u(length - 1, 4) for length in lengths) + "".join(
            u(side - 1, length) for side, length in zip(coded, lengths, strict=True)
        )
    assert step[0] == "vp8-size"
    if max(size) >= 2**14:
        raise Unusable
    return "".join(f"{byte:08b}" for side in size for byte in side.to_bytes(2, "little"))


def u(value: int, n: int) -> str:
    """A value in n bits."""
    if value >> n:
        raise Unusable
    return f"{value:0{n}b}"


def ue(value: int) -> str:
    """A value in the code ue(v) of H.265 and H.266."""
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def level(form: str, coded: Sequence[int]) -> int:
    """Clause 19.3: the level of the first line whose limits are not below the coded size."""
    width, height = coded
    for name, samples, max_width, max_height, number in tables().levels:
        if name == form and width * height <= int(samples) and width <= int(max_width) and height <= int(max_height):
            return int(number)
    raise Unusable


def unit(kind: str, digits: str) -> bytes:
    """Clause 19.3: what `end` adds to the bits of a unit."""
    if kind != "plain":
        digits += "1"
        digits += "0" * (-len(digits) % 8)
    data = int("1" + digits, 2).to_bytes(len(digits) // 8 + 1, "big")[1:]
    if kind == "nal":
        return with_emulation_prevention(data)
    return varint(len(data)) + data if kind == "obu" else data


def with_emulation_prevention(data: bytes) -> bytes:
    """Clause 19.3: a byte 03 before each byte of at most 03 that follows two bytes 00."""
    out = bytearray()
    zeros = 0
    for byte in data:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = min(zeros + 1, 2) if byte == 0 else 0
    return bytes(out)


def varint(value: int) -> bytes:
    """Clause 3.3: a number in the form of a varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def restored(steps: Sequence[Step], stored: bytes, begin: int) -> bytes:
    """Clause 19.3: the codestream that the steps make of stored bytes, whose first bit is `begin`."""
    bits = Bits(stored, 0, 8 * len(stored))

    def take(count: int) -> bytes:
        if 8 * count > bits.left:
            raise BrokenRule("MISC-CON-007", begin + bits.position, PATH)
        return bits.octets(count)

    out = b""
    for word, *arguments in steps:
        if word == "bytes":
            out += arguments[0]
        elif word == "copy":
            out += take(arguments[0])
        elif word == "sized":
            try:
                size = bits.v(PATH)
            except BrokenRule as broken:
                raise BrokenRule(broken.rule, begin + broken.bit_offset, PATH) from None
            out += take(size)
        elif word == "rest":
            out += bits.rest()
        elif word == "rest-length":
            out += varint(bits.left // 8)
        else:
            assert word == "quantisers"
            offset = begin + bits.position
            quality = take(1)[0]
            if not 1 <= quality <= 100:
                raise BrokenRule("MISC-CDS-006", offset, PATH)
            out += quantisers(arguments[0], quality)
    if bits.left:
        raise BrokenRule("MISC-CON-016", begin + bits.position, "image")
    return out


def stored_under_each(form: str, size: Size, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Clause 19.2: the number of each template of a format that makes the codestream, and the stored bytes from which it does."""
    for number, template in tables().templates.items():
        if template.form == form:
            try:
                stored = stored_for(with_units(form, template.steps, size), data)
            except Unusable:
                continue
            if stored is not None:
                yield number, stored


def stored_for(steps: Sequence[Step], data: bytes) -> bytes | None:
    """The stored bytes from which the steps make a codestream, if there are any."""
    out = b""
    place = 0
    for index, step in enumerate(steps):
        made = stored_for_step(step, steps[index + 1 :], data, place)
        if made is None:
            return None
        length, stored = made
        place += length
        out += stored
    return out if place == len(data) else None


def stored_for_step(step: Step, behind: Sequence[Step], data: bytes, place: int) -> tuple[int, bytes] | None:
    """How many bytes of a codestream a step makes at a place, and what is stored for them. `behind` are the steps that follow."""
    word, *arguments = step
    end = len(data) - sum(len(other[1]) for other in behind if other[0] == "bytes")  # of what `rest` makes
    if word == "bytes":
        return (len(arguments[0]), b"") if data.startswith(arguments[0], place) else None
    if word == "copy":
        behind_copy = place + arguments[0]
        return (arguments[0], data[place:behind_copy]) if behind_copy <= len(data) else None
    if word == "sized":
        size = data.find(behind[0][1], place) - place
        return (size, varint(size) + data[place : place + size]) if size >= 0 else None
    if word == "rest":
        return (end - place, data[place:end]) if place <= end else None
    if word == "rest-length":
        length = rest_length_bytes(data, place, end)
        return (length, b"") if length else None
    made = data[place : place + QUANTISER_BYTES * arguments[0]]
    quality = next((q for q in range(1, 101) if quantisers(arguments[0], q) == made), None)
    return (len(made), bytes((quality,))) if quality else None


def rest_length_bytes(data: bytes, place: int, end: int) -> int | None:
    """The bytes of a varint that says how many bytes follow it up to `end`."""
    for size in range(1, 6):
        number = varint(max(end - place - size, 0))
        if len(number) == size and data.startswith(number, place):
            return size
    return None


# Clause 19.4


def quantisers(count: int, q: int) -> bytes:
    """Clause 19.4: so many quantiser tables of a quality."""
    scale = 5000 // q if q < 50 else 200 - 2 * q
    out = b""
    for i, numbers in enumerate(tables().quantisers[:count]):
        scaled = bytes(min(max((b * scale + 50) // 100, 1), 255) for b in numbers)
        out += b"\xff\xdb\x00\x43" + bytes((i,)) + scaled
    return out
