"""The container (clause 4): the header, the component frames and the ancillary frames, declared as syntax tables.

This module finds where each component lies. It never looks into a payload.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from misc_format import limits
from misc_format.errors import MiscError
from misc_format.registry import (
    ANCILLARY_BY_ID,
    ANCILLARY_BY_NAME,
    CORE_KINDS,
    FIRST_ANCILLARY,
    METHOD_BY_ID,
    PROFILE_NAME,
)
from misc_format.structure.bits import BitReader, BitWriter, Leaf
from misc_format.structure.grammar import Field, Syntax, Values, build, parse

SIGNATURE = 0xCD5343
VERSION = (0, 1)
FORMAT_VERSION = ".".join(map(str, VERSION))
NARROW_SIDE = 4_096
LONG = 4_095
CONTENT_KINDS = ("text", "maps", "image")
CHECKSUM = ANCILLARY_BY_NAME["checksum"].id

HEADER = Syntax(
    "header",
    "4.2",
    "Header",
    (
        Field(
            "signature",
            "f",
            24,
            'CD 53 43 in hexadecimal: "MSC" with the first bit set',
            SIGNATURE,
            rule="MISC-CON-001",
        ),
        Field("version_major", "u", 3, "0; other values: reject", allowed=VERSION[:1], rule="MISC-CON-002"),
        Field(
            "version_minor",
            "u",
            3,
            "1; clause 4.7 gives the fate of others",
            allowed=VERSION[1:],
            rule="MISC-CON-003",
        ),
        Field(
            "profile",
            "u",
            4,
            "registered number of the profile; reserved values: reject",
            allowed=PROFILE_NAME,
            rule="MISC-CON-004",
            recover=True,
        ),
        *(Field(f"has_{kind}", "u", 1, f"1: the {kind} component is present") for kind in CORE_KINDS),
        Field("has_ancillary", "u", 1, "1: a list of ancillary components ends the file"),
        Field("wide_size", "u", 1, "1: a side is more than 4,096 pixels"),
        Field("width_minus_1", "u", 12, "width of the original picture - 1", when=("wide_size", (0,))),
        Field("height_minus_1", "u", 12, "height of the original picture - 1", when=("wide_size", (0,))),
        *(
            Field(
                f"{side}_minus_1",
                "u",
                16,
                f"{side} of the original picture - 1, at most 65,534",
                allowed=range(limits.MAX_SIDE),
                rule="MISC-CON-019",
                recover=True,
                when=("wide_size", (1,)),
            )
            for side in ("width", "height")
        ),
    ),
)

COMPONENT_FRAME = Syntax(
    "component_frame",
    "4.3",
    "Frame of a core component",
    (
        Field("method", "u", 4, "registered number of the coding method"),
        Field("length", "u", 12, "bytes of payload; 4,095: length_extra follows", when=("last", (0,))),
        Field("length_extra", "v", 0, "bytes of payload - 4,095", when=("length", (LONG,))),
        Field("reserved", "f", 4, "0: the payload goes to the end of the file", when=("last", (1,)), recover=True),
    ),
    parameters=(("last", "1 if nothing follows this component: it is the last core component and has_ancillary is 0"),),
)

ANCILLARY_FRAME = Syntax(
    "ancillary_frame",
    "4.4",
    "Frame of an ancillary component",
    (
        Field("type", "u", 4, f"registered number of the type; below {FIRST_ANCILLARY}: critical"),
        Field("length", "u", 12, "bytes of payload; 4,095: length_extra follows"),
        Field("length_extra", "v", 0, "bytes of payload - 4,095", when=("length", (LONG,))),
    ),
)


class Component(NamedTuple):
    """Where a component lies in a file.

    `number` is the method, or the type of an ancillary component. `frame`, `start` and `end` are the bit offsets of the frame, of the
    payload, and of the first bit behind the payload.
    """

    kind: str
    path: str
    number: int
    frame: int
    start: int
    end: int


class Structure(NamedTuple):
    """The structure of a file: what its header says, and where its components lie. No payload is decoded."""

    width: int
    height: int
    profile: str
    components: tuple[Component, ...]
    leaves: list[Leaf]


def read_structure(data: bytes, flaws: list[MiscError] | None = None) -> Structure:
    """Find the components of a file.

    The result has the leaves of header and frames in file order. Each payload is one leaf, whose value is its number of bytes. Raises
    `MiscError` for a broken rule of clause 4. If there is a list `flaws`, errors behind the size of the picture are appended to it
    instead; the result then has the components before the error, and a reserved profile counts as `free`.
    """
    leaves: list[Leaf] = []
    reader = BitReader(data, leaves=leaves, flaws=flaws)
    header = parse(HEADER, reader, prefix="header/")
    _check_header(header, reader)
    components: list[Component] = []
    try:
        components.extend(_read_components(reader, header))
        reader.path = "file"
        reader.finish()
    except MiscError as error:
        if flaws is None:
            raise
        flaws.append(error)
    return Structure(
        header["width_minus_1"] + 1,
        header["height_minus_1"] + 1,
        PROFILE_NAME.get(header["profile"], PROFILE_NAME[0]),
        tuple(components),
        leaves,
    )


def write_structure(
    width: int, height: int, profile: int, core: dict[str, tuple[int, bytes]], ancillary: Sequence[tuple[int, bytes]]
) -> bytes:
    """The bytes of a file.

    `core` maps each kind to (method, payload). `ancillary` is (type, payload) in ascending order of type. The payload of a checksum is
    computed here, whatever `ancillary` says.
    """
    writer = BitWriter()
    header: Values = {
        "version_major": VERSION[0],
        "version_minor": VERSION[1],
        "profile": profile,
        **{f"has_{kind}": int(kind in core) for kind in CORE_KINDS},
        "has_ancillary": int(bool(ancillary)),
        "wide_size": int(max(width, height) > NARROW_SIDE),
        "width_minus_1": width - 1,
        "height_minus_1": height - 1,
    }
    build(HEADER, writer, header, prefix="header/")
    present = [kind for kind in CORE_KINDS if kind in core]
    for kind in present:
        method, payload = core[kind]
        last = not ancillary and kind == present[-1]
        build(COMPONENT_FRAME, writer, {"method": method, **_length(len(payload))}, {"last": int(last)})
        writer.octets(payload)
    for number, payload in ancillary:
        size = 4 if number == CHECKSUM else len(payload)
        build(ANCILLARY_FRAME, writer, {"type": number, **_length(size)})
        writer.octets(checksum(writer.to_bytes()) if number == CHECKSUM else payload)
    return writer.to_bytes()


def checksum(data: bytes) -> bytes:
    """The CRC-32 of ISO 3309, as in zlib and PNG: four bytes, most significant first."""
    return zlib.crc32(data).to_bytes(4, "big")


def _length(size: int) -> Values:
    return {"length": size} if size < LONG else {"length": LONG, "length_extra": size - LONG}


def _check_header(header: Values, reader: BitReader) -> None:
    if header["wide_size"] and max(header["width_minus_1"], header["height_minus_1"]) < NARROW_SIDE:
        reader.flaw("MISC-CON-005", "both sides fit 12 bits", path="header/wide_size")
    if not any(header[f"has_{kind}"] for kind in CONTENT_KINDS):
        reader.flaw("MISC-CON-006", "there is no text, no map and no image", path="header/has_text")


def _read_components(reader: BitReader, header: Values) -> Iterator[Component]:
    core = [kind for kind in CORE_KINDS if header[f"has_{kind}"]]
    for kind in core:
        yield _read_core(reader, kind, last=not header["has_ancillary"] and kind == core[-1])
    if header["has_ancillary"]:
        yield from _read_ancillary(reader)


def _read_core(reader: BitReader, kind: str, *, last: bool) -> Component:
    begin = reader.position
    frame = parse(COMPONENT_FRAME, reader, {"last": int(last)}, prefix=f"framing/{kind}/")
    size = reader.remaining >> 3 if last else frame["length"] + frame.get("length_extra", 0)
    return _place(reader, Component(kind, kind, frame["method"], begin, reader.position, reader.position + 8 * size))


def _read_ancillary(reader: BitReader) -> Iterator[Component]:
    previous = -1  # type of the component before
    index = 0
    while reader.remaining:
        start = reader.position
        number = reader.data[start >> 3] >> 4  # seen before the rest of the frame, which may be cut short
        path = f"framing/ancillary/{index}/type"
        if number <= previous:
            reader.flaw("MISC-CON-014", f"type {number} follows type {previous}", bit_offset=start, path=path)
        if number < FIRST_ANCILLARY:
            reader.flaw("MISC-CON-015", f"the critical type {number} is not known", bit_offset=start, path=path)
        frame = parse(ANCILLARY_FRAME, reader, prefix=f"framing/ancillary/{index}/")
        known = ANCILLARY_BY_ID.get(number)
        name = f"ancillary/{known.name if known else number}"
        size = frame["length"] + frame.get("length_extra", 0)
        yield _place(reader, Component("ancillary", name, number, start, reader.position, reader.position + 8 * size))
        previous = max(previous, number)
        index += 1
    if not index:
        reader.flaw("MISC-CON-013", "no ancillary component follows", path="header/has_ancillary")


def _place(reader: BitReader, component: Component) -> Component:
    if component.end > reader.end:
        declared = (component.end - component.start) >> 3
        reader.fail(
            "MISC-CON-008",
            f"{declared} bytes are declared and {reader.remaining >> 3} are left",
            bit_offset=component.start,
            path=component.path,
        )
    size = component.end - component.start
    method = METHOD_BY_ID.get((component.kind, component.number))
    if size:
        reader.leaves.append(Leaf(component.path, component.start, size, size >> 3, method.clause if method else "4.5"))
    reader.position = component.end
    return component
