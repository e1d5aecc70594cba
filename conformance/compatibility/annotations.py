"""The types of parameters, fields and results in two checkouts, as lists of alternatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .differences import Change, Difference, shown

API = "api"
ANYTHING = {"Any", "object"}


def lost_and_gained(
    name: str, without: str, with_: str, old: Sequence[Any], new: Sequence[Any]
) -> Iterator[Difference]:
    """What only the older one of two lists has breaks, and what only the newer one has is added."""
    for one in old:
        if one not in new:
            yield Difference(Change.BREAKING, API, name, f"{without} {shown(one)}")
    for one in new:
        if one not in old:
            yield Difference(Change.ADDITION, API, name, f"{with_} {shown(one)}")


def taken(name: str, said: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """What a parameter or a field takes. Without an annotation, nothing is said."""
    if not old or not new:
        yield from _annotated(name, said, old, new)
    elif ANYTHING.isdisjoint(new):
        yield from lost_and_gained(name, f"{said}no longer takes", f"{said}also takes", old, new)
    elif old != new:
        yield Difference(Change.ADDITION, API, name, f"{said}takes anything now; it took {' or '.join(old)}")


def results(name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    """What a function returns, or an attribute has. A further literal is a further value of an enumeration: an addition."""
    if not old or not new:
        yield from _annotated(name, "", old, new)
        return
    gained = [one for one in new if one not in old]
    for one in gained:
        yield Difference(Change.ADDITION if _is_literal(one) else Change.BREAKING, API, name, f"may be {one}")
    for one in old:
        if one not in new:
            change = Change.BREAKING if _is_literal(one) else Change.OTHER
            yield Difference(change, API, name, f"is never {one} any more")


def _annotated(name: str, said: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    if old != new:
        sentence = f"{said}has the annotation {' | '.join(new) or 'none'}; it had {' | '.join(old) or 'none'}"
        yield Difference(Change.OTHER, API, name, sentence)


def _is_literal(alternative: str) -> bool:
    """Literal values are shown as Python writes them: texts in quotation marks, numbers, and truth values."""
    return alternative[0] in "'\"-0123456789" or alternative in ("True", "False")
