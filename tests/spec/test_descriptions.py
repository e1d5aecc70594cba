"""The generated descriptions find in every vector what the manifest says, and refuse what they can see is broken.

That for Kaitai Struct is compiled, and that for construct is run as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import construct
import kaitaistruct
import pytest
from kaitai_misc_bitstream import MiscBitstream

from conformance.suite import Vector, vectors
from misc_format.formatdata import document

FOLDER = Path(__file__).parents[2] / "spec" / "descriptions"
SOURCE = FOLDER / "misc_bitstream.ksy"
COMPILED = Path(__file__).parent / "kaitai_misc_bitstream.py"
CONFORMING = [vector for vector in vectors() if vector.conforming]
BROKEN = [vector for vector in vectors() if not vector.conforming]
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


def _load(name: str) -> Any:
    spec = spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CONSTRUCT = _load("misc_bitstream_construct")


def test_compiled_description_is_that_of_the_source() -> None:
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    assert COMPILED.read_text(encoding="utf-8").startswith(f"# Made from misc_bitstream.ksy, SHA-256 {digest}\n"), (
        "run make descriptions"
    )


@pytest.mark.parametrize("vector", CONFORMING, ids=lambda vector: vector.name)
def test_kaitai_finds_every_declared_field(vector: Vector) -> None:
    parsed = MiscBitstream.from_bytes(vector.data)
    _compare(vector, parsed)
    assert parsed._io.is_eof()


@pytest.mark.parametrize("vector", CONFORMING, ids=lambda vector: vector.name)
def test_construct_finds_every_declared_field(vector: Vector) -> None:
    _compare(vector, CONSTRUCT.parse(vector.data))


@pytest.mark.parametrize("vector", BROKEN, ids=lambda vector: vector.name)
def test_broken_containers_are_refused(vector: Vector) -> None:
    """Any file is read to an end or refused; a broken container is refused where a description can see it."""
    seen = vector.expected["phase"] == "container" and vector.expected["rule"] not in UNSEEN
    assert _is_refused(MiscBitstream.from_bytes, vector.data) >= seen
    assert _is_refused(CONSTRUCT.parse, vector.data) >= seen


def test_imhex_has_every_declared_field_and_uses_what_it_declares() -> None:
    """Its language has no tools that a test can install, so that its words are checked and not what it does."""
    text = (FOLDER / "misc_bitstream.hexpat").read_text(encoding="utf-8")
    left_out = {"region_frame", "component_frame"}  # it begins inside a byte; it has a structure for each form
    for name, table in document()["syntaxes"].items():
        if name not in left_out:
            assert all(re.search(rf"\b{row['name']}( :|;|\[)", text) for row in table["rows"]), name
    assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
    known = {"u8", "u16", "u24", "u32", "u64", "char"}
    for line in text.splitlines():
        if declared := re.match(r"(?:struct|bitfield|using) (\w+)", line):
            known.add(declared[1])
        elif used := re.match(r"    +(\w+)(?:<.*>)? \w+(?:\[.*\])?;", line):
            assert used[1] in known or used[1] == "return", line


def _is_refused(reader: Any, data: bytes) -> bool:
    refusals = (
        EOFError,
        kaitaistruct.KaitaiStructError,
        UnicodeDecodeError,
        AttributeError,
        TypeError,
        construct.ConstructError,
    )
    try:
        reader(data)
    except refusals:
        return True
    return False


def _compare(vector: Vector, parsed: Any) -> None:
    """Compare every declared field and the ancillary payloads with the manifest."""
    parts = vector.expected["symbols"].get("image", {}).get("parts", [])
    labels = ["-".join(filter(None, (part["role"], part.get("name")))) for part in parts]
    for path, _, _, value in vector.expected["fields"][1:]:
        if value is not None:
            assert int(_number(_found(parsed, path, labels))) == value, path
    told = vector.expected["symbols"].get("ancillary", [])
    found = [(member.frame.type, bytes(member.payload).hex()) for member in getattr(parsed, "ancillary", None) or []]
    assert found == [(each["type"], each["payload"]) for each in told]


def _found(parsed: Any, path: str, labels: list[str]) -> Any:
    """The value of a field of the manifest. `labels`: those of the parts of the image."""
    head, *rest = path.split("/")
    if head == "framing":
        kind = rest.pop(0)
        if kind == "ancillary":
            return _inside(parsed.ancillary[int(rest[0])], rest[1:])
        component = getattr(parsed, kind)
        if len(rest) == 2:
            part = component.payload.part[int(rest.pop(0))]
            return _inside(part if hasattr(part.part_frame, rest[0]) else part.component, rest)
        return _inside(component, rest)
    if head == "header":
        return _inside(parsed, rest)
    payload = getattr(parsed, head).payload
    if head == "image" and labels:
        payload = payload.part[labels.index(rest.pop(0))].component.payload
    return _inside(payload, rest)


def _inside(found: Any, path: list[str]) -> Any:
    """What a path leads to, from a member or from the fields of one of its tables."""
    if not path:
        return found
    if isinstance(found, list):
        return _inside(found[int(path[0])], path[1:])
    owner = next(each for each in (found, *_members(found)) if hasattr(each, path[0]))
    value = getattr(owner, path[0])
    if not isinstance(value, list) and len(path) > 2:  # one repetition is no list
        return _inside(value, path[2:])
    return _inside(value, path[1:])


def _members(found: Any) -> Iterator[Any]:
    """The structures inside a structure, without those around it."""
    for name, member in vars(found).items() if not isinstance(found, dict) else found.items():
        if not name.startswith("_"):
            yield member


def _number(value: Any) -> Any:
    """A varint's value, or the number itself."""
    return getattr(value, "value", value)
