"""Which rules the vectors do not show: each rule that a file can break needs a file that breaks just that rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from misc_format import validate
from misc_format.rules import FILE_RULES


def rules_without_vector(entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """The rules that no entry of the manifest breaks, or warns of."""
    shown = set()
    for entry in entries:
        shown |= {entry.get("rule"), *(warning["rule"] for warning in entry.get("warnings", ()))}
    return [rule for rule in FILE_RULES if rule not in shown]


def rules_without_atomic_vector(files: Iterable[bytes]) -> list[str]:
    """The rules that no file breaks alone, as the validator sees it."""
    found = [{issue.id for issue in validate(data).issues} for data in files]
    alone = {rule for broken in found if len(broken) == 1 for rule in broken}
    return [rule for rule in FILE_RULES if rule not in alone]
