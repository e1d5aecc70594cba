"""What the work on one input takes, and what it may take: processor time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from .campaign import require

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")  # of Linux; elsewhere memory is not measured
_KIBIBYTE: Final = 2**10


class Budget(NamedTuple):
    """What one input may take: seconds of processor time, and bytes of memory beyond those in use before."""

    seconds: float
    memory: int

    def spend(self, work: Callable[[], None]) -> None:
        """Do some work. Raises what it raises, and `PropertyError` if it takes more than the budget, whether it raises or not."""
        spent = Spent()
        try:
            with spent:
                work()
        finally:
            require(spent.seconds <= self.seconds, f"it takes {spent.seconds:.1f} s, more than {self.seconds:g}")
            require(
                spent.memory <= self.memory, f"it takes {spent.memory:,} bytes of memory, more than {self.memory:,}"
            )


class Spent:
    """A context that measures what is done in it: seconds of processor time, and bytes of memory beyond those in use before."""

    def __init__(self) -> None:
        self.seconds, self.memory = 0.0, 0

    def __enter__(self) -> None:
        _forget_peak()
        self._before = time.process_time(), _memory("VmRSS")

    def __exit__(self, *_: object) -> None:
        seconds, memory = self._before
        self.seconds, self.memory = time.process_time() - seconds, _memory("VmHWM") - memory


def _forget_peak() -> None:
    """Let the largest amount of memory begin with what is in use now."""
    with suppress(OSError):
        _RESET.write_text("5", encoding="ascii")


def _memory(name: str) -> int:
    """A number of bytes from the system's account of this process; 0 where there is none."""
    with suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * _KIBIBYTE
    return 0
