"""Jobs and handlers for tests: a file that says so ends its process, loops without end, or takes all memory.

python poison.py ARGUMENTS... is the `misc` command with such jobs.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from misc_format.engine.jobs import Bpp, Task, Validate
from misc_format.engine.pool import Begun, Order, Part
from misc_format.engine.rows import Row
from misc_format.engine.stores import UnavailableError

SIGNATURE = b"\xcd\x53\x43"


def _loop() -> None:
    while True:
        pass


def _take_all_memory() -> None:
    held = []
    while True:
        held.append(bytes(2**24))


def _lose() -> None:
    raise UnavailableError("the network is gone")


def _break() -> None:
    raise ZeroDivisionError("nobody foresaw this")


HARM: dict[str, Callable[[], None]] = {
    "exit": lambda: os._exit(7),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "abort": os.abort,
    "loop": _loop,
    "memory": _take_all_memory,
    "break": _break,
    "lost": _lose,
}


def poisoned(harm: str) -> bytes:
    """A file that does harm. It begins like a bitstream."""
    return SIGNATURE + b"poison " + harm.encode()


def _taste(data: bytes) -> None:
    if data.startswith(SIGNATURE + b"poison "):
        HARM[data.rpartition(b" ")[2].decode()]()


def _tasted(task: Task) -> Task:
    def taste(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
        for data, _ in files:
            _taste(data)
        return task(files)

    return taste


class PoisonedBpp(Bpp):
    """Nothing is loaded before the first file, so that a process starts fast."""

    def prepare(self, limited: bool = False) -> Task:
        return _tasted(super().prepare())


class PoisonedValidate(Validate):
    def prepare(self, limited: bool = False) -> Task:
        return _tasted(super().prepare())


class Handler:
    """Units are lists of words. The result of a word is the word in capitals; harm is done as above.

    `skipping`: seconds that it takes to move past a file that is left out, as in a shard.
    """

    def __init__(self, log: str = "", skipping: float = 0.0) -> None:
        self.log = log
        self.skipping = skipping

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        size = len(order.unit)
        index = order.start
        while index < size:
            left_out = order.fault is not None and order.fault.file == index
            count = 1 if left_out or index < order.single_until else min(4, size - index)
            yield Begun(index, count)
            words = order.unit[index : index + count]
            if left_out:
                assert order.fault is not None
                time.sleep(self.skipping)
                results = [(words[0], order.fault.error)]
            else:
                results = [(word, self._do(word)) for word in words]
            index += count
            yield Part(results, index)

    def _do(self, word: str) -> str:
        if self.log:
            with Path(self.log).open("a") as log:
                log.write(f"{word}\n")
        name, _, seconds = word.partition(" ")
        time.sleep(float(seconds or 0))
        HARM.get(name, lambda: None)()
        return word.upper()


class Stillborn:
    """A handler that its process does not live to see."""

    def __init__(self) -> None:
        os._exit(3)


class Unready:
    """A handler that cannot be made."""

    def __init__(self) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")


def end_driver(*_: object) -> None:
    """What runs Ray, and ends at once."""
    os._exit(7)


def talking_driver(job: Any, pipe: Any) -> None:
    """What runs Ray, where Ray has something to say."""
    from misc_format.batch import cluster

    cluster._events = lambda job: print("a machine died", flush=True) or iter([[]])  # type: ignore[func-returns-value]
    cluster._drive(job, pipe)


if __name__ == "__main__":
    from misc_format.cli import batch, counting, validation
    from misc_format.cli.app import app

    counting.Bpp = batch.Bpp = PoisonedBpp  # type: ignore[misc]
    validation.Validate = batch.Validate = PoisonedValidate  # type: ignore[misc]
    # A shell that runs the tests in the background makes all their processes ignore interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    app()
