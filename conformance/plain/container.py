"""Clause 4: the container."""

from __future__ import annotations

from typing import NamedTuple

from . import ancillary
from .bits import Bits, BrokenRule, Field, Size
from .limits import MAX_SIDE
from .registry import PROFILES

CORE = ("text", "maps", "generation", "image")
CRITICAL_TYPES = range(6)


class Component(NamedTuple):
    """A component: its method or type, the first bit of its frame, and the first bit and the end of its payload."""

    kind: str
    path: str
    number: int
    frame: int
    start: int
    end: int


class Header(NamedTuple):
    """Clause 4.2. `present` has the `has_` fields."""

    picture: Size
    profile: str
    present: dict[str, int]


class File(NamedTuple):
    """A file as clause 4 reads it: its header, its components, and the fields of header and frames."""

    header: Header
    components: list[Component]
    fields: list[Field]


def file(data: bytes) -> File:
    """Clause 4.1."""
    bits = Bits(data, 0, 8 * len(data))
    read = header(bits)
    core = [kind for kind in CORE if read.present[kind]]
    components = []
    for kind in core:
        last = kind == core[-1] and not read.present["ancillary"]
        components.append(component_frame(bits, kind, last))
    if read.present["ancillary"]:
        components += ancillary_list(bits)
    return File(read, components, bits.fields)


def header(bits: Bits) -> Header:
    """Clause 4.2."""
    bits.f(24, 0xCD5343, "header/signature", "MISC-CON-001")
    bits.f(3, 0, "header/version_major", "MISC-CON-002")
    bits.f(3, 1, "header/version_minor", "MISC-CON-003")
    profile = bits.u(4, "header/profile")
    if profile not in PROFILES:
        raise BrokenRule("MISC-CON-004", bits.position - 4, "header/profile")
    flags = bits.position
    present = {kind: bits.u(1, f"header/has_{kind}") for kind in (*CORE, "ancillary")}
    wide_size = bits.u(1, "header/wide_size")
    sides = []
    for name in ("width", "height"):
        side = bits.u(16 if wide_size else 12, f"header/{name}_minus_1") + 1
        if side > MAX_SIDE:
            raise BrokenRule("MISC-CON-019", bits.position - 16, f"header/{name}_minus_1")
        sides.append(side)
    if wide_size and max(sides) <= 4096:
        raise BrokenRule("MISC-CON-005", flags + 5, "header/wide_size")
    if not (present["text"] or present["maps"] or present["image"]):
        raise BrokenRule("MISC-CON-006", flags, "header/has_text")
    return Header(Size(*sides), PROFILES[profile], present)


def component_frame(bits: Bits, kind: str, last: bool) -> Component:
    """Clause 4.3: a frame, and the payload behind it passed over."""
    frame = bits.position
    method = bits.u(4, f"framing/{kind}/method")
    if last:
        bits.f(4, 0, f"framing/{kind}/reserved")
        size = bits.left // 8
    else:
        size = length(bits, f"framing/{kind}")
    return payload(bits, kind, kind, method, frame, size)


def ancillary_list(bits: Bits) -> list[Component]:
    """Clause 4.4."""
    members: list[Component] = []
    while bits.left:
        frame, path = bits.position, f"framing/ancillary/{len(members)}"
        number = bits.u(4, f"{path}/type")
        if members and number <= members[-1].number:
            raise BrokenRule("MISC-CON-014", frame, f"{path}/type")
        if number in CRITICAL_TYPES:
            raise BrokenRule("MISC-CON-015", frame, f"{path}/type")
        size = length(bits, path)
        members.append(payload(bits, "ancillary", f"ancillary/{ancillary.name(number)}", number, frame, size))
    if not members:
        has_ancillary = next(field for field in bits.fields if field.path == "header/has_ancillary")
        raise BrokenRule("MISC-CON-013", has_ancillary.start, has_ancillary.path)
    return members


def length(bits: Bits, path: str) -> int:
    """Clause 4.3: bytes of a payload."""
    value = bits.u(12, f"{path}/length")
    return value + bits.v(f"{path}/length_extra") if value == 4095 else value


def payload(bits: Bits, kind: str, path: str, number: int, frame: int, size: int) -> Component:
    """Clause 4.1: pass over a payload of so many bytes."""
    start, end = bits.position, bits.position + 8 * size
    if end > bits.end:
        raise BrokenRule("MISC-CON-008", start, path)
    bits.position = end
    return Component(kind, path, number, frame, start, end)
