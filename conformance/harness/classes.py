"""Conformance classes (clause 3.5): which class a vector needs, and which answers are right for a program of a given class."""

from __future__ import annotations

from collections import Counter
from typing import Any

from misc_format import rules

# Each includes those before it. What an encoder writes is tested by a validator.
READER, DECODER, VALIDATOR = CLASSES = tuple(name for name in rules.CLASSES if name != "encoder")
_CLASS_OF_PHASE = {"container": READER, "payload": DECODER, "canonical": VALIDATOR, "profile": VALIDATOR}
_ACCEPTED = {"verdict": "conforming"}
_READ_BY_DECODING = ("symbols", "fields", "warnings")


def needed(expected: dict[str, Any], claimed: str) -> str:
    """The class that a vector tests in a program of the class `claimed`: never a higher one."""
    first = _CLASS_OF_PHASE[expected["phase"]] if "phase" in expected else DECODER
    return min(first, claimed, key=CLASSES.index)


def right_answers(expected: dict[str, Any], claimed: str) -> list[dict[str, Any]]:
    """The answers of which a program of this class must give one, in the form of an entry of the manifest.

    A program need not find a fault that only a higher class has to find.
    """
    if "phase" in expected:
        beyond = CLASSES.index(_CLASS_OF_PHASE[expected["phase"]]) > CLASSES.index(claimed)
        return [expected, _ACCEPTED] if beyond else [expected]
    if claimed != READER:
        return [expected]
    undecoded = {key: value for key, value in expected.items() if key not in _READ_BY_DECODING}
    has_parts = "parts" in expected["symbols"].get("image", {})
    return [undecoded | {"bits": _without_decoding(expected["bits"], has_parts)}]


def compared(claims: tuple[str, ...], claimed: str) -> list[str]:
    """Those of the claims that can be compared for a program of this class."""
    return [claim for claim in claims if claimed != READER or claim not in _READ_BY_DECODING]


def _without_decoding(bits: dict[str, int], has_parts: bool) -> dict[str, int]:
    """The bits of each part of a file as they are counted without decoding (clause 17). `has_parts`: whether its image has parts."""
    whole = ("ancillary", "image") if has_parts else ("ancillary",)  # kinds of which several components are counted
    parts: Counter[str] = Counter()
    for path, count in bits.items():
        kind, *rest = path.split("/")
        parts["/".join([kind, *rest[:1]]) if kind in whole else kind] += count
    return dict(parts)
