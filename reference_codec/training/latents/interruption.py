"""The interruption of a run by a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[Event]:
    """An event that the first SIGINT or SIGTERM sets. The second one has its usual effect."""
    event = Event()
    usual_handlers = {number: signal.getsignal(number) for number in SIGNALS}

    def restore() -> None:
        for number, handler in usual_handlers.items():
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
