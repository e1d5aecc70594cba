"""Things: objects of a picture, counted, as words: "two people, a dog and an orange"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_KINDS: Final = 3  # that are named, at most
_COUNTS: Final = ("", "", "two", "three", "four", "five")  # and more are several
#: Kinds whose plural does not just end in s. Some have no singular either: "skis" are a pair.
_PLURALS: Final = {
    "person": "people", "bus": "buses", "bench": "benches", "sheep": "sheep", "skis": "skis", "wine glass": "wine glasses",
    "knife": "knives", "sandwich": "sandwiches", "broccoli": "broccoli", "couch": "couches", "mouse": "mice",
    "scissors": "scissors", "toothbrush": "toothbrushes",
}  # fmt: skip
_PAIRS: Final = ("skis", "scissors")
_UNCOUNTED: Final = ("broccoli",)


def things(names: Sequence[str]) -> str:
    """What is shown, kinds in the order in which they come first; empty where nothing is."""
    kinds = list(dict.fromkeys(names))[:_KINDS]
    worded = [_counted(kind, names.count(kind)) for kind in kinds]
    return " and ".join(filter(None, (", ".join(worded[:-1]), *worded[-1:])))


def _counted(kind: str, count: int) -> str:
    if kind in _UNCOUNTED:
        return kind
    if count == 1:
        return f"{'a pair of' if kind in _PAIRS else 'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    number = _COUNTS[count] if count < len(_COUNTS) else "several"
    return f"{number} {'pairs of ' if kind in _PAIRS else ''}{_PLURALS.get(kind, kind + 's')}"
