"""What programs call: public names of Python, and options of commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .differences import Change, Difference, rows, tables

API, COMMANDS, REPORTS = "api", "command", "report"
POSITIONAL = ("positional only", "positional or keyword", "field")
KEYWORD = ("positional or keyword", "keyword only", "field")
# Whether an option may be given is compared here; what it does is for people to see.
OPTION = {"type": Change.BREAKING, "several": Change.BREAKING, "default": Change.BREAKING}


def modules(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Two public modules, name by name."""

    def under(module: Mapping[str, Any]) -> dict[str, Any]:
        return {f"{name}.{inner}": value for inner, value in module.items()}

    yield from tables(API, under(old), under(new), names)


def names(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    """Two public things of the same name: functions, classes, or values."""
    if old["kind"] != new["kind"]:
        yield Difference(Change.BREAKING, API, name, f"is a {new['kind']}; it was a {old['kind']}")
        return
    if old["kind"] == "function":
        yield from parameters(name, "parameter", old["parameters"], new["parameters"])
    elif old["kind"] == "class":
        yield from _classes(name, old, new)
    else:
        yield from rows(API, {}, Change.OTHER)(name, old, new)


def _classes(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for base in old["bases"]:
        if base not in new["bases"]:
            yield Difference(Change.BREAKING, API, name, f"is no {base} any more")
    for base in new["bases"]:
        if base not in old["bases"]:
            yield Difference(Change.ADDITION, API, name, f"is a {base}, too")
    yield from parameters(name, "field", old["fields"], new["fields"])
    yield from parameters(name, "parameter", old["parameters"], new["parameters"])
    for key, compare in (("members", names), ("values", rows(API, {}, Change.BREAKING))):
        before, after = ({f"{name}.{inner}": _row(value) for inner, value in side[key].items()} for side in (old, new))
        yield from tables(API, before, after, compare)


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
    return parameter["default"] is None and not parameter["kind"].startswith("var ")


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
    if old["type"] != new["type"]:
        yield Difference(Change.OTHER, API, name, f"{said} has the type {new['type']}; it had {old['type']}")


def commands(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Two commands of the same name, option by option."""
    before, after = ({f"{name} {option}": value for option, value in side.items()} for side in (old, new))
    for found in tables(COMMANDS, before, after, _option):
        needed = (
            found.change is Change.ADDITION and after.get(found.name, {}).get("required") and found.name not in before
        )
        yield found._replace(change=Change.BREAKING, sentence="is added, and required") if needed else found


def _option(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for choice in old["choices"]:
        if choice not in new["choices"]:
            yield Difference(Change.BREAKING, COMMANDS, name, f"the choice {choice} is removed")
    for choice in new["choices"]:
        if choice not in old["choices"]:
            yield Difference(Change.ADDITION, COMMANDS, name, f"the choice {choice} is added")
    if old["required"] != new["required"]:
        change, how = (
            (Change.BREAKING, "is now required") if new["required"] else (Change.ADDITION, "need not be given")
        )
        yield Difference(change, COMMANDS, name, how)
    keys = tuple(OPTION)
    yield from rows(COMMANDS, OPTION, Change.OTHER)(
        name, {key: old[key] for key in keys}, {key: new[key] for key in keys}
    )


def reports(name: str, old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Iterator[Difference]:
    """The keys of what a command prints as JSON."""
    for path in old:
        if path not in new:
            yield Difference(Change.BREAKING, REPORTS, f"{name}: {path}", "is no longer printed")
        elif old[path] != new[path]:
            sentence = f"has the type {' or '.join(new[path])}; it had {' or '.join(old[path])}"
            yield Difference(Change.BREAKING, REPORTS, f"{name}: {path}", sentence)
    for path in new:
        if path not in old:
            yield Difference(Change.ADDITION, REPORTS, f"{name}: {path}", "is printed, too")
