"""Sweeps: tests over more cases than `make test` has time for.

`make test` runs a sample of each, `make test-all` a second one, and with MISC_SLOW=1 the rest, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeVar

import pytest

from tests.needs import SLOW, needs

Case = TypeVar("Case")


def swept(cases: Iterable[Case], left_out: Callable[[Case], bool]) -> list[Any]:
    """The parameters of a test, of which `make test` leaves some out."""
    return [pytest.param(case, marks=pytest.mark.sweep) if left_out(case) else case for case in cases]


class Part(Enum):
    """A part of the cases of a sweep that is one test."""

    SAMPLE = "sample"
    MORE = "more"
    REST = "rest"

    def of(self, cases: Sequence[Case]) -> list[Case]:
        """SAMPLE is the first of every sixteen cases, MORE the ninth, REST the others."""
        return [case for index, case in enumerate(cases) if self is _PARTS[index % len(_PARTS)]]


_PARTS = [Part.SAMPLE, *[Part.REST] * 7, Part.MORE, *[Part.REST] * 7]
PARTS = pytest.mark.parametrize(
    "part",
    [
        Part.SAMPLE,
        pytest.param(Part.MORE, marks=pytest.mark.sweep),
        pytest.param(Part.REST, marks=[pytest.mark.sweep, needs(SLOW)]),
    ],
    ids=lambda part: part.value,
)


def has_large_context_maps(expected: dict[str, Any]) -> bool:
    """Whether a vector of the manifest takes the plain decoder seconds or minutes."""
    symbols = expected.get("symbols", {})
    maps = symbols.get("maps", []) if symbols.get("methods", {}).get("maps") in ("context", "ragged") else []
    return any(grid["columns"] > 64 or grid["rows"] > 64 for grid in maps)
