"""The Kaitai Struct description, compiled: it finds in every vector what the manifest says, and refuses what it can see is broken."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import kaitaistruct
import pytest
from kaitai_misc_bitstream import MiscBitstream

from conformance.suite import Vector, vectors

SOURCE = Path(__file__).parents[2] / "spec" / "descriptions" / "misc_bitstream.ksy"
COMPILED = Path(__file__).parent / "kaitai_misc_bitstream.py"
KINDS = ("text", "maps", "generation", "image")
# What takes more than a description: comparisons of members, shortest forms, what two fields say together, the end of UTF-8.
UNSEEN = {
    "MISC-CON-005",
    "MISC-CON-006",
    "MISC-CON-009",
    "MISC-CON-010",
    "MISC-CON-012",
    "MISC-CON-013",
    "MISC-CON-014",
    "MISC-CON-020",
    "MISC-CON-021",
    "MISC-PRT-002",
    "MISC-PRT-003",
    "MISC-PRT-004",
    "MISC-PRT-005",
}
PART_FRAME = ("role", "has_name", "last_part", "part_reserved")


def test_compiled_description_is_that_of_the_source() -> None:
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    assert COMPILED.read_text(encoding="utf-8").startswith(f"# Made from misc_bitstream.ksy, SHA-256 {digest}\n"), (
        "run make descriptions"
    )


@pytest.mark.parametrize("vector", [v for v in vectors() if v.conforming], ids=lambda vector: vector.name)
def test_every_declared_field_has_the_value_of_the_manifest(vector: Vector) -> None:
    parsed = MiscBitstream.from_bytes(vector.data)
    parts = vector.expected["symbols"].get("image", {}).get("parts", [])
    labels = ["-".join(filter(None, (part["role"], part.get("name")))) for part in parts]
    for path, _, _, value in vector.expected["fields"][1:]:
        if value is not None:
            assert int(find(parsed, path, labels)) == value, path
    for member, told in zip(
        getattr(parsed, "ancillary", []), vector.expected["symbols"].get("ancillary", []), strict=True
    ):
        assert (member.type, bytes(member.payload).hex()) == (told["type"], told["payload"])
    assert parsed._io.is_eof()


@pytest.mark.parametrize("vector", [v for v in vectors() if not v.conforming], ids=lambda vector: vector.name)
def test_broken_containers_are_refused(vector: Vector) -> None:
    """Any file is read to an end or refused by the runtime; a broken container is refused where a description can see it."""
    seen = vector.expected["phase"] == "container" and vector.expected["rule"] not in UNSEEN
    try:
        MiscBitstream.from_bytes(vector.data)
    except (EOFError, kaitaistruct.KaitaiStructError, UnicodeDecodeError, AttributeError, TypeError):
        return
    assert not seen


def find(parsed: Any, path: str, labels: list[str]) -> Any:
    """The value of a field of the manifest. `labels`: those of the parts of the image."""
    head, *rest = path.split("/")
    if head == "header":
        wide = "wide_" if parsed.header.wide_size else "narrow_"
        name = f"{wide}{rest[0]}" if rest[0] in ("width_minus_1", "height_minus_1") else rest[0]
        return getattr(parsed.header, name)
    if head == "framing":
        frame = parsed.ancillary[int(rest[1])] if rest[0] == "ancillary" else getattr(parsed, rest[0])
        if rest[0] == "image" and len(rest) == 3:
            part = frame.payload.part[int(rest[1])]
            frame = part if rest[2] in PART_FRAME else part.component
        return number(getattr(frame, rest[-1]))
    payload = getattr(parsed, head).payload
    if head == "image" and labels:
        payload = payload.part[labels.index(rest.pop(0))].component.payload
    if head == "image" and rest[0] == "size":
        return number(payload.size[int(rest[1])].size_minus_1)
    if head == "maps":
        if rest[0] == "region":
            region = payload.frames.region[int(rest[1])]
            return payload.frames.reserved if rest[2] == "reserved" else getattr(region, rest[2])
        sizes = {"one_size": lambda: payload.header.one_size, "size": lambda: payload.header.size[int(rest[1])]}
        return number(getattr(sizes[rest[0]](), rest[2])) if rest[0] in sizes else getattr(payload.header, rest[0])
    return number(getattr(payload, rest[0]))


def number(value: Any) -> Any:
    """A varint's value, or the number itself."""
    return getattr(value, "value", value)
