"""Phrases put together."""

from __future__ import annotations

from collections.abc import Sequence


def listed(phrases: Sequence[str]) -> str:
    """The phrases as a list in a sentence: "a, b and c". Empty without phrases."""
    *first, last = phrases or [""]
    return f"{', '.join(first)} and {last}" if first else last
