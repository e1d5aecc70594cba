"""Clause 4, and clause 10 for the ancillary list."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from conformance.plain.bits import Bits, Broken, Field, text

CORE = ("text", "maps", "generation", "image")
PROFILES = {
    0: "free", 1: "misc-1", 2: "misc-2", 3: "misc-3", 4: "sedic", 5: "cmc-text", 6: "cmc-pixel", 7: "cmc-image",
    8: "cmc-full", 15: "private",
}  # fmt: skip
ANCILLARY = {6: "comment", 7: "provenance", 8: "icc", 13: "private-13", 14: "private-14", 15: "checksum"}
UTF8 = (6, 7)
CHECKSUM = 15


class Component(NamedTuple):
    """A component: its method or type, the first bits of its frame and of its payload, and the end of that."""

    kind: str
    path: str
    number: int
    frame: int
    start: int
    end: int


class File(NamedTuple):
    """What clause 4 says of a file."""

    width: int
    height: int
    profile: str
    components: list[Component]
    fields: list[Field]


def read(data: bytes) -> File:
    """Clause 4.1."""
    fields: list[Field] = []
    bits = Bits(data, 0, 8 * len(data), fields)
    width, height, profile, present = _header(bits)
    core = [kind for kind in CORE if present[kind]]
    components = []
    for kind in core:
        last = kind == core[-1] and not present["ancillary"]
        components.append(_core(bits, kind, last))
    if present["ancillary"]:
        components += _ancillary(bits)
    return File(width, height, PROFILES[profile], components, fields)


def _header(bits: Bits) -> tuple[int, int, int, dict[str, int]]:
    """Clause 4.2."""
    bits.f(24, 0xCD5343, "header/signature", "MISC-CON-001")
    for name, known, rule in (("version_major", 0, "MISC-CON-002"), ("version_minor", 1, "MISC-CON-003")):
        bits.f(3, known, f"header/{name}", rule)
    profile = bits.u(4, "header/profile")
    if profile not in PROFILES:
        raise Broken("MISC-CON-004", bits.place - 4, "header/profile")
    flags = bits.place
    present = {kind: bits.u(1, f"header/has_{kind}") for kind in (*CORE, "ancillary")}
    wide = bits.u(1, "header/wide_size")
    sides = []
    for name in ("width", "height"):
        side = bits.u(16 if wide else 12, f"header/{name}_minus_1") + 1
        if side > 65_535:
            raise Broken("MISC-CON-019", bits.place - 16, f"header/{name}_minus_1")
        sides.append(side)
    if wide and max(sides) <= 4096:
        raise Broken("MISC-CON-005", flags + 5, "header/wide_size")
    if not (present["text"] or present["maps"] or present["image"]):
        raise Broken("MISC-CON-006", flags, "header/has_text")
    return sides[0], sides[1], profile, present


def _core(bits: Bits, kind: str, last: bool) -> Component:
    """Clause 4.3."""
    frame = bits.place
    method = bits.u(4, f"framing/{kind}/method")
    if last:
        bits.f(4, 0, f"framing/{kind}/reserved")
        size = bits.left // 8
    else:
        size = _length(bits, f"framing/{kind}")
    return _placed(bits, Component(kind, kind, method, frame, bits.place, bits.place + 8 * size))


def _ancillary(bits: Bits) -> list[Component]:
    """Clause 4.4."""
    found: list[Component] = []
    while bits.left:
        frame, path = bits.place, f"framing/ancillary/{len(found)}"
        number = bits.u(4, f"{path}/type")
        if found and number <= found[-1].number:
            raise Broken("MISC-CON-014", frame, f"{path}/type")
        if number < 6:
            raise Broken("MISC-CON-015", frame, f"{path}/type")
        size = _length(bits, path)
        name = f"ancillary/{ANCILLARY.get(number, number)}"
        found.append(_placed(bits, Component("ancillary", name, number, frame, bits.place, bits.place + 8 * size)))
    if not found:
        place = next(field.start for field in bits.fields if field.path == "header/has_ancillary")
        raise Broken("MISC-CON-013", place, "header/has_ancillary")
    return found


def _length(bits: Bits, path: str) -> int:
    length = bits.u(12, f"{path}/length")
    return length + bits.v(f"{path}/length_extra") if length == 4095 else length


def _placed(bits: Bits, component: Component) -> Component:
    if component.end > bits.end:
        raise Broken("MISC-CON-008", component.start, component.path)
    bits.place = component.end
    return component


def ancillary(data: bytes, component: Component) -> dict[str, object]:
    """Clause 10: a member of the ancillary list."""
    start, path = component.start, component.path
    payload = data[start // 8 : component.end // 8]
    if component.number == CHECKSUM:
        if len(payload) != 4:
            raise Broken("MISC-ANC-001", start, path)
        if int.from_bytes(payload, "big") != zlib.crc32(data[: start // 8]):
            raise Broken("MISC-ANC-002", start, path)
    if component.number in UTF8:
        text(payload, "MISC-ANC-003", start, path)
    return {"type": component.number, "payload": payload.hex()}
