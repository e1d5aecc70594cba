"""A line of the table of speed.py: how it is measured and printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

NONE = float("nan")


class Times(NamedTuple):
    """A line: the bytes, 0 for none, and milliseconds to encode, decode and validate, NaN for none."""

    name: str
    size: int
    encode: float
    decode: float
    validate: float = NONE


Lines = list[Times | str]  # a string is a remark, such as what is not installed


def milliseconds(call: Callable[[], Any], runs: int) -> float:
    """The median time of a call, after one that is not counted."""
    call()
    laps = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        laps.append(time.perf_counter() - start)
    return 1000 * statistics.median(laps)


def missing(name: str) -> str:
    """The remark in the place of a line."""
    return f"{name} is not installed"


def show_header() -> None:
    """Print the names of the columns."""
    print(f"{'':34}{'bytes':>8}{'encode':>11}{'decode':>11}{'validate':>11}{'ratio':>10}")


def show(lines: Lines) -> None:
    """Print a group of lines, then its remarks. The peers come after the methods, whose names have a slash."""
    times = [line for line in lines if isinstance(line, Times)]
    peer = next((line.decode for line in times if "/" not in line.name), None)
    for line in times:
        figures = "".join(map(_figure, line[2:]))
        ratio = f"{line.decode / peer:10.1f}" if peer and peer != line.decode else ""
        print(f"{line.name:34}{line.size or '-':>8}{figures}{ratio}")
    for remark in lines:
        if isinstance(remark, str):
            print(remark)


def _figure(value: float) -> str:
    return f"{value:11.3f}" if value == value else f"{'-':>11}"  # noqa: PLR0124  NaN
