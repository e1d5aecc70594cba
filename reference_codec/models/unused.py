"""A note on weights that a file has and a model does not use, so that none is left out in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

MAX_GROUPS: Final = 12  # that a note names


def unused_note(source: str, names: Iterable[str]) -> list[str]:
    """A note on weights of a source that are not used; none without names."""
    groups = Counter(_group(name) for name in sorted(names))
    if not groups:
        return []
    listed = [f"{group} ({count:,})" if group.endswith(".*") else group for group, count in groups.items()]
    more = f" and {len(listed) - MAX_GROUPS:,} more" if len(listed) > MAX_GROUPS else ""
    return [f"{source}: {groups.total():,} weights are not used: {', '.join(listed[:MAX_GROUPS])}{more}"]


def _group(name: str) -> str:
    first, dot, _ = name.partition(".")
    return f"{first}.*" if dot else first
