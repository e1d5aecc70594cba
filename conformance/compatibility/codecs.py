"""Two rows of the table of published codecs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bounds import bounds
from .differences import Change, Difference, rows, tables

AREA = "codec"
# Words for people. All else decides which sources are taken, and which bytes they become.
WORDS = dict.fromkeys(
    ("title", "repository", "needs", "divided_by", "uncounted", "holds", "meaning", "files", "own"), Change.OTHER
)
RANGE = ("least", "most")


def codecs(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Two codecs of the same name: their own rows, and those of their parts, settings and forms."""
    before, after = ({f"{name} {inner}": row for inner, row in side.items()} for side in (old, new))
    for found in tables(AREA, before, after, _row):
        needed = found.change is Change.ADDITION and found.name not in before and after[found.name].get("needed")
        yield found._replace(change=Change.BREAKING, sentence="is added, and needed") if needed else found


def _row(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Difference]:
    yield from bounds(AREA, name, old, new)
    before, after = ({key: value for key, value in row.items() if key not in RANGE} for row in (old, new))
    yield from rows(AREA, WORDS, Change.BREAKING)(name, before, after)
