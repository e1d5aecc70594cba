"""The container (clause 4): the header, the frames of components and of parts, and the ancillary frames, declared as syntax tables.

This module finds where each component lies. It looks into no payload but that of an image of parts, which is a list of frames as well.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from misc_format import limits
from misc_format.errors import MiscError
from misc_format.registry import (
    ANCILLARY_BY_ID,
    ANCILLARY_BY_NAME,
    CORE_KINDS,
    FIRST_ANCILLARY,
    METHOD_BY_ID,
    NAME_FORM,
    PARTS_METHOD,
    PROFILE_NAME,
    ROLE_NAME,
)
from misc_format.structure.bits import BitReader, BitWriter, Leaf
from misc_format.structure.grammar import Field, Syntax, Values, build, parse

SIGNATURE = 0xCD5343
VERSION = (0, 2)
FORMAT_VERSION = ".".join(map(str, VERSION))
NARROW_SIDE = 4_096
LONG = 4_095
LONG_DECLARED = 2_047
CHECK_BITS = 16
LAST, SIZED, SELF_DECLARED = range(3)  # forms of a frame
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
            "2; clause 4.7 gives the fate of others",
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
            table="profiles",
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
    "Frame of a core component or of a part",
    (
        Field("method", "u", 4, "registered number of the coding method"),
        Field("length", "u", 12, "bytes of payload; 4,095: length_extra follows", when=("form", (SIZED,))),
        Field("length_extra", "v", 0, "bytes of payload - 4,095", when=("length", (LONG,))),
        Field("reserved", "f", 4, "0: the payload goes to the end", when=("form", (LAST,)), recover=True),
        Field("has_check", "u", 1, "1: check is present", when=("form", (SELF_DECLARED,))),
        Field(
            "declared_length",
            "u",
            11,
            "bytes of payload; 2,047: declared_length_extra follows",
            when=("form", (SELF_DECLARED,)),
        ),
        Field("declared_length_extra", "v", 0, "bytes of payload - 2,047", when=("declared_length", (LONG_DECLARED,))),
        Field("check", "u", CHECK_BITS, "CRC-16 of the payload", when=("has_check", (1,))),
    ),
    parameters=(
        (
            "form",
            f"{SELF_DECLARED} if the payload of the method is self-declared (clause 18.1); otherwise {LAST} for the last frame, "
            f"and {SIZED} for any other",
        ),
    ),
)

PART_FRAME = Syntax(
    "part_frame",
    "4.8",
    "Frame of a part",
    (
        Field(
            "role",
            "u",
            5,
            "registered number of the role; reserved values: reject",
            allowed=ROLE_NAME,
            rule="MISC-PRT-001",
            recover=True,
            table="roles",
        ),
        Field("has_name", "u", 1, "1: name is present"),
        Field("last_part", "u", 1, "1: no part follows"),
        Field("part_reserved", "f", 1, "0", recover=True),  # its path is not that of the field of the frame behind it
        Field("name", "s", 0, "name of the part", when=("has_name", (1,))),
    ),
)

ANCILLARY_FRAME = Syntax(
    "ancillary_frame",
    "4.4",
    "Frame of an ancillary component",
    (
        Field(
            "type", "u", 4, f"registered number of the type; below {FIRST_ANCILLARY}: critical", table="ancillary_types"
        ),
        Field("length", "u", 12, "bytes of payload; 4,095: length_extra follows"),
        Field("length_extra", "v", 0, "bytes of payload - 4,095", when=("length", (LONG,))),
    ),
)


class Part(NamedTuple):
    """A part of an image (clause 4.8): the number of its role, and its name, which is empty if it has none."""

    role: int
    name: str = ""

    @property
    def label(self) -> str:
        """What tells the part from the others: the name of its role, and its own name."""
        role = ROLE_NAME.get(self.role, str(self.role))
        return f"{role}-{self.name}" if self.name else role


class Component(NamedTuple):
    """Where a component, or a part of an image, lies in a file.

    `number` is the method, or the type of an ancillary component. `frame`, `start` and `end` are the bit offsets of the frame, of the
    payload, and of the first bit behind the payload. `framing`: the path of the fields of the frame.
    `part`: None for a whole component. `checked`: whether the frame has a check.
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


class Framed(NamedTuple):
    """A payload to be written, and its method. `checked`: whether its frame gets a check, if it is self-declared."""

    method: int
    payload: bytes
    checked: bool = True


Parts = Sequence[tuple[Part, Framed]]


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
        if reader.remaining:
            reader.flaw("MISC-CON-021", f"{reader.remaining >> 3} bytes follow the last component", path="file")
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
    width: int,
    height: int,
    profile: int,
    core: Mapping[str, Framed | Parts],
    ancillary: Sequence[tuple[int, bytes]],
) -> bytes:
    """The bytes of a file.

    `core` maps each kind to its payload, or to the parts of the image. `ancillary` is (type, payload) in ascending order of type. The
    payload of a checksum is computed here, whatever `ancillary` says.
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
        content = core[kind]
        framed = content if isinstance(content, Framed) else Framed(PARTS_METHOD, write_parts(content))
        _write_frame(writer, kind, framed, last=not ancillary and kind == present[-1])
    for number, payload in ancillary:
        size = 4 if number == CHECKSUM else len(payload)
        build(ANCILLARY_FRAME, writer, {"type": number, **_length("length", size, LONG)})
        writer.octets(checksum(writer.to_bytes()) if number == CHECKSUM else payload)
    return writer.to_bytes()


def write_parts(parts: Parts) -> bytes:
    """The payload of an image of parts. Raises `MiscError` for parts that no file can have."""
    _check_parts([part for part, _ in parts])
    writer = BitWriter()
    for index, (part, framed) in enumerate(parts):
        last = index == len(parts) - 1
        if framed.method == PARTS_METHOD:
            raise MiscError("MISC-PRT-005", "a part has no parts", path=f"image/{part.label}")
        build(
            PART_FRAME, writer,
            {"role": part.role, "has_name": int(bool(part.name)), "last_part": int(last), "name": part.name},
            prefix=f"framing/image/{index}/",
        )  # fmt: skip
        _write_frame(writer, "image", framed, last=last)
    return writer.to_bytes()


def check_of(payload: bytes) -> int:
    """The check of a payload: the CRC of 16 bits with the polynomial 1021 (hexadecimal), all bits of the register set at the start."""
    return binascii.crc_hqx(payload, 0xFFFF)


def form_of_frame(kind: str, method: int, *, last: bool) -> int:
    """The form of the frame of a component or part: `LAST`, `SIZED` or `SELF_DECLARED`."""
    row = METHOD_BY_ID.get((kind, method))
    return SELF_DECLARED if row is not None and row.self_declared else LAST if last else SIZED


def _write_frame(writer: BitWriter, kind: str, framed: Framed, *, last: bool) -> None:
    """Write a frame and the payload behind it."""
    size = len(framed.payload)
    values = {
        "method": framed.method,
        **_length("length", size, LONG),
        "has_check": int(framed.checked),
        **_length("declared_length", size, LONG_DECLARED),
        "check": check_of(framed.payload),
    }
    form = form_of_frame(kind, framed.method, last=last)
    build(COMPONENT_FRAME, writer, values, {"form": form}, prefix=f"framing/{kind}/")
    writer.octets(framed.payload)


def checksum(data: bytes) -> bytes:
    """The CRC-32 of ISO 3309, as in zlib and PNG: four bytes, most significant first."""
    return zlib.crc32(data).to_bytes(4, "big")


def _length(name: str, size: int, long: int) -> Values:
    return {name: size} if size < long else {name: long, f"{name}_extra": size - long}


def _length_in(frame: Values, name: str) -> int:
    length: int = frame[name] + frame.get(f"{name}_extra", 0)
    return length


def _check_header(header: Values, reader: BitReader) -> None:
    if header["wide_size"] and max(header["width_minus_1"], header["height_minus_1"]) < NARROW_SIDE:
        reader.flaw("MISC-CON-005", "both sides fit 12 bits", path="header/wide_size")
    if not any(header[f"has_{kind}"] for kind in CONTENT_KINDS):
        reader.flaw("MISC-CON-006", "there is no text, no map and no image", path="header/has_text")


def _read_components(reader: BitReader, header: Values) -> Iterator[Component]:
    core = [kind for kind in CORE_KINDS if header[f"has_{kind}"]]
    for kind in core:
        last = not header["has_ancillary"] and kind == core[-1]
        component = _read_frame(reader, kind, kind, f"framing/{kind}", last=last)
        if (kind, component.number) == ("image", PARTS_METHOD):
            yield from _read_parts(reader, component)
        else:
            yield _place(reader, component)
    if header["has_ancillary"]:
        yield from _read_ancillary(reader)


def _read_frame(reader: BitReader, kind: str, path: str, framing: str, *, last: bool) -> Component:
    """A component or part up to its payload, which may extend past the end of the window."""
    begin = reader.position
    method = reader.data[begin >> 3] >> 4 if reader.remaining else 0  # seen before the frame, whose form depends on it
    form = form_of_frame(kind, method, last=last)
    frame = parse(COMPONENT_FRAME, reader, {"form": form}, prefix=f"{framing}/")
    length_name = "length" if form == SIZED else "declared_length"
    size = reader.remaining >> 3 if form == LAST else _length_in(frame, length_name)
    end = reader.position + 8 * size
    checked = bool(frame.get("has_check"))
    if checked and end <= reader.end:
        _verify(reader, frame["check"], reader.data[reader.position >> 3 : end >> 3], f"{framing}/check")
    return Component(kind, path, method, begin, reader.position, end, framing, checked=checked)


def _verify(reader: BitReader, check: int, payload: bytes, path: str) -> None:
    computed = check_of(payload)
    if check != computed:
        reader.flaw(
            "MISC-CON-020", f"the check is {check:04x}; the bytes of the payload give {computed:04x}", path=path
        )


def _read_parts(reader: BitReader, image: Component) -> Iterator[Component]:
    """The parts of an image, one after the other up to the end of its payload."""
    if image.end > reader.end:
        _place(reader, image)  # fails
    outer_end, reader.end = reader.end, image.end
    parts: list[Part] = []
    last = False
    while not last:
        framing = f"framing/image/{len(parts)}"
        if len(parts) == limits.MAX_PARTS:
            reader.fail("MISC-PRT-005", f"there are more than {limits.MAX_PARTS} parts", path="image")
        frame = parse(PART_FRAME, reader, prefix=f"{framing}/")
        part, last = Part(frame["role"], frame.get("name", "")), bool(frame["last_part"])
        parts.append(part)
        if frame["has_name"] and not part.name:
            reader.flaw("MISC-PRT-002", "the name is empty", path=f"{framing}/name")
        if f"{framing}/name" not in _paths_of(reader.flaws):
            for rule, path, message in _faults_of_parts(parts, complete=last):
                reader.flaw(rule, message, path=f"{framing}/{path}")
        is_sound = _paths_of(reader.flaws).isdisjoint((f"{framing}/role", f"{framing}/name"))
        label = part.label if is_sound else str(len(parts) - 1)
        component = _read_frame(reader, "image", f"image/{label}", framing, last=last)
        if component.number == PARTS_METHOD:
            reader.fail("MISC-PRT-005", "a part has no parts", path=f"{framing}/method")
        yield _place(reader, component._replace(part=part))
    if reader.remaining:
        reader.flaw("MISC-CON-021", f"{reader.remaining >> 3} bytes follow the last part", path="image")
        reader.position = reader.end
    reader.end = outer_end


def _paths_of(flaws: Sequence[MiscError] | None) -> set[str | None]:
    return {flaw.path for flaw in flaws or ()}


def _check_parts(parts: Sequence[Part]) -> None:
    """Raise `MiscError` for roles and names that no file can have."""
    if not 1 <= len(parts) <= limits.MAX_PARTS:
        raise MiscError("MISC-PRT-005", f"there are {len(parts)} parts, and not 1 to {limits.MAX_PARTS}", path="image")
    for count in range(1, len(parts) + 1):
        for rule, _, message in _faults_of_parts(parts[:count], complete=count == len(parts)):
            raise MiscError(rule, message, path=f"image/{parts[count - 1].label}")


def _faults_of_parts(parts: Sequence[Part], *, complete: bool) -> Iterator[tuple[str, str, str]]:
    """Rule, field and message for each rule that the last of these parts breaks. `complete`: no part follows."""
    part = parts[-1]
    if part.name and not re.fullmatch(NAME_FORM, part.name):
        yield (
            "MISC-PRT-002",
            "name",
            f"{part.name!r} is no name of 1 to 32 of a to z, 0 to 9, - and _, beginning with a letter or a digit",
        )
    if part in parts[:-1]:
        yield "MISC-PRT-003", "role", f"two parts are called {part.label}"
    if complete and parts == [Part(0)]:
        yield "MISC-PRT-004", "role", "the only part is an image without a name"


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
        end = reader.position + 8 * _length_in(frame, "length")
        yield _place(
            reader, Component("ancillary", name, number, start, reader.position, end, path.removesuffix("/type"))
        )
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
