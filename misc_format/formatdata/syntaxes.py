"""The syntax tables of the grammar as data, and what their words mean."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from misc_format.coders import coder
from misc_format.limits import MAX_VARINT
from misc_format.registry import METHODS
from misc_format.structure import container
from misc_format.structure.grammar import Field, Syntax

# The descriptors of clause 3.3. The rules by the fault that breaks them; `recover`: those behind which reading goes on.
DESCRIPTORS: dict[str, dict[str, Any]] = {
    "f": {
        "meaning": "fixed bits: an unsigned number, most significant bit first, which has the value `fixed`",
        "rules": {"truncated": "MISC-CON-007"},
        "recover": [],
        "shown_in_hexadecimal_from": 8,
    },
    "u": {
        "meaning": "an unsigned number of `bits` bits, most significant bit first",
        "rules": {"truncated": "MISC-CON-007"},
        "recover": [],
    },
    "v": {
        "meaning": "a varint: bytes that hold seven bits of a number each, the least significant bits first; the top bit is 1 in all but "
        "the last byte",
        "group_bits": 7,
        "most_bytes": 5,
        "most": MAX_VARINT,
        "rules": {"truncated": "MISC-CON-007", "too_large": "MISC-CON-010", "longer_than_needed": "MISC-CON-009"},
        "recover": ["longer_than_needed"],
    },
    "s": {
        "meaning": "a string: a varint, the number of bytes, and these bytes, which are UTF-8",
        "rules": {"truncated": "MISC-CON-007", "not_utf8": "MISC-ANC-003"},
        "recover": ["not_utf8"],
    },
}

NAMES = {
    "lower case": "a field or value read or computed before, or a parameter; 0 if it is absent",
    "MAX_...": "a limit of `limits`, by its name",
    "width, height": "the size of the picture, in pixels",
}


def every() -> Iterator[Syntax]:
    """Every syntax table once: of header and frames, then of the methods and of what their tables repeat."""
    seen: dict[str, Syntax] = {}
    frames = (container.HEADER, container.COMPONENT_FRAME, container.PART_FRAME, container.ANCILLARY_FRAME)
    for table in (*frames, *(table for row in METHODS for table in coder(row).syntaxes.values())):
        for nested in (table, *(row.group for row in table.rows if row.group is not None)):
            seen.setdefault(nested.name, nested)
    yield from seen.values()


def as_data(syntax: Syntax) -> dict[str, Any]:
    """A syntax table as plain values."""
    return {
        "clause": syntax.clause,
        "title": syntax.title,
        "parameters": [{"name": name, "meaning": meaning} for name, meaning in syntax.parameters],
        "rows": [_row(row) for row in syntax.rows],
    }


def rules_of(syntax: Syntax) -> Iterator[str]:
    """The rules that the fields of a table can break."""
    for row in syntax.rows:
        if row.group is not None:
            yield from rules_of(row.group)
            continue
        yield from DESCRIPTORS[row.kind]["rules"].values()
        if row.kind == "s":
            yield from DESCRIPTORS["v"]["rules"].values()
        if row.kind == "f" or row.allowed is not None:
            yield row.rule


def _row(row: Field) -> dict[str, Any]:
    """A row; keys that say nothing are left out."""
    when = None if row.when is None else {"name": row.when[0], "in": list(row.when[1])}
    if row.group is not None:
        number, added = ("", row.repeat) if isinstance(row.repeat, int) else row.repeat
        repeat: Any = ["+", number, added] if number else added
        found = {"name": row.name, "group": row.group.name, "repeat": repeat, "meaning": row.meaning, "when": when}
    else:
        found = {
            "name": row.name, "kind": row.kind, "bits": row.bits or None, "meaning": row.meaning,
            "fixed": row.fixed if row.kind == "f" else None,
            "allowed": None if row.allowed is None else ranges(row.allowed),
            "rule": row.rule if row.kind == "f" or row.allowed is not None else None,
            "recover": row.recover or None, "when": when, "table": row.table or None,
        }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def ranges(numbers: Collection[int]) -> list[list[int]]:
    """Numbers as ranges of first and last number, in order."""
    if isinstance(numbers, range) and numbers.step == 1:
        return [[numbers.start, numbers.stop - 1]] if numbers else []
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
