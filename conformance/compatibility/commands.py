"""The commands of two checkouts: their options, and how they end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bounds import bounds
from .differences import Change, Difference, rows, tables

AREA = "command"
# Whether an option may be given is compared here; what it does is for people to see.
OPTION = {"type": Change.BREAKING, "several": Change.BREAKING, "default": Change.BREAKING}


def commands(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Two commands of the same name, option by option."""
    before, after = ({f"{name} {option}": value for option, value in side.items()} for side in (old, new))
    for found in tables(AREA, before, after, _option):
        needed = (
            found.change is Change.ADDITION and after.get(found.name, {}).get("required") and found.name not in before
        )
        yield found._replace(change=Change.BREAKING, sentence="is added, and required") if needed else found


def _option(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    for choice in old["choices"]:
        if choice not in new["choices"]:
            yield Difference(Change.BREAKING, AREA, name, f"the choice {choice} is removed")
    for choice in new["choices"]:
        if choice not in old["choices"]:
            yield Difference(Change.ADDITION, AREA, name, f"the choice {choice} is added")
    if old["required"] != new["required"]:
        change, how = (
            (Change.BREAKING, "is now required") if new["required"] else (Change.ADDITION, "need not be given")
        )
        yield Difference(change, AREA, name, how)
    yield from bounds(AREA, name, old, new)
    keys = tuple(OPTION)
    yield from rows(AREA, OPTION, Change.OTHER)(name, {key: old[key] for key in keys}, {key: new[key] for key in keys})


def call(name: str, old: int, new: int) -> Iterator[Difference]:
    """How a command ends that both checkouts were called with."""
    yield Difference(Change.BREAKING, "call", name, f"ends with exit code {new}; it was {old}")
