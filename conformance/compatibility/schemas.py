"""Two JSON Schemas. Reports are read by programs and kept in archives, so both directions count.

A key that is gone, is no longer sure to be there, or may have another type breaks a program that reads reports. A type, a value or a form
that is no longer allowed, or a key that is now required, makes a report of an older release wrong. New keys and new values of an
enumeration are additions: whoever reads reports must expect them (docs/stability.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from .differences import Change, Difference, shown, tables

AREA = "schema"
WORDS = frozenset({"title", "description", "$id", "$schema", "$comment", "examples"})
NAMED = ("properties", "patternProperties", "$defs")  # keywords whose value is a table of schemas
# Keywords whose value is a list of schemas, and what a further one means: another form, or another requirement.
LISTED = {
    "oneOf": Change.ADDITION,
    "anyOf": Change.ADDITION,
    "allOf": Change.BREAKING,
    "prefixItems": Change.BREAKING,
}
INNER = (
    "items",
    "additionalProperties",
    "then",
    "else",
    "contains",
    "propertyNames",
)  # keywords whose value is a schema
CONDITIONS = ("if", "not")  # the same, but what is allowed there is refused elsewhere: any change breaks
LOWER, UPPER = (
    ("minimum", "minLength", "minItems", "minProperties"),
    ("maximum", "maxLength", "maxItems", "maxProperties"),
)


def schemas(path: str, old: Any, new: Any) -> Iterator[Difference]:
    """Every difference of two schemas, with its place."""
    if old == new:
        return
    if not isinstance(old, dict) or not isinstance(new, dict):  # true, false, or absent: None
        yield from _whole(path, old, new)
        return
    yield from _required(path, old.get("required", []), new.get("required", []))
    yield from _types(path, _as_list(old.get("type")), _as_list(new.get("type")))
    yield from _enumeration(path, old, new)
    for keyword in NAMED:
        yield from tables(
            AREA,
            _below(path, keyword, old),
            _below(path, keyword, new),
            schemas,
        )
    for keyword, further in LISTED.items():
        yield from _list(f"{path}/{keyword}", old.get(keyword, []), new.get(keyword, []), further)
    for keyword in INNER:
        yield from schemas(f"{path}/{keyword}", old.get(keyword), new.get(keyword))
    for keyword in CONDITIONS:
        for found in schemas(f"{path}/{keyword}", old.get(keyword), new.get(keyword)):
            yield found._replace(change=Change.BREAKING) if found.change is Change.ADDITION else found
    handled = {*NAMED, *LISTED, *INNER, *CONDITIONS, "required", "type", "enum", "const"}
    for keyword in sorted((old.keys() | new.keys()) - handled):
        if old.get(keyword) != new.get(keyword):
            yield _constraint(path, keyword, old.get(keyword), new.get(keyword))


def distinct(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two tables of schemas by path, without copies: files of one name that are the same in both checkouts."""
    first: dict[tuple[str, str], str] = {}
    for path in [*old, *new]:
        first.setdefault((PurePosixPath(path).name, repr((old.get(path), new.get(path)))), path)
    kept = set(first.values())
    before, after = ({path: schema for path, schema in side.items() if path in kept} for side in (old, new))
    return before, after


def _below(path: str, keyword: str, schema: dict[str, Any]) -> dict[str, Any]:
    prefix = path if keyword == "properties" else f"{path}/{keyword}"
    return {f"{prefix}/{name}": inner for name, inner in schema.get(keyword, {}).items()}


def _whole(path: str, old: Any, new: Any) -> Iterator[Difference]:
    open_now = new is True or (new is None and path.endswith("/additionalProperties"))
    change = Change.ADDITION if old is False or open_now else Change.BREAKING
    yield Difference(change, AREA, path, f"is {shown(new)}; it was {shown(old)}")


def _required(path: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    for key in new:
        if key not in old:
            yield Difference(Change.BREAKING, AREA, f"{path}/{key}", "is now required")
    for key in old:
        if key not in new:
            yield Difference(Change.BREAKING, AREA, f"{path}/{key}", "is no longer sure to be there")


def _types(path: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    if set(old) == set(new):
        return
    narrowed = not new or (bool(old) and set(new) < set(old))
    how = "the type is narrowed" if narrowed else "the type is another"
    yield Difference(Change.BREAKING, AREA, path, f"{how}: {_or(new)}; it was {_or(old)}")


def _enumeration(path: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    before, after = _allowed(old), _allowed(new)
    if before == after:
        return
    if before is None or after is None:
        change = Change.ADDITION if after is None else Change.BREAKING
        yield Difference(change, AREA, path, f"the values are {_or(after)}; they were {_or(before)}")
        return
    for value in before:
        if value not in after:
            yield Difference(Change.BREAKING, AREA, path, f"the value {shown(value)} is removed")
    for value in after:
        if value not in before:
            yield Difference(Change.ADDITION, AREA, path, f"the value {shown(value)} is added")


def _allowed(schema: dict[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def _list(path: str, old: Sequence[Any], new: Sequence[Any], further: Change) -> Iterator[Difference]:
    """Branches that are the same need no comparison; the others are compared in their order. `further`: what one more means."""
    before = [one for one in old if one not in new]
    after = [one for one in new if one not in old]
    for index, (one, other) in enumerate(zip(before, after, strict=False)):
        yield from schemas(f"{path}[{index}]", one, other)
    for one in before[len(after) :]:
        yield Difference(Change.BREAKING, AREA, path, f"a branch is removed: {shown(one)}")
    for one in after[len(before) :]:
        yield Difference(further, AREA, path, f"a branch is added: {shown(one)}")


def _constraint(path: str, keyword: str, old: Any, new: Any) -> Difference:
    sentence = f"{keyword} is {shown(new)}; it was {shown(old)}"
    if keyword in WORDS:
        return Difference(Change.OTHER, AREA, path, sentence)
    loosened = new is None or (
        old is not None and ((keyword in LOWER and new < old) or (keyword in UPPER and new > old))
    )
    return Difference(Change.ADDITION if loosened else Change.BREAKING, AREA, path, sentence)


def _as_list(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _or(values: Sequence[Any] | None) -> str:
    return shown(" or ".join(map(str, values)) if values else "anything")
