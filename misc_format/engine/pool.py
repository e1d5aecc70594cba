"""The pool of processes. Each worker does one unit after another, and the process that started it watches it.

A unit is a number of files. A worker reports which files it begins (`Begun`), and their results (`Part`). So the pool knows which files
a worker had begun when it crashed or timed out. If there were several, they are done again one by one. If there was one, it is tried
again after a crash, but not after a timeout. A file that fails again is left out: the reason becomes its result, and the unit goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import Any, Final, NamedTuple, Protocol

from misc_format.engine.problems import CrashError
from misc_format.engine.stores import UnavailableError
from misc_format.errors import MiscError
from misc_format.system.threads import MAX_WORKERS, THREADS, cores, single_threaded

MAX_CRASHES: Final = 2  # workers that one file may crash
MAX_FALSE_STARTS: Final = 3  # workers in a row that may end before they are ready
UNITS_AHEAD: Final = 4  # per worker: how far results in order may run ahead of the oldest unfinished unit
MAX_EXIT_SECONDS: Final = 10.0  # that a process may take to end
MEBIBYTE: Final = 2**20


class Limits(NamedTuple):
    """The limits of one file; None: no limit. `memory`: bytes, beyond those of the process at its start. `seconds`: of wall time."""

    memory: int | None = None
    seconds: float | None = None


NO_LIMITS: Final = Limits()


class Fault(NamedTuple):
    """The failure of a file that crashed its process or timed out. `file`: its number in its unit."""

    file: int
    error: Exception


class Order(NamedTuple):
    """An order to a worker: do a unit, from file `start` on.

    `single_until`: files before this number are done one by one. `fault`: a file to leave out, with the reason. `supervised`: a pool
    replaces the worker if it raises `RestartError`.
    """

    unit: Any
    start: int = 0
    single_until: int = 0
    fault: Fault | None = None
    supervised: bool = False


class Begun(NamedTuple):
    """A worker begins at most `files` files of its unit, from number `first` on."""

    first: int
    files: int


class Part(NamedTuple):
    """The result of some files. `done`: the number of files of the unit that are done now."""

    value: Any
    done: int


class Event(NamedTuple):
    """News of the unit with this number: the value of a part, or, with `last`, its end."""

    number: int
    value: Any = None
    last: bool = False


class Handler(Protocol):
    """The function that does the work in a worker."""

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Do a unit. An error stops the run."""


class StoppedError(Exception):
    """The run cannot go on. `cause`: the reason, which concerns every file."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class RestartError(Exception):
    """A worker lacks memory for a file, perhaps because of the files that it did before. A fresh worker should try it."""


def run_here(make: Callable[[], Handler], units: Iterable[Any]) -> Iterator[Event]:
    """Do all units in this process. Raises `StoppedError`."""
    try:
        handler = make()
        for number, unit in enumerate(units):
            for message in handler(Order(unit)):
                if isinstance(message, Part):
                    yield Event(number, message.value)
            yield Event(number, last=True)
    except Exception as error:
        raise StoppedError(error) from error


def in_order(events: Iterable[Event]) -> Iterator[Any]:
    """The values of all parts, unit after unit."""
    early: dict[int, list[Event]] = {}
    number = 0
    for event in events:
        early.setdefault(event.number, []).append(event)
        while number in early:
            ready = early.pop(number)
            yield from (event.value for event in ready if not event.last)
            if not ready or not ready[-1].last:
                early[number] = []
                break
            number += 1


class Pool:
    """Up to `workers` processes, at most `MAX_WORKERS`; None: one per core. Each calls `make` for its own handler.

    A process is started when there is work for it, and lives until the pool is closed. Raises `OSError` if memory cannot be limited.
    """

    def __init__(self, make: Callable[[], Handler], workers: int | None = None, limits: Limits = NO_LIMITS) -> None:
        if limits.memory is not None and _allocated() is None:
            raise OSError("this system cannot limit the memory of a process; leave out --max-memory")
        self._make = make
        self._size = max(1, min(workers or cores(), MAX_WORKERS))
        self._limits = limits
        self._workers: dict[Connection, _Worker] = {}
        self._false_starts = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill all processes."""
        for worker in self._workers.values():
            worker.kill()
        self._workers.clear()

    def run(self, units: Iterable[Any], *, ordered: bool = False) -> Iterator[Event]:
        """Do all units, and yield their events as they come. Units are numbered in the order of `units`. Raises `StoppedError`.

        `ordered`: the caller reads the events unit by unit, so no worker gets far ahead.
        """
        feed = _Feed(units, UNITS_AHEAD * self._size if ordered else None)
        while True:
            self._assign(feed)
            if not any(worker.number is not None for worker in self._workers.values()) and feed.empty:
                return
            for worker in self._wait():
                yield from self._listen(worker, feed)

    def _assign(self, feed: _Feed) -> None:
        idle = [worker for worker in self._workers.values() if worker.ready and worker.number is None]
        for worker in idle:
            if (assignment := feed.take()) is None:
                return
            worker.assign(*assignment)
        starting = sum(not worker.ready for worker in self._workers.values())
        free = self._size - len(self._workers)
        for _ in range(min(free, feed.available(starting + free) - starting)):
            # A single worker may use all cores for its models.
            with single_threaded(THREADS[:1] if self._size == 1 else THREADS):
                worker = _Worker(self._make, self._limits)
            self._workers[worker.pipe] = worker

    def _wait(self) -> list[_Worker]:
        """Wait for the workers that sent a message, ended or timed out, and return them."""
        soonest = min((worker.seconds_left for worker in self._workers.values()), default=float("inf"))
        timeout = None if soonest == float("inf") else max(0.0, soonest)
        ready = wait([*self._workers], timeout)
        return [worker for pipe, worker in self._workers.items() if pipe in ready or worker.seconds_left <= 0]

    def _listen(self, worker: _Worker, feed: _Feed) -> Iterator[Event]:
        if not worker.pipe.poll():
            if worker.seconds_left <= 0:
                self._dismiss(worker)
                message = f"it takes more than {self._limits.seconds:g} seconds"
                feed.retry(worker, MiscError("MISC-RES-003", message, path="file"), max_failures=1)
            return
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._handle_exit(worker, feed)
            return
        if isinstance(message, Exception):
            raise StoppedError(message)
        number = worker.number
        worker.receive(message)
        if message is None:  # ready for a unit
            self._false_starts = 0
            if number is not None:
                feed.finish(number)
                yield Event(number, last=True)
        elif isinstance(message, Part) and number is not None:
            yield Event(number, message.value)

    def _handle_exit(self, worker: _Worker, feed: _Feed) -> None:
        """Replace a worker that ended by itself."""
        reason = worker.exit_reason()
        self._dismiss(worker)
        if worker.number is not None:
            error: Exception = CrashError(
                f"it ended its process {MAX_CRASHES} times ({reason}); if that was for lack of memory, use fewer processes"
            )
            if self._limits.memory is not None:  # native code ends the process if it gets no memory
                error = MiscError("MISC-RES-002", f"there is not enough memory for it: {reason}", path="file")
            feed.retry(worker, error, max_failures=MAX_CRASHES)
            return
        self._false_starts += 1
        if self._false_starts >= MAX_FALSE_STARTS:
            raise StoppedError(
                UnavailableError(f"workers end before they are ready ({reason}), perhaps for lack of memory")
            )

    def _dismiss(self, worker: _Worker) -> None:
        del self._workers[worker.pipe]
        worker.kill()


class _Feed:
    """The numbered units that are still to do. Interrupted units come first."""

    def __init__(self, units: Iterable[Any], window: int | None) -> None:
        self._units = enumerate(units)
        self._window = window
        self._new: deque[tuple[int, Order]] = deque()
        self._interrupted: deque[tuple[int, Order]] = deque()
        self._assigned: set[int] = set()
        self._failures = Counter[tuple[int, int]]()

    @property
    def empty(self) -> bool:
        """Whether all units have been assigned."""
        return self.available(1) == 0

    def available(self, max_units: int) -> int:
        """The number of units that can be assigned now, at most `max_units`."""
        while len(self._new) < max_units and (unit := next(self._units, None)) is not None:
            self._new.append((unit[0], Order(unit[1], supervised=True)))
        allowed = sum(self._allowed(number) for number, _ in self._new)
        return min(max_units, len(self._interrupted) + allowed)

    def take(self) -> tuple[int, Order] | None:
        """The next unit, with its number; None if there is none, or if it would be too far ahead."""
        if self._interrupted:
            assignment = self._interrupted.popleft()
        elif self.available(1) and self._new:
            assignment = self._new.popleft()
        else:
            return None
        self._assigned.add(assignment[0])
        return assignment

    def finish(self, number: int) -> None:
        """Note that a unit is done."""
        self._assigned.remove(number)

    def retry(self, worker: _Worker, error: Exception, max_failures: int) -> None:
        """Queue the rest of a unit again after a crash or a timeout. A file is left out after `max_failures` failures."""
        number, order, (first, files) = worker.number, worker.order, worker.current
        assert number is not None and order is not None
        fault = None
        if files <= 1:
            self._failures[number, first] += 1
            failures = self._failures[number, first]
            if failures > max_failures:  # the file was left out, so it is not at fault
                raise StoppedError(error)
            fault = Fault(first, error) if failures == max_failures else None
        single_until = max(order.single_until, first + max(1, files))
        self._interrupted.append((number, order._replace(start=first, single_until=single_until, fault=fault)))

    def _allowed(self, number: int) -> bool:
        oldest = min(self._assigned | {number for number, _ in self._interrupted}, default=number)
        return self._window is None or number < oldest + self._window


class _Worker:
    """A process, and the unit that it does."""

    def __init__(self, make: Callable[[], Handler], limits: Limits) -> None:
        context = get_context("spawn")  # a fork of a process with threads may hang
        self.pipe, worker_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, limits, worker_end), daemon=True)
        self._process.start()
        worker_end.close()
        self._limits = limits
        self.ready = False
        self.number: int | None = None
        self.order: Order | None = None
        self.current = Begun(0, 0)
        self._begun_at: float | None = None  # when the current files were begun

    @property
    def seconds_left(self) -> float:
        """Seconds until the current files time out."""
        if self._limits.seconds is None or self._begun_at is None:
            return float("inf")
        return self._begun_at + self._limits.seconds - time.monotonic()

    def assign(self, number: int, order: Order) -> None:
        """Send a unit to the process."""
        self.number, self.order, self.current = number, order, Begun(order.start, 0)
        with suppress(OSError):  # it has just ended; the next read of its pipe shows that
            self.pipe.send(order)

    def receive(self, message: Begun | Part | None) -> None:
        """Note a message of the process: it begins files, has done files, or (None) is ready for a unit."""
        self._begun_at = None
        if isinstance(message, Begun):
            fault = self.order.fault if self.order is not None else None
            is_left_out = fault is not None and fault.file == message.first
            self.current, self._begun_at = message, None if is_left_out else time.monotonic()
        elif isinstance(message, Part):
            self.current = Begun(message.done, 0)
        else:
            self.ready, self.number, self.order = True, None, None

    def exit_reason(self) -> str:
        """The reason why the process ended. It must have closed its pipe."""
        self._process.join(MAX_EXIT_SECONDS)
        return describe_exit(self._process.exitcode)

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def describe_exit(code: int | None) -> str:
    """The exit code or signal in words."""
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"signal {-code}, {signal.Signals(-code).name}"
        return f"signal {-code}"
    return f"exit code {code}"


def _serve(make: Callable[[], Handler], limits: Limits, pipe: Connection) -> None:
    """Run a worker: load the handler, report that, and do units until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is handled by the process that started this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            handler = make()
            if limits.memory is not None:
                _limit_memory(limits.memory)
            pipe.send(None)
            while True:
                for message in handler(pipe.recv()):
                    pipe.send(message)
                pipe.send(None)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except (RestartError, MemoryError):
            return
        except Exception as error:
            pipe.send(portable(error))


def _end_with_parent() -> None:
    """End this process when its parent ends, even in the middle of a file."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def portable(error: Exception) -> Exception:
    """The error in a form that can be sent to another process."""
    import pickle

    try:
        return pickle.loads(pickle.dumps(error)) if not isinstance(error, ModuleNotFoundError) else _rebuilt(error)
    except Exception:
        return UnavailableError(f"{type(error).__name__}: {error}")


def _rebuilt(error: ModuleNotFoundError) -> Exception:
    return ModuleNotFoundError(error.msg, name=error.name)  # pickle loses the name


def _limit_memory(memory: int) -> None:
    """Let this process allocate at most `memory` more bytes."""
    import resource

    allocated = _allocated()
    assert allocated is not None
    resource.setrlimit(resource.RLIMIT_DATA, (allocated + memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _allocated() -> int | None:
    """The bytes that this process has allocated; None on a system that cannot limit them."""
    if sys.platform != "linux":
        return None
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        sizes = dict(line.split(":", 1) for line in status)
    return 1024 * int(sizes["VmData"].split()[0])
