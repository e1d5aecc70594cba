"""The layout of a file (clause 4): header, frames and payloads, from the declared syntax tables and the registry."""

from __future__ import annotations

from misc_format.registry import ANCILLARY_TYPES, CORE_KINDS
from misc_format.structure.container import (
    ANCILLARY_FRAME,
    COMPONENT_FRAME,
    HEADER,
    LAST,
    PART_FRAME,
    SELF_DECLARED,
    SIZED,
)
from misc_format.structure.grammar import Syntax

from .canvas import drawing, rectangle, text

TALL, LOW = 104, 40
TURNED = 72  # height of a strip in which names of single bits are turned
BIT, WIDE_BIT = 12.5, 17.0  # width of a bit of the header, and of a frame
VARINT = 12  # bits that stand for a varint, whose width differs
NARROW = 4  # bits; the name of a field of the header that has no more is turned
Part = tuple[str, int, str]  # a name, its width in bits, and what is written below it


def header() -> list[Part]:
    """The fields of the header in order; a side, which has either of two widths, once."""
    widths: dict[str, list[int]] = {}
    for row in HEADER.rows:
        widths.setdefault(row.name, []).append(row.bits)
    return [(name, bits[0], " or ".join(map(str, bits))) for name, bits in widths.items()]


def frame(syntax: Syntax, form: int | None = None) -> list[Part]:
    """The fields of a frame; of a core component's, those that a frame of this form can have."""
    present: list[str] = []
    fields: list[Part] = []
    for row in syntax.rows:
        name, values = row.when or ("", ())
        # A field that depends on another one is there if that can be there.
        fits = not name or (form in values if name == "form" else name in present)
        if fits:
            present.append(row.name)
            fields.append((row.name, row.bits or VARINT, row.descriptor if row.kind in "vs" else str(row.bits)))
    return fields


def parts() -> list[tuple[str, str]]:
    """The parts of a file in order, and the kind of each."""
    core = [part for kind in CORE_KINDS for part in (("frame", "amber"), (f"{kind} payload", "blue"))]
    return [("header", "teal"), *core, ("frame", "amber"), ("ancillary payload", "blue"), ("...", "none")]


def layout_drawing() -> str:
    """The file as a strip of its parts, and below it the bits of header and frames."""
    body = [text(0, 8, "A file: parts that are absent take no bits", "left strong")]
    sizes = {"teal": 69.0, "amber": 50.0, "blue": 90.0, "none": 31.0}
    x = 0.0
    for name, kind in parts():
        body.append(rectangle(x, 24, sizes[kind], LOW, kind))
        body += _lines(x + sizes[kind] / 2, 24 + LOW / 2, name.split())
        x += sizes[kind]
    core, last, declared = (frame(COMPONENT_FRAME, form) for form in (SIZED, LAST, SELF_DECLARED))
    listed, part = frame(ANCILLARY_FRAME), frame(PART_FRAME)
    y = 96.0
    body += _strip(0, y, "The header", header(), "teal", TALL, BIT)
    y += TALL + 62
    body += _strip(0, y, "Frame of a core component", core, "amber", LOW, WIDE_BIT)
    beside = sum(bits for _, bits, _ in core) * WIDE_BIT + 40
    body += _strip(beside, y, "... of one that ends the file", last, "amber", LOW, WIDE_BIT)
    y += LOW + 62
    body += _strip(0, y, "... of one that only its codec can decode", declared, "amber", TURNED, WIDE_BIT)
    y += TURNED + 62
    body += _strip(0, y, "What stands before the frame of a part of an image", part, "amber", TURNED, WIDE_BIT)
    y += TURNED + 62
    body += _strip(0, y, "Frame of a member of the ancillary list", listed, "amber", LOW, WIDE_BIT)
    types = ", ".join(f"{row.id} {row.name}" for row in ANCILLARY_TYPES)
    y += LOW + 46
    body.append(text(0, y, f"Types, in ascending order: {types}", "left small"))
    y += 18
    words = "Numbers are bits; v is a varint, s a string. length_extra: only if all bits of length are 1; check: only with has_check."
    body.append(text(0, y, words, "left small"))
    frames = f"Frame: {_said(core)}. Self-declared: {_said(declared)}. Part: {_said(part)}."
    said = f"In order: {', '.join(name for name, _ in parts())}. Header: {_said(header())}. {frames}"
    return drawing("The layout of a file", said, sum(bits for _, bits, _ in header()) * BIT, y + 8, body)


def _said(fields: list[Part]) -> str:
    return ", ".join(f"{name} {bits}" for name, _, bits in fields)


def _strip(x: float, y: float, title: str, fields: list[Part], kind: str, height: float, bit: float) -> list[str]:
    """Fields side by side, as wide as their bits, with their widths below."""
    body = [text(x, y, title, "left strong")]
    y += 16
    for name, bits, below in fields:
        width, middle = bits * bit, y + height / 2
        body.append(rectangle(x, y, width, height, kind))
        turned = bits <= NARROW if height == TALL else bits == 1
        if turned:
            body.append(text(x + width / 2, middle, name, "tiny" if bits == 1 else "small", -90))
        else:
            body += _lines(x + width / 2, middle, [name])
        body.append(text(x + width / 2, y + height + 10, below, "small"))
        x += width
    return body


def _lines(x: float, y: float, words: list[str]) -> list[str]:
    first = y - (len(words) - 1) * 7.5
    return [text(x, first + 15 * index, word, "small") for index, word in enumerate(words)]
