"""Clause 11: image as a codestream of another codec."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from .accounting import Decoded
from .bits import Bits, BrokenRule, Payload, Size, check_canonical
from .codestreamheaders import HeaderEnds, stated_sizes
from .limits import MAX_CODESTREAM_BYTES
from .tables import table

PATH = "image/codestream"
MAX_REDUCTION = 3
UNIT_KINDS = ("plain", "nal", "obu")
QUANTISER_BYTES = 69
FIRST_BYTES = {
    "jpeg": (b"\xff\xd8\xff",),
    "av1": (b"\x12\x00\x0a",),
    "jxl": (b"\xff\x0a",),
    "hevc": (b"\0\0\1", b"\0\0\0\1"),
    "vvc": (b"\0\0\1", b"\0\0\0\1"),
    "avc": (b"\0\0\1", b"\0\0\0\1"),
    "jpeg2000": (b"\xff\x4f\xff\x51",),
}
VIDEO = ("av1", "avc", "hevc", "vvc")  # the formats whose codestreams may have the coded size
Step = list[Any]  # the first word of a step, which says what it does, then its arguments


class UnusableTemplate(Exception):
    """Clause 11.3: a template cannot be used for a picture of this size."""


# Clause 11.1


def starts_like(format_name: str, data: bytes) -> bool:
    """Clause 11.1: whether the first bytes of a codestream are those that its format requires."""
    if format_name == "webp":
        lossless = data[:1] == b"\x2f" and len(data) >= 6
        return lossless or (len(data) >= 11 and data[0] % 2 == 0 and data[3:6] == b"\x9d\x01\x2a")
    long_enough = len(data) >= 6 or format_name not in ("avc", "hevc", "vvc")
    return long_enough and data.startswith(FIRST_BYTES[format_name])


# Clause 11.2


def decode(payload: Payload) -> Decoded:
    """Clause 11.2."""
    start = payload.position
    reduction = payload.u(2, "image/reduction_minus_1") + 1
    if reduction > MAX_REDUCTION:
        raise BrokenRule("MISC-CDS-002", start, "image/reduction_minus_1")
    number = payload.u(6, "image/template")
    if number not in tables().templates:
        raise BrokenRule("MISC-CDS-001", start + 2, "image/template")
    format_name, steps = tables().templates[number]
    stored_start, stored = payload.position, payload.rest()
    width, height = payload.picture
    size = Size(-(-width // reduction), -(-height // reduction))
    if len(stored) > MAX_CODESTREAM_BYTES:
        raise BrokenRule("MISC-CDS-004", stored_start, PATH)
    try:
        data = restore(resolve_steps(format_name, steps, size), stored, stored_start)
    except UnusableTemplate:
        raise BrokenRule("MISC-CDS-005", stored_start, PATH) from None
    if len(data) > MAX_CODESTREAM_BYTES:
        raise BrokenRule("MISC-CDS-004", stored_start, PATH)
    if not starts_like(format_name, data):
        raise BrokenRule("MISC-CDS-003", stored_start, PATH)
    try:
        sizes = stated_sizes(format_name, data)
    except HeaderEnds:
        sizes = []
    if not sizes:
        raise BrokenRule("MISC-CDS-003", stored_start, PATH)
    allowed = [tuple(size)]
    if format_name in VIDEO:
        allowed.append(tuple(max(16, side + side % 2) for side in size))
    if any(stated not in allowed for stated in sizes):
        raise BrokenRule("MISC-CDS-005", stored_start, PATH)
    best_number, best_stored = min(
        stored_by_template(format_name, size, data), key=lambda pair: (len(pair[1]), pair[0])
    )
    first_byte, best_first_byte = (bytes((reduction - 1 << 6 | template,)) for template in (number, best_number))
    check_canonical(first_byte + stored, best_first_byte + best_stored, start, "image")
    symbols = {
        "format": format_name,
        "reduction": reduction,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return symbols, [("codestream", 8 * len(stored))]


# Clause 11.3


class Template(NamedTuple):
    """Clause 11.3: a template: its format, and its steps as lists of words."""

    format_name: str
    steps: list[list[str]]


class Tables(NamedTuple):
    """Clause 11.3: the templates by number, the quantiser tables, and the words of each `level` line."""

    templates: dict[int, Template]
    quantisers: list[list[int]]
    levels: list[list[str]]


@cache
def tables() -> Tables:
    """Clause 11.3: the contents of `codestream-templates-1.txt`."""
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


def restore_with_template(number: int, size: tuple[int, int], stored: bytes) -> tuple[str, bytes]:
    """The format of a template, and the codestream that it restores from stored bytes. `size` is the size of the reduced picture."""
    format_name, steps = tables().templates[number]
    return format_name, restore(resolve_steps(format_name, steps, Size(*size)), stored, 0)


def resolve_steps(format_name: str, steps: Sequence[Sequence[str]], size: Size) -> list[Step]:
    """Clause 11.3: the steps of a template for a reduced picture of this size.

    Each unit is replaced by one step `bytes`. Arguments are converted from words to bytes and numbers.
    """
    result: list[Step] = []
    following = iter(steps)
    for step in following:
        if step[0] == "bytes":
            result.append(["bytes", bytes.fromhex(step[1])])
        elif step[0] in UNIT_KINDS:
            inner = iter(lambda: next(following), ["end"])
            digits = "".join(unit_bits(part, format_name, size) for part in inner)
            result.append(["bytes", unit(step[0], digits)])
        else:
            result.append([step[0], *map(int, step[1:])])
    return result


def unit_bits(step: Sequence[str], format_name: str, size: Size) -> str:
    """Clause 11.3: the bits that a step adds to its unit, as binary digits."""
    coded = [max(16, side + side % 2) for side in size]
    block = 16 if format_name == "avc" else 8
    padded = [-(-side // block) * block for side in coded]
    values = {
        "width": size.width,
        "height": size.height,
        "padded-width": padded[0],
        "padded-height": padded[1],
        "last-column": padded[0] // 16 - 1,
        "last-row": padded[1] // 16 - 1,
    }
    if step[0] == "bits":
        return step[1]
    if step[0] in ("u", "exp"):
        value = level(format_name, coded) if step[1] == "level" else values[step[1]]
        return u(value, int(step[2])) if step[0] == "u" else ue(value)
    if step[0] == "window":
        if padded == coded:
            return "0"
        columns, rows = ((padded_side - side) // 2 for padded_side, side in zip(padded, coded, strict=True))
        return "1" + "".join(map(ue, (0, columns, 0, rows)))
    if step[0] == "av1-size":
        lengths = [(side - 1).bit_length() for side in coded]
        return "".join(u(length - 1, 4) for length in lengths) + "".join(
            u(side - 1, length) for side, length in zip(coded, lengths, strict=True)
        )
    assert step[0] == "vp8-size"
    if max(size) >= 2**14:
        raise UnusableTemplate
    return "".join(f"{byte:08b}" for side in size for byte in side.to_bytes(2, "little"))


def u(value: int, n: int) -> str:
    """A value as n binary digits."""
    if value >> n:
        raise UnusableTemplate
    return f"{value:0{n}b}"


def ue(value: int) -> str:
    """A value in the code ue(v) of H.264, H.265 and H.266, as binary digits."""
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def level(format_name: str, coded: Sequence[int]) -> int:
    """Clause 11.3: the level of the first `level` line whose limits the coded size does not exceed."""
    width, height = coded
    for name, samples, max_width, max_height, number in tables().levels:
        if (
            name == format_name
            and width * height <= int(samples)
            and width <= int(max_width)
            and height <= int(max_height)
        ):
            return int(number)
    raise UnusableTemplate


def unit(kind: str, digits: str) -> bytes:
    """Clause 11.3: the bytes of a complete unit, from its bits as binary digits."""
    if kind != "plain":
        digits += "1"
        digits += "0" * (-len(digits) % 8)
    data = int("1" + digits, 2).to_bytes(len(digits) // 8 + 1, "big")[1:]
    if kind == "nal":
        return add_emulation_prevention(data)
    return varint(len(data)) + data if kind == "obu" else data


def add_emulation_prevention(data: bytes) -> bytes:
    """Clause 11.3: insert a byte 03 before each byte from 00 to 03 that follows two bytes 00."""
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
    """Clause 3.3: a number as a varint."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def restore(steps: Sequence[Step], stored: bytes, stored_start: int) -> bytes:
    """Clause 11.3: the codestream that the steps make from the stored bytes. `stored_start` is the bit offset of the stored bytes."""
    return b"".join(part.appended for part in restored_parts(steps, stored, stored_start))


class RestoredPart(NamedTuple):
    """Clause 11.3: the bytes that a step appends, and the bits of stored bytes that are taken then."""

    appended: bytes
    position: int


def restored_parts(steps: Sequence[Step], stored: bytes, stored_start: int) -> Iterator[RestoredPart]:
    """Clause 11.3: what each step does."""
    bits = Bits(stored, 0, 8 * len(stored))

    def take(count: int) -> bytes:
        if 8 * count > bits.left:
            raise BrokenRule("MISC-CON-007", stored_start + bits.position, PATH)
        return bits.octets(count)

    for word, *arguments in steps:
        if word == "bytes":
            out = arguments[0]
        elif word == "copy":
            out = take(arguments[0])
        elif word == "sized":
            try:
                size = bits.v(PATH)
            except BrokenRule as broken:
                raise BrokenRule(broken.rule, stored_start + broken.bit_offset, PATH) from None
            out = take(size)
        elif word == "rest":
            out = bits.rest()
        elif word == "rest-length":
            out = varint(bits.left // 8)
        elif word == "rest-length-32":
            out = (bits.left // 8 + arguments[0]).to_bytes(4, "big")
        else:
            assert word == "quantisers"
            offset = stored_start + bits.position
            quality = take(1)[0]
            if not 1 <= quality <= 100:
                raise BrokenRule("MISC-CDS-006", offset, PATH)
            out = quantisers(arguments[0], quality)
        yield RestoredPart(out, bits.position)
    if bits.left:
        raise BrokenRule("MISC-CON-016", stored_start + bits.position, "image")


def stored_by_template(format_name: str, size: Size, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Clause 11.2: each template of the format that can restore the codestream: its number, and the bytes that it needs stored."""
    for number, template in tables().templates.items():
        if template.format_name == format_name:
            try:
                stored = stored_bytes(resolve_steps(format_name, template.steps, size), data)
            except UnusableTemplate:
                continue
            if stored is not None:
                yield number, stored


def stored_bytes(steps: Sequence[Step], data: bytes) -> bytes | None:
    """The stored bytes from which the steps restore the codestream, or None if they cannot."""
    out = b""
    position = 0
    for index, step in enumerate(steps):
        match = match_step(step, steps[index + 1 :], data, position)
        if match is None:
            return None
        length, stored = match
        position += length
        out += stored
    return out if position == len(data) else None


def match_step(step: Step, following: Sequence[Step], data: bytes, position: int) -> tuple[int, bytes] | None:
    """Match a step with the codestream `data` at a position.

    Returns the number of bytes that the step covers, and the bytes stored for them; None if the step does not match. `following` are the
    later steps.
    """
    word, *arguments = step
    # Where the bytes of a step `rest` end.
    end = len(data) - sum(len(other[1]) for other in following if other[0] == "bytes")
    if word == "bytes":
        return (len(arguments[0]), b"") if data.startswith(arguments[0], position) else None
    if word == "copy":
        copy_end = position + arguments[0]
        return (arguments[0], data[position:copy_end]) if copy_end <= len(data) else None
    if word == "sized":
        size = data.find(following[0][1], position) - position
        return (size, varint(size) + data[position : position + size]) if size >= 0 else None
    if word == "rest":
        return (end - position, data[position:end]) if position <= end else None
    if word == "rest-length":
        length = rest_length_bytes(data, position, end)
        return (length, b"") if length else None
    if word == "rest-length-32":
        rest = end - position - 4
        return (
            (4, b"")
            if rest >= 0 and data[position : position + 4] == (rest + arguments[0]).to_bytes(4, "big")
            else None
        )
    written = data[position : position + QUANTISER_BYTES * arguments[0]]
    quality = next((q for q in range(1, 101) if quantisers(arguments[0], q) == written), None)
    return (len(written), bytes((quality,))) if quality else None


def rest_length_bytes(data: bytes, position: int, end: int) -> int | None:
    """The number of bytes of the varint at `position`, if its value is the number of bytes between it and `end`; else None."""
    for size in range(1, 6):
        number = varint(max(end - position - size, 0))
        if len(number) == size and data.startswith(number, position):
            return size
    return None


# Clause 11.4


def quantisers(count: int, q: int) -> bytes:
    """Clause 11.4: the first `count` quantiser tables, at quality `q`."""
    scale = 5000 // q if q < 50 else 200 - 2 * q
    out = b""
    for i, numbers in enumerate(tables().quantisers[:count]):
        scaled = bytes(min(max((b * scale + 50) // 100, 1), 255) for b in numbers)
        out += b"\xff\xdb\x00\x43" + bytes((i,)) + scaled
    return out
