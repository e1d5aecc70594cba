"""The objects of a picture as counted nouns: "two people, a dog and an orange"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reference_codec.text.phrases import listed

_MAX_KINDS: Final = 3  # of objects that are named
_COUNTS: Final = ("", "", "two", "three", "four", "five")  # a larger count is "several"
#: Irregular plurals of the detector's kinds. "Skis" and "scissors" have no singular: they come in pairs.
_PLURALS: Final = {
    "person": "people", "bus": "buses", "bench": "benches", "sheep": "sheep", "skis": "skis", "wine glass": "wine glasses",
    "knife": "knives", "sandwich": "sandwiches", "broccoli": "broccoli", "couch": "couches", "mouse": "mice",
    "scissors": "scissors", "toothbrush": "toothbrushes",
}  # fmt: skip
_PAIRS: Final = ("skis", "scissors")
_UNCOUNTED: Final = ("broccoli",)


def things(names: Sequence[str]) -> str:
    """The kinds among the names, each with its count, in the order of their first occurrence; empty without names."""
    return listed([_counted(kind, names.count(kind)) for kind in kinds(names)])


def kinds(names: Sequence[str]) -> list[str]:
    """The kinds that are named: the first `_MAX_KINDS` different names."""
    return list(dict.fromkeys(names))[:_MAX_KINDS]


def _counted(kind: str, count: int) -> str:
    if kind in _UNCOUNTED:
        return kind
    if count == 1:
        return f"{'a pair of' if kind in _PAIRS else 'an' if kind[0] in 'aeiou' else 'a'} {kind}"
    number = _COUNTS[count] if count < len(_COUNTS) else "several"
    return f"{number} {'pairs of ' if kind in _PAIRS else ''}{_PLURALS.get(kind, kind + 's')}"
