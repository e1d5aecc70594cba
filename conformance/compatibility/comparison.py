"""Two descriptions are compared, area by area."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from . import codecs, commands, interfaces, protocol
from .differences import Change, Difference, Members, described, rows, shown, tables, values
from .schemas import distinct, schemas
from .withdrawal import withdrawn

Area = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[Difference]]

# Of a vector: what a difference of a key means. The requirements and the files beside it are notes about it.
VECTOR = {"requirements": Change.OTHER, "files": Change.OTHER, "phase": Change.OTHER, "reserved": Change.OTHER}
VECTOR_WORDS = {
    "sha256": "the file has other bytes",
    "verdict": "the verdict is another",
    "symbols": "the content is another",
    "bits": "the bits of its parts are others",
    "fields": "its fields are others",
    "warnings": "its warnings are others",
}
RULE = {"hint": Change.OTHER, "rationale": Change.OTHER, "where": Change.OTHER, "clause": Change.OTHER}
ROW = {"clause": Change.OTHER, "module": Change.OTHER, "slow": Change.OTHER, "deprecated": Change.OTHER}
DEPRECATED = r"\W+deprecated since .+"  # how the meaning of a profile, a role or a model then ends (docs/stability.md)
LIMIT = {"reason": Change.OTHER, "unit": Change.OTHER}


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every difference of two descriptions, area by area. Raises `ValueError` if one lacks an area or has one that nobody compares."""
    if not old.keys() == new.keys() == AREAS.keys():
        raise ValueError(f"the areas are {sorted(old)} and {sorted(new)}; {sorted(AREAS)} are compared")
    found = [one for area, compare in AREAS.items() for one in _area(compare)(area, old[area], new[area])]
    numbers = withdrawn(old, new)
    others = [one for one in found if one.area != "vector" or one.name not in numbers]
    named = {one.name for one in found if one.area == "vector"}
    sentence = "is withdrawn: {}, which was reserved, is registered"
    return others + [
        Difference(Change.ADDITION, "vector", name, sentence.format(number))
        for name, number in numbers.items()
        if name in named
    ]


def _area(compare: Area) -> Members:
    return described("part", lambda _, old, new: compare(old, new))


def _table(area: str, changes: Mapping[str, Change], default: Change = Change.BREAKING) -> Area:
    return lambda old, new: tables(area, old, new, rows(area, changes, default))


def _values(area: str) -> Area:
    return lambda old, new: tables(area, old, new, values(area))


def _vectors(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    return tables("vector", old, new, _vector)


def _vector(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for found in rows("vector", VECTOR, Change.BREAKING)(name, old, new):
        key = found.sentence.partition(" ")[0]
        where = _first_difference(old.get(key), new.get(key))
        yield found._replace(sentence=f"{VECTOR_WORDS[key]}: {where}" if key in VECTOR_WORDS else found.sentence)


def _first_difference(old: Any, new: Any, path: str = "") -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                return _first_difference(old.get(key), new.get(key), f"{path}/{key}")
    if isinstance(old, list) and isinstance(new, list):
        for index, (one, other) in enumerate(zip(old, new, strict=False)):
            if one != other:
                return _first_difference(one, other, f"{path}/{index}")
        return f"{path} has {len(new)} members; it had {len(old)}".strip()
    return f"{path} is {shown(new)}; it was {shown(old)}".strip()


def _registry(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    def table(name: str, before: Any, after: Any) -> Iterator[Difference]:
        return tables(f"registry {name}", before, after, partial(_registered, f"registry {name}"))

    return tables("registry", old, new, table)


def _registered(area: str, name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    """Two rows. A meaning that is only continued by words of deprecation is the same."""
    same = old["meaning"] != new["meaning"] and re.fullmatch(re.escape(old["meaning"]) + DEPRECATED, new["meaning"])
    yield from rows(area, ROW | ({"meaning": Change.OTHER} if same else {}), Change.BREAKING)(name, old, new)


def _files(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    def keys(name: str, before: Any, after: Any) -> Iterator[Difference]:
        one, other = ({f"{name}: {key}": value for key, value in side.items()} for side in (before, after))
        return tables("file", one, other, values("file"))

    return tables("file", old, new, keys)


AREAS: dict[str, Area] = {
    "versions": _values("version"),
    "vectors": _vectors,
    "rules": _table("rule", RULE),
    "registry": _registry,
    "profiles": _table("profile", {}),
    "limits": _table("limit", LIMIT),
    "tables": _table("table", {}),
    "files": _files,
    "codecs": lambda old, new: tables("codec", old, new, codecs.codecs),
    "schemas": lambda old, new: tables("schema", *distinct(old, new), schemas),
    "harness": protocol.protocol,
    "reports": lambda old, new: tables("report", old, new, described("report", interfaces.reports)),
    "api": lambda old, new: tables("api", *interfaces.distinct(old, new), described("api", interfaces.modules)),
    "programs": _table("program", {}),
    "commands": lambda old, new: tables("command", old, new, commands.commands),
    "calls": lambda old, new: tables("call", old, new, commands.call),
    "exit codes": _values("exit code"),
    "environment": _table("environment variable", {}),
}
