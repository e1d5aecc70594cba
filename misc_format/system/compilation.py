"""A notice that functions are being compiled, for commands. This module imports no numba, unlike `compiled`."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def on_first_compilation(listener: Callable[[], None]) -> None:
    """Call a function before this process compiles its first function, once."""
    _listeners.append(listener)


def announce() -> None:
    """A function is about to be compiled."""
    while _listeners:
        _listeners.pop()()
