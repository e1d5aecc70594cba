"""Sweeps: tests over more cases than `make test` has time for. It runs a sample of each; `make test-all` runs all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any, TypeVar

import pytest

Case = TypeVar("Case")


def swept(cases: Iterable[Case], left_out: Callable[[Case], bool]) -> list[Any]:
    """The parameters of a test, of which `make test` leaves some out."""
    return [pytest.param(case, marks=pytest.mark.sweep) if left_out(case) else case for case in cases]


class Part(Enum):
    """A part of the cases of a sweep that is one test."""

    SAMPLE = "sample"
    REST = "rest"

    def of(self, cases: Sequence[Case]) -> list[Case]:
        """Every sixteenth case, the first among them, or all others."""
        return [case for index, case in enumerate(cases) if (index % 16 == 0) == (self is Part.SAMPLE)]


SAMPLE_AND_REST = pytest.mark.parametrize(
    "part", swept(Part, lambda part: part is Part.REST), ids=lambda part: part.value
)


def has_large_context_maps(expected: dict[str, Any]) -> bool:
    """Whether a vector of the manifest takes the plain decoder seconds or minutes."""
    symbols = expected.get("symbols", {})
    maps = symbols.get("maps", []) if symbols.get("methods", {}).get("maps") == "context" else []
    return any(grid["columns"] > 64 or grid["rows"] > 64 for grid in maps)
