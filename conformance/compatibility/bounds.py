"""The range of a number that is taken: of an option, or of a setting of a codec."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .differences import Change, Difference, shown

# Whether a bound takes fewer numbers than another one. No bound takes all.
TIGHTER: dict[str, Callable[[Any, Any], bool]] = {
    "least": lambda new, old: bool(new > old),
    "most": lambda new, old: bool(new < old),
}


def bounds(area: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """The differences of the keys `least` and `most` of two rows."""
    for key, is_tighter in TIGHTER.items():
        before, after = old.get(key), new.get(key)
        if before != after:
            tighter = after is not None and (before is None or is_tighter(after, before))
            sentence = f"{key} is {shown(after)}; it was {shown(before)}"
            yield Difference(Change.BREAKING if tighter else Change.ADDITION, area, name, sentence)
