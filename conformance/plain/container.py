"""Clause 4: the container."""

from __future__ import annotations

import re
from typing import NamedTuple

from . import ancillary
from .bits import Bits, BrokenRule, Field, Size
from .limits import MAX_PARTS, MAX_SIDE
from .registry import PARTS, PROFILES, ROLES, SELF_DECLARED

CORE = ("text", "maps", "generation", "image")
CRITICAL_TYPES = range(6)
NAME_FORM = re.compile("[a-z0-9][a-z0-9_-]{0,31}")


class Part(NamedTuple):
    """Clause 4.8: what tells a part of an image from the others. `name` is empty where it has none."""

    role: str
    name: str = ""

    @property
    def label(self) -> str:
        """Clause 3.4: as paths have it."""
        return f"{self.role}-{self.name}" if self.name else self.role


class Component(NamedTuple):
    """A component or part: its method or type, the first bit of its frame, and the first bit and the end of its payload.

    `framing` is the path of its frame. `part` is None for what is no part. `checked`: whether the frame has a check.
    """

    kind: str
    path: str
    number: int
    frame: int
    start: int
    end: int
    framing: str
    part: Part | None = None
    checked: bool = False


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
        component = component_frame(bits, kind, kind, f"framing/{kind}", last)
        components += parts(bits, component) if (kind, component.number) == ("image", PARTS) else [component]
    if read.present["ancillary"]:
        components += ancillary_list(bits)
    elif bits.left:
        raise BrokenRule("MISC-CON-021", bits.position, "file")
    return File(read, components, bits.fields)


def header(bits: Bits) -> Header:
    """Clause 4.2."""
    bits.f(24, 0xCD5343, "header/signature", "MISC-CON-001")
    bits.f(3, 0, "header/version_major", "MISC-CON-002")
    bits.f(3, 2, "header/version_minor", "MISC-CON-003")
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


def component_frame(bits: Bits, kind: str, path: str, framing: str, last: bool) -> Component:
    """Clause 4.3: a frame, and the payload behind it passed over."""
    frame = bits.position
    method = bits.u(4, f"{framing}/method")
    has_check = 0
    if (kind, method) in SELF_DECLARED:
        has_check = bits.u(1, f"{framing}/has_check")
        size = length(bits, 11, f"{framing}/declared_length")
    elif last:
        bits.f(4, 0, f"{framing}/reserved")
        size = bits.left // 8
    else:
        size = length(bits, 12, f"{framing}/length")
    check = bits.u(16, f"{framing}/check") if has_check else None
    if method == PARTS and path != kind:
        raise BrokenRule("MISC-PRT-005", frame, f"{framing}/method")
    component = payload(bits, Component(kind, path, method, frame, 0, 0, framing, checked=bool(has_check)), size)
    if check is not None and check != crc_16(bits.data[component.start // 8 : component.end // 8]):
        raise BrokenRule("MISC-CON-020", component.start - 16, f"{framing}/check")
    return component


def crc_16(data: bytes) -> int:
    """Clause 4.3: the check of a payload."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register >> 15 else 0)) & 0xFFFF
    return register


def parts(bits: Bits, image: Component) -> list[Component]:
    """Clause 4.8: the parts in the payload of an image."""
    bits.position = image.start
    behind, bits.end = bits.end, image.end
    members: list[Component] = []
    last = False
    while not last:
        framing = f"framing/image/{len(members)}"
        if len(members) == MAX_PARTS:
            raise BrokenRule("MISC-PRT-005", bits.position, "image")
        start = bits.position
        part, last = part_frame(bits, framing)
        if part in [member.part for member in members]:
            raise BrokenRule("MISC-PRT-003", start, f"{framing}/role")
        if last and not members and part == Part("image"):
            raise BrokenRule("MISC-PRT-004", start, f"{framing}/role")
        component = component_frame(bits, "image", f"image/{part.label}", framing, last)
        members.append(component._replace(part=part))
    if bits.left:
        raise BrokenRule("MISC-CON-021", bits.position, "image")
    bits.end = behind
    return members


def part_frame(bits: Bits, framing: str) -> tuple[Part, bool]:
    """Clause 4.8: what the part is, and whether it is the last one."""
    role = bits.u(5, f"{framing}/role")
    if role not in ROLES:
        raise BrokenRule("MISC-PRT-001", bits.position - 5, f"{framing}/role")
    has_name = bits.u(1, f"{framing}/has_name")
    last_part = bits.u(1, f"{framing}/last_part")
    bits.f(1, 0, f"{framing}/part_reserved")
    start = bits.position
    name = bits.s(f"{framing}/name") if has_name else ""
    if has_name and not NAME_FORM.fullmatch(name):
        raise BrokenRule("MISC-PRT-002", start, f"{framing}/name")
    return Part(ROLES[role], name), bool(last_part)


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
        size = length(bits, 12, f"{path}/length")
        member = Component("ancillary", f"ancillary/{ancillary.name(number)}", number, frame, 0, 0, path)
        members.append(payload(bits, member, size))
    if not members:
        has_ancillary = next(field for field in bits.fields if field.path == "header/has_ancillary")
        raise BrokenRule("MISC-CON-013", has_ancillary.start, has_ancillary.path)
    return members


def length(bits: Bits, n: int, path: str) -> int:
    """Clause 4.3: bytes of a payload, in so many bits or more."""
    value = bits.u(n, path)
    return value + bits.v(f"{path}_extra") if value == (1 << n) - 1 else value


def payload(bits: Bits, component: Component, size: int) -> Component:
    """Clause 4.1: pass over a payload of so many bytes."""
    start, end = bits.position, bits.position + 8 * size
    if end > bits.end:
        raise BrokenRule("MISC-CON-008", start, component.path)
    bits.position = end
    return component._replace(start=start, end=end)
