"""What programs use: public names of Python, and the JSON that commands print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .annotations import lost_and_gained, results, taken
from .description.reports import COLUMNS
from .differences import Change, Difference, Members, described, rows, tables

API, REPORTS = "api", "report"
POSITIONAL = ("positional only", "positional or keyword", "field")
KEYWORD = ("positional or keyword", "keyword only", "field")


def distinct(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two tables of modules, each thing at the first module that has it: one that several modules offer differs once."""
    seen: set[str] = set()
    sides: tuple[dict[str, Any], dict[str, Any]] = dict(old), dict(new)
    for name in (one for one in old if isinstance(old[one], dict) and isinstance(new.get(one), dict)):
        pairs = {inner: repr((inner, old[name][inner], new[name][inner])) for inner in old[name] if inner in new[name]}
        copies = {inner for inner, pair in pairs.items() if pair in seen}
        seen.update(pairs.values())
        for side in sides:
            side[name] = {inner: value for inner, value in side[name].items() if inner not in copies}
    return sides


def modules(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Two public modules, name by name."""

    def under(module: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{name}.{inner}": value for inner, value in module.items()}

    yield from tables(API, under(old), under(new), described(API, names))


def names(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    """Two public things of the same name: functions, classes, or values."""
    if old["kind"] != new["kind"]:
        yield Difference(Change.BREAKING, API, name, f"is a {new['kind']}; it was a {old['kind']}")
        return
    yield from KINDS[old["kind"]](name, old, new)


def _functions(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    yield from parameters(name, "parameter", old["parameters"], new["parameters"])
    yield from results(name, old["returns"], new["returns"])


def _properties(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    return results(name, old["returns"], new["returns"])


def _aliases(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    return taken(name, "", old["type"], new["type"])


def _values(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    """A constant. Several values may become more."""
    before, after = old.get("value"), new.get("value")
    if isinstance(before, list) and isinstance(after, list):
        yield from lost_and_gained(name, "no longer has", "also has", before, after)
        old, new = ({**side, "value": None} for side in (old, new))
    yield from rows(API, {}, Change.BREAKING)(name, old, new)


def _classes(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    yield from lost_and_gained(name, "is no longer a", "is also a", old["bases"], new["bases"])
    yield from lost_and_gained(name, "no longer has", "also has", old["protocols"], new["protocols"])
    if old["frozen"] is not new["frozen"]:
        yield Difference(Change.BREAKING, API, name, "is now frozen" if new["frozen"] else "is no longer frozen")
    yield from parameters(name, "field", old["fields"], new["fields"])
    yield from parameters(name, "parameter", old["parameters"], new["parameters"])
    for key, compare in (("members", names), ("attributes", _attributes), ("values", rows(API, {}, Change.BREAKING))):
        before, after = ({f"{name}.{inner}": _row(value) for inner, value in side[key].items()} for side in (old, new))
        yield from tables(API, before, after, compare)


def _attributes(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    return results(name, old["value"], new["value"])


KINDS: dict[str, Members] = {
    "function": _functions,
    "class": _classes,
    "property": _properties,
    "type": _aliases,
    "value": _values,
}


def _row(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}


def parameters(
    name: str, what: str, old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]
) -> Iterator[Difference]:
    """Two lists of parameters, or of the fields of a dataclass."""
    before, after = ({one["name"]: one for one in side} for side in (old, new))
    for found in tables(API, before, after, lambda one, left, right: _parameter(name, f"{what} {one}", left, right)):
        if found.name not in before.keys() | after.keys():  # it has the name of the function already
            yield found
            continue
        needed = found.change is Change.ADDITION and _is_needed(after[found.name])
        sentence = f"{what} {found.name} {found.sentence}" + (", and has no default" if needed else "")
        yield Difference(Change.BREAKING if needed else found.change, API, name, sentence)
    ordered = [[one["name"] for one in side if one["kind"] in POSITIONAL] for side in (old, new)]
    kept = [one for one in ordered[0] if one in ordered[1]]
    if ordered[1][: len(kept)] != kept:
        yield Difference(
            Change.BREAKING,
            API,
            name,
            f"the order of {what}s is {', '.join(ordered[1])}; it was {', '.join(ordered[0])}",
        )


def _is_needed(parameter: dict[str, Any]) -> bool:
    return parameter["default"] is None and parameter["kind"] in POSITIONAL + KEYWORD


def _parameter(name: str, said: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    if old["kind"] != new["kind"]:
        lost = any(old["kind"] in kinds and new["kind"] not in kinds for kinds in (POSITIONAL, KEYWORD))
        change = Change.BREAKING if lost or "var" in old["kind"] + new["kind"] else Change.ADDITION
        yield Difference(change, API, name, f"{said} is {new['kind']}; it was {old['kind']}")
    if old["default"] != new["default"]:
        change = Change.ADDITION if old["default"] is None else Change.BREAKING
        sentence = f"{said} has the default {new['default']}; it had {old['default'] or 'none'}"
        yield Difference(
            change, API, name, sentence if new["default"] is not None else f"{said} has no default any more"
        )
    yield from taken(name, f"{said} ", old["type"], new["type"])


def reports(name: str, old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Iterator[Difference]:
    """The keys of what a command prints as JSON, or of a table, whose columns have an order."""
    before, after = ({path: types for path, types in side.items() if path != COLUMNS} for side in (old, new))
    for path in before:
        if path not in after:
            yield Difference(Change.BREAKING, REPORTS, f"{name}: {path}", "is no longer printed")
        elif before[path] != after[path]:
            sentence = f"has the type {' or '.join(after[path])}; it had {' or '.join(before[path])}"
            yield Difference(Change.BREAKING, REPORTS, f"{name}: {path}", sentence)
    for path in after:
        if path not in before:
            yield Difference(Change.ADDITION, REPORTS, f"{name}: {path}", "is printed, too")
    yield from _columns(name, old.get(COLUMNS, ()), new.get(COLUMNS, ()))


def _columns(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """New columns stand at the end."""
    kept = [column for column in old if column in new]
    for column, other in zip(kept, new, strict=False):
        if column != other:
            sentence = f"is no longer in its place, where {other} stands; new columns stand at the end"
            yield Difference(Change.BREAKING, REPORTS, f"{name}: {column}", sentence)
            return
