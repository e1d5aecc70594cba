"""What ends a run before its last step: a signal, or the time that it was given."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[Event]:
    """An event that is set by the first SIGINT or SIGTERM; the second has its usual effect."""
    event = Event()
    usual = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def interrupt(*_: object) -> None:
        event.set()
        restore()

    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        yield event
    finally:
        restore()
