"""The protocol between the harness and a decoder, in two checkouts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .differences import Change, Difference, rows, tables

AREA = "harness"


def protocol(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """The differences of versions, words and keys. A key that a reply must now have breaks the decoders that do not give it."""
    for found in tables(AREA, old, new, rows(AREA, {}, Change.BREAKING)):
        needed = found.change is Change.ADDITION and new[found.name].get("required")
        yield found._replace(change=Change.BREAKING, sentence="is added, and required") if needed else found
