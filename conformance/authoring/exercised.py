"""The requirements that a vector exercises: those about its content, or the one that it breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from misc_format import rules
from misc_format.coders import coder
from misc_format.registry import ANCILLARY_BY_ID, METHOD_BY_NAME, METHODS, PRIVATE_METHOD, PROFILE_NAME, Method
from misc_format.rules import RULES, Rule
from misc_format.structure.container import ANCILLARY_FRAME, COMPONENT_FRAME, HEADER, PART_FRAME

FILE_RULES = {name: RULES[name] for name in rules.FILE_RULES}
METHOD_CLAUSES = {row.clause for row in METHODS if row.id != PRIVATE_METHOD}  # clause 4.5 also has other numbers


SIZES = ("MISC-CON-008", "MISC-MAP-003", "MISC-IMG-002", "MISC-LAT-001", "MISC-CAI-004", "MISC-ARR-002", "MISC-ARR-004")
FRAME_RULES = ("MISC-CON-008", "MISC-CON-021", "MISC-PRT-005")  # of frames, although reported at a component
# The duties of a decoder that its answer for a file can show. No vector can test the others.
DUTIES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "MISC-DEC-001": lambda entry: "symbols" in entry,
    "MISC-DEC-002": lambda entry: "symbols" not in entry,
    "MISC-DEC-003": lambda entry: bool(entry.get("warnings")),
    "MISC-DEC-004": lambda entry: bool(_ancillary_types(entry) - ANCILLARY_BY_ID.keys()),
    "MISC-DEC-005": lambda entry: (
        entry.get("profile") == "private" or "private" in {name for _, name in _methods(entry.get("symbols"))}
    ),
    "MISC-DEC-007": lambda entry: "symbols" in entry,
    "MISC-DEC-009": lambda entry: entry.get("rule") in SIZES,
}


def requirements(entry: dict[str, Any]) -> list[str]:
    """The ids of the requirements that an entry of the manifest exercises."""
    duties = [name for name, applies in DUTIES.items() if applies(entry)]
    if entry["verdict"] != "conforming":
        return [entry["rule"], *duties]
    return [*(name for name, rule in FILE_RULES.items() if _applies(rule, entry)), *duties]


def _ancillary_types(entry: dict[str, Any]) -> set[int]:
    return {member["type"] for member in entry.get("symbols", {}).get("ancillary", [])}


def phase(rule: str, path: str) -> str:
    """The phase in which a decoder can find that a rule is broken."""
    if RULES[rule].conformance_class == "validator":
        return "canonical" if rule in rules.CANONICAL else "profile"
    of_frames = rule in FRAME_RULES or path.startswith(("header/", "framing/"))
    return "container" if of_frames else "payload"


def profile(data: bytes) -> str | None:
    """The profile of a header; None if the file is too short or the number is not registered."""
    if len(data) < 5:
        return None
    return PROFILE_NAME.get(int.from_bytes(data[3:5], "big") >> 6 & 15)


def _applies(rule: Rule, entry: dict[str, Any]) -> bool:
    family = rule.id.split("-")[1]
    symbols = entry["symbols"]
    if family == "PRO":
        return symbols["profile"] not in ("free", "private")
    used = [METHOD_BY_NAME[method] for method in _methods(symbols)]
    if family == "ANC":
        return _ancillary(rule, entry)
    if family in _families():
        return any(family in coder(row).rule_families and _by_method(rule, row) for row in used)
    return _container(rule, entry)


def _methods(symbols: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """The kind and the method of each core component, and of each part of an image."""
    if symbols is None:
        return []
    return [
        *symbols["methods"].items(),
        *(("image", part["method"]) for part in symbols.get("image", {}).get("parts", ())),
    ]


@cache
def _families() -> set[str]:
    """The rule families that belong to methods."""
    return {family for row in METHODS for family in coder(row).rule_families}


def _has_field(entry: dict[str, Any], kind: str) -> bool:
    """Whether a file has a declared field of this kind: "v" or "s"."""
    paths = (field[0] for field in entry["fields"] if not field[0].startswith("text/"))
    return any(path.rpartition("/")[2] in _names_of_kind(kind) for path in paths)


@cache
def _names_of_kind(kind: str) -> set[str]:
    """The names of fields that are of this kind in every table."""
    tables = (
        HEADER,
        COMPONENT_FRAME,
        PART_FRAME,
        ANCILLARY_FRAME,
        *(table for row in METHODS for table in coder(row).syntaxes.values()),
    )
    rows = [field for table in tables for field in table.rows]
    return {field.name for field in rows if field.kind == kind} - {field.name for field in rows if field.kind != kind}


def _ancillary(rule: Rule, entry: dict[str, Any]) -> bool:
    types = _ancillary_types(entry)
    if rule.id == "MISC-ANC-003":
        return bool(types & {6, 7}) or _has_field(entry, "s")
    return 15 in types


def _by_method(rule: Rule, method: Method) -> bool:
    """Whether a rule of a family applies to all its methods, or to this one."""
    return rule.clause not in METHOD_CLAUSES or rule.clause in (method.clause, *coder(method).clauses)


def _container(rule: Rule, entry: dict[str, Any]) -> bool:
    present: dict[str, Callable[[], bool]] = {
        "3.3": lambda: _has_field(entry, "v"),
        "4.4": lambda: "ancillary" in entry["symbols"],
        "4.8": lambda: "parts" in entry["symbols"].get("image", {}),
    }
    if rule.id == "MISC-CON-015":
        return "ancillary" in entry["symbols"]
    if rule.id == "MISC-CON-020":
        return any(field[0].endswith("/check") for field in entry["fields"])
    return present.get(rule.clause, lambda: True)()
