"""Vectors that a registration withdraws (docs/stability.md).

A vector of a number that is reserved is not conforming only for that. When the number is registered, the file says something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def withdrawn(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """The vectors of the older checkout whose number the newer one registers, each with its number."""
    if any(isinstance(side[area], str) for side in (old, new) for area in ("registry", "vectors")):
        return {}  # one of them cannot be described
    found = {}
    for name, vector in old["vectors"].items():
        if "reserved" in vector:
            table, number = vector["reserved"]
            if number in new["registry"].get(table, {}) and number not in old["registry"].get(table, {}):
                found[name] = f"{table} {number}"
    return found
