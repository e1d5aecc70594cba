"""Validation in processes of their own: many files on all cores, and files that must not take more time or memory than they may.

A process that dies or is stopped costs the verdict on its file, never that on another, and is never mistaken for "non-conforming".
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

import numpy as np

from misc_format.components import Grid, Maps, Stream, Text
from misc_format.document import Document
from misc_format.errors import MiscError
from misc_format.stream import write
from misc_format.validation.validator import Report, ValidationOptions, validate

Result = Report | Exception
MEBIBYTE = 2**20


class Bounds(NamedTuple):
    """What one file may take: `memory` in bytes beyond the program's own, `seconds` of wall time; None: what the format's limits allow."""

    memory: int | None = None
    seconds: float | None = None


class CrashError(RuntimeError):
    """A process ended without a result, which is a fault of this program."""


def check_one(source: str | bytes, wishes: ValidationOptions) -> Result:
    """The report on a file of this name or content, or what prevented one."""
    try:
        if isinstance(source, bytes):
            return validate(source, wishes)
        with open(source, "rb") as stream:  # noqa: PTH123 (the name as the system has it)
            return validate(stream.read(), wishes)
    except MemoryError:
        return _no_memory()
    except Exception as error:
        return error


def check_many(
    sources: Sequence[str | bytes], wishes: ValidationOptions, bounds: Bounds, jobs: int
) -> Iterator[tuple[int, Result, float]]:
    """Index, result and seconds of each file, as they are done. Raises `OSError` where memory cannot be bounded."""
    if bounds.memory is not None and _limits() is None:
        raise OSError("this system cannot bound the memory of a process; leave out --max-memory")
    waiting = deque(enumerate(sources))
    workers = [_Worker(wishes, bounds) for _ in range(max(1, min(jobs, len(sources))))]
    try:
        while waiting or any(worker.busy for worker in workers):
            for worker in workers:
                if not worker.busy and waiting:
                    worker.begin(*waiting.popleft())
            busy = [worker for worker in workers if worker.busy]
            soonest = min(worker.left for worker in busy)
            ready = wait([worker.pipe for worker in busy], None if bounds.seconds is None else max(0, soonest))
            for worker in busy:
                if worker.pipe in ready:
                    yield worker.result()
                elif worker.left <= 0:
                    yield worker.stopped()
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process that checks one file after another, and is started anew where it had to be stopped."""

    def __init__(self, wishes: ValidationOptions, bounds: Bounds) -> None:
        self._wishes = wishes
        self._bounds = bounds
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._wishes, self._bounds), daemon=True)
        self._process.start()
        theirs.close()
        self.busy = False
        self._ready = False
        self._index = 0
        self._begun = 0.0

    @property
    def left(self) -> float:
        """Seconds that the file may still take; what the process takes to start is not counted."""
        return float("inf") if self._bounds.seconds is None else self._begun + self._bounds.seconds - time.monotonic()

    def begin(self, index: int, source: str | bytes) -> None:
        """Hand over a file."""
        self.busy = True
        self._index = index
        self._begun = time.monotonic()
        with suppress(EOFError, ConnectionError):  # what became of it, `result` says
            if not self._ready:
                self.pipe.recv()
                self._ready = True
            self._begun = time.monotonic()
            self.pipe.send(source)

    def result(self) -> tuple[int, Result, float]:
        """What the process sent, or how it ended."""
        seconds = time.monotonic() - self._begun
        try:
            found: Result = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            code = self._process.exitcode
            # Code below Python ends the process where it gets no memory.
            found = CrashError(f"the process ended with code {code}") if self._bounds.memory is None else _no_memory()
            self._restart()
        self.busy = False
        return self._index, found, seconds

    def stopped(self) -> tuple[int, Result, float]:
        """End the process: its time is over."""
        seconds = time.monotonic() - self._begun
        self._restart()
        error = MiscError("MISC-RES-003", f"it takes more than {self._bounds.seconds:g} seconds", path="file")
        return self._index, error, seconds

    def _restart(self) -> None:
        self.end()
        self._start()

    def end(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def warm() -> None:
    """Bring modules, models and compiled functions into memory, so that no file pays for them."""
    dot = np.zeros((8, 8), np.uint8)
    for side in (8, 80):  # small maps and large ones have functions of their own
        content = Stream(8, 8, text=Text(""), maps=Maps((np.eye(side, dtype=np.bool_),)), image=Grid(dot))
        Document(write(content)).stream()  # writing tries every method
    for method in ("jbig2", "context"):
        Document(write(Stream(8, 8, maps=Maps((np.eye(80, dtype=np.bool_),)), methods={"maps": method}))).stream()


def _serve(pipe: Connection[Any, Any], wishes: ValidationOptions, bounds: Bounds) -> None:
    """Check what comes through the pipe until it is closed."""
    if bounds != Bounds():
        warm()
    if bounds.memory is not None:
        _bound(bounds.memory)
    with suppress(EOFError, KeyboardInterrupt):
        pipe.send(os.getpid())
        while True:
            result = check_one(pipe.recv(), wishes)
            try:
                pipe.send(result)
            except Exception:  # an error that cannot be sent as it is
                pipe.send(RuntimeError(f"{type(result).__name__}: {result}"))


def _bound(memory: int) -> None:
    """Let this process allocate so much more than it has."""
    found = _limits()
    assert found is not None
    resource, held = found
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _limits() -> tuple[Any, int] | None:
    """The module that bounds processes, and the bytes that this one has allocated; None where there is none."""
    if sys.platform != "linux":
        return None
    import resource

    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        sizes = dict(line.split(":", 1) for line in status)
    return resource, 1024 * int(sizes["VmData"].split()[0])


def _no_memory() -> MiscError:
    return MiscError("MISC-RES-002", "there is not enough memory for it", path="file")
