"""A difference between two checkouts, and the comparison of two tables of named things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from .description.failures import ABSENT

MAX_SHOWN = 120  # characters of a value


class Change(StrEnum):
    """What a difference means to someone who relies on the older checkout."""

    BREAKING = "breaking"
    ADDITION = "addition"
    OTHER = "other"


class Difference(NamedTuple):
    """`area`: the part of the description. `name`: what differs in it. `sentence`: how it differs."""

    change: Change
    area: str
    name: str
    sentence: str


Members = Callable[[str, Any, Any], Iterator[Difference]]
OWN_NAMES = ("name", "id", "file", "key")  # keys under which a row has its own name or number


def tables(area: str, old: Mapping[str, Any], new: Mapping[str, Any], members: Members) -> Iterator[Difference]:
    """The differences of two tables: what only one of them has, and what `members` finds in the things that both have."""
    gone = {name: old[name] for name in old if name not in new}
    come = {name: new[name] for name in new if name not in old}
    for name, before in gone.items():
        twin = next((one for one, after in come.items() if unnamed(after) == unnamed(before) != {}), None)
        sentence = (
            f"is removed; {twin}, which is new, is the same under another {_handle(before)}" if twin else "is removed"
        )
        yield Difference(Change.BREAKING, area, name, sentence)
    for name in come:
        yield Difference(Change.ADDITION, area, name, "is added")
    for name, before in old.items():
        if name in new and before != new[name]:
            yield from members(name, before, new[name])


def unnamed(value: Any) -> Any:
    """What a thing says but its own name and number. Two things that say the same under two of them are one that was renamed."""
    return {key: inner for key, inner in value.items() if key not in OWN_NAMES} if isinstance(value, dict) else value


def _handle(value: Any) -> str:
    return "number" if isinstance(value, dict) and "id" in value else "name"


def described(area: str, compare: Members) -> Members:
    """Compare two things of which either may be the reason why it could not be described: a text in the place of a table.

    Where the older checkout does not have the module, nothing was promised.
    """

    def compare_described(name: str, old: Any, new: Any) -> Iterator[Difference]:
        if isinstance(new, str):
            yield Difference(Change.BREAKING, area, name, f"cannot be described: {new}")
        elif isinstance(old, str):
            change = Change.ADDITION if old.startswith(ABSENT) else Change.BREAKING
            yield Difference(
                change, area, name, f"is not compared; it cannot be described in the older checkout: {old}"
            )
        else:
            yield from compare(name, old, new)

    return compare_described


def rows(area: str, changes: Mapping[str, Change], default: Change) -> Members:
    """Compare two rows key by key. `changes`: what a difference of a key means, and `default` of any other key."""

    def compare(name: str, old: Any, new: Any) -> Iterator[Difference]:
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                sentence = f"{key} is {shown(new.get(key))}; it was {shown(old.get(key))}"
                yield Difference(changes.get(key, default), area, name, sentence)

    return compare


def values(area: str) -> Members:
    """Compare two values, of which any difference is breaking."""

    def compare(name: str, old: Any, new: Any) -> Iterator[Difference]:
        yield Difference(Change.BREAKING, area, name, f"is {shown(new)}; it was {shown(old)}")

    return compare


def shown(value: Any) -> str:
    """A value in a sentence, shortened."""
    text = "absent" if value is None else "empty" if value in ("", [], {}) else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
