"""The one pool of processes: each does one unit of work after another, under the eyes of the process that started it.

A unit is a number of files. A worker says which of them it is about to do (`Begun`), and what came of them (`Part`). So it is known
which files a worker had in hand when it died, or when their time was over. If these were several, they are done again one by one; if
it was one, it is tried once more if the worker died, and then the unit goes on behind it with the reason in its place.
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
from misc_format.engine.stores import LostError
from misc_format.errors import MiscError
from misc_format.system.threads import THREADS, cores, single_threaded

STRIKES: Final = 2  # workers that a file may end
FALSE_STARTS: Final = 3  # workers that may end one after another before they are ready
WINDOW: Final = (
    4  # units that each worker may be ahead of the oldest one that is not finished, where results are wanted in order
)
GRACE: Final = 10.0  # seconds that a process may take to end
MEBIBYTE: Final = 2**20


class Limits(NamedTuple):
    """What one file may take: `memory` in bytes beyond what its process has when it starts, `seconds` of wall time; None for no limit."""

    memory: int | None = None
    seconds: float | None = None


NO_LIMITS: Final = Limits()


class Fault(NamedTuple):
    """What a file, by its number in its unit, did to its process."""

    file: int
    error: Exception


class Order(NamedTuple):
    """What a worker is asked for: a unit, from file `start` on.

    `single_until`: files before this one are done one by one. `fault`: the file that is left out, with the reason. `supervised`: there
    is a pool, which replaces a worker that raises `WornError`.
    """

    unit: Any
    start: int = 0
    single_until: int = 0
    fault: Fault | None = None
    supervised: bool = False


class Begun(NamedTuple):
    """A worker is about to do so many files of its unit, or fewer, from number `first` on."""

    first: int
    files: int


class Part(NamedTuple):
    """What came of files. `done`: how many files of the unit are done now."""

    value: Any
    done: int


class Event(NamedTuple):
    """What a unit, by its number, has come to: the value of a part, or, with `last`, its end."""

    number: int
    value: Any = None
    last: bool = False


class Handler(Protocol):
    """What does the work, in a worker."""

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Do a unit. What this raises stops the run."""


class StoppedError(Exception):
    """The run cannot go on, for a reason that concerns every file: `cause`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class WornError(Exception):
    """A process that has done other files lacks memory for one: it may be for what those left behind."""


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
    """Up to `workers` processes, each with a handler of its own, made there by `make`; None: one for each core.

    They are started when there is work for them, and stay until the pool is closed. Raises `OSError` where memory cannot be limited.
    """

    def __init__(self, make: Callable[[], Handler], workers: int | None = None, limits: Limits = NO_LIMITS) -> None:
        if limits.memory is not None and _allocated() is None:
            raise OSError("this system cannot limit the memory of a process; leave out --max-memory")
        self._make = make
        self._size = max(1, workers or cores())
        self._limits = limits
        self._crew: dict[Connection, _Worker] = {}
        self._false_starts = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they do."""
        for worker in self._crew.values():
            worker.end()
        self._crew.clear()

    def run(self, units: Iterable[Any], *, ordered: bool = False) -> Iterator[Event]:
        """Do all units, which are numbered as they come, and say what comes of each when it comes. Raises `StoppedError`.

        `ordered`: the events of a unit may have to wait for those of the units before it, so that no worker gets far ahead.
        """
        feed = _Feed(units, WINDOW * self._size if ordered else None)
        while True:
            self._hand_out(feed)
            if not any(worker.number is not None for worker in self._crew.values()) and feed.empty:
                return
            for worker in self._ready():
                yield from self._listen(worker, feed)

    def _hand_out(self, feed: _Feed) -> None:
        idle = [worker for worker in self._crew.values() if worker.ready and worker.number is None]
        for worker in idle:
            if (following := feed.next()) is None:
                return
            worker.begin(*following)
        starting = sum(not worker.ready for worker in self._crew.values())
        free = self._size - len(self._crew)
        for _ in range(min(free, feed.waiting(starting + free) - starting)):
            # A worker that is single_until may give its models all cores.
            with single_threaded(THREADS[:1] if self._size == 1 else THREADS):
                worker = _Worker(self._make, self._limits)
            self._crew[worker.pipe] = worker

    def _ready(self) -> list[_Worker]:
        """The workers that have something to say, or whose time is over."""
        soonest = min((worker.left for worker in self._crew.values()), default=float("inf"))
        timeout = None if soonest == float("inf") else max(0.0, soonest)
        ready = wait([*self._crew], timeout)
        return [worker for pipe, worker in self._crew.items() if pipe in ready or worker.left <= 0]

    def _listen(self, worker: _Worker, feed: _Feed) -> Iterator[Event]:
        if not worker.pipe.poll():
            if worker.left <= 0:
                self._dismiss(worker)
                seconds = f"it takes more than {self._limits.seconds:g} seconds"
                feed.again(worker, MiscError("MISC-RES-003", seconds, path="file"), strikes=1)
            return
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._lost(worker, feed)
            return
        if isinstance(message, Exception):
            raise StoppedError(message)
        number = worker.number
        worker.heard(message)
        if message is None:  # ready for a unit
            self._false_starts = 0
            if number is not None:
                feed.finished(number)
                yield Event(number, last=True)
        elif isinstance(message, Part) and number is not None:
            yield Event(number, message.value)

    def _lost(self, worker: _Worker, feed: _Feed) -> None:
        """A process has ended that should not."""
        how = worker.ended()
        self._dismiss(worker)
        if worker.number is not None:
            error: Exception = CrashError(
                f"it ended its process {STRIKES} times ({how}); if that was for lack of memory, use fewer processes"
            )
            if self._limits.memory is not None:  # code below Python ends the process where it gets no memory
                error = MiscError("MISC-RES-002", f"there is not enough memory for it: {how}", path="file")
            feed.again(worker, error, strikes=STRIKES)
            return
        self._false_starts += 1
        if self._false_starts >= FALSE_STARTS:
            raise StoppedError(LostError(f"workers end before they are ready ({how}), perhaps for lack of memory"))

    def _dismiss(self, worker: _Worker) -> None:
        del self._crew[worker.pipe]
        worker.end()


class _Feed:
    """The units that are to be done, each with a number; those that are to be gone on with come first."""

    def __init__(self, units: Iterable[Any], window: int | None) -> None:
        self._units = enumerate(units)
        self._window = window
        self._waiting: deque[tuple[int, Order]] = deque()
        self._again: deque[tuple[int, Order]] = deque()
        self._under_way: set[int] = set()
        self._strikes = Counter[tuple[int, int]]()

    @property
    def empty(self) -> bool:
        """Whether all units have been handed out."""
        return self.waiting(1) == 0

    def waiting(self, max_units: int) -> int:
        """How many units there are to hand out now, or `max_units` if there are more."""
        while len(self._waiting) < max_units and (unit := next(self._units, None)) is not None:
            self._waiting.append((unit[0], Order(unit[1], supervised=True)))
        allowed = sum(self._allowed(number) for number, _ in self._waiting)
        return min(max_units, len(self._again) + allowed)

    def next(self) -> tuple[int, Order] | None:
        """The unit to be done next, with its number; None if there is none, or it would be too far ahead."""
        if self._again:
            following = self._again.popleft()
        elif self.waiting(1) and self._waiting:
            following = self._waiting.popleft()
        else:
            return None
        self._under_way.add(following[0])
        return following

    def finished(self, number: int) -> None:
        """A unit is done."""
        self._under_way.remove(number)

    def again(self, worker: _Worker, error: Exception, strikes: int) -> None:
        """A unit is to be gone on with, after what its files did to a worker. `strikes`: how often one may do so."""
        number, order, (first, files) = worker.number, worker.order, worker.at
        assert number is not None and order is not None
        fault = None
        if files <= 1:
            self._strikes[number, first] += 1
            if self._strikes[number, first] > strikes:  # not the file's fault, then: it was left out
                raise StoppedError(error)
            fault = Fault(first, error) if self._strikes[number, first] == strikes else None
        single_until = max(order.single_until, first + max(1, files))
        self._again.append((number, order._replace(start=first, single_until=single_until, fault=fault)))

    def _allowed(self, number: int) -> bool:
        oldest = min(self._under_way | {number for number, _ in self._again}, default=number)
        return self._window is None or number < oldest + self._window


class _Worker:
    """A process, and what it is about."""

    def __init__(self, make: Callable[[], Handler], limits: Limits) -> None:
        context = get_context("spawn")  # a fork of a process with threads may hang
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(make, limits, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._limits = limits
        self.ready = False
        self.number: int | None = None
        self.order: Order | None = None
        self.at = Begun(0, 0)
        self._since: float | None = None  # when the files in hand were begun

    @property
    def left(self) -> float:
        """Seconds that the files in hand may still take."""
        if self._limits.seconds is None or self._since is None:
            return float("inf")
        return self._since + self._limits.seconds - time.monotonic()

    def begin(self, number: int, order: Order) -> None:
        """Hand over a unit."""
        self.number, self.order, self.at = number, order, Begun(order.start, 0)
        with suppress(OSError):  # it has just died, which the next look at its pipe tells
            self.pipe.send(order)

    def heard(self, message: Begun | Part | None) -> None:
        """Note what the process says: which files it begins, how many are done, or, by None, that it is ready for a unit."""
        self._since = None
        if isinstance(message, Begun):
            fault = self.order.fault if self.order is not None else None
            is_left_out = fault is not None and fault.file == message.first
            self.at, self._since = message, None if is_left_out else time.monotonic()
        elif isinstance(message, Part):
            self.at = Begun(message.done, 0)
        else:
            self.ready, self.number, self.order = True, None, None

    def ended(self) -> str:
        """How the process, which has closed its pipe, ended."""
        self._process.join(GRACE)
        return _how(self._process.exitcode)

    def end(self) -> None:
        """Stop the process, whatever it does."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _how(code: int | None) -> str:
    """How a process ended, by its exit code."""
    if code is not None and code < 0:
        with suppress(ValueError):
            return f"signal {-code}, {signal.Signals(-code).name}"
        return f"signal {-code}"
    return f"exit code {code}"


def _serve(make: Callable[[], Handler], limits: Limits, pipe: Connection) -> None:
    """A worker's life: load, say so, then unit after unit, until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the user's interrupt is for the process that started this one
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
        except (WornError, MemoryError):
            return
        except Exception as error:
            pipe.send(portable(error))


def _end_with_parent() -> None:
    """End this process when the one that started it has ended, even in the middle of a file."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def portable(error: Exception) -> Exception:
    """An error that another process can rebuild."""
    import pickle

    try:
        return pickle.loads(pickle.dumps(error)) if not isinstance(error, ModuleNotFoundError) else _module(error)
    except Exception:
        return LostError(f"{type(error).__name__}: {error}")


def _module(error: ModuleNotFoundError) -> Exception:
    return ModuleNotFoundError(error.msg, name=error.name)  # pickling by itself forgets the name


def _limit_memory(memory: int) -> None:
    """Let this process allocate so much more than it has."""
    import resource

    held = _allocated()
    assert held is not None
    resource.setrlimit(resource.RLIMIT_DATA, (held + memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _allocated() -> int | None:
    """The bytes that this process has allocated; None on a system that cannot limit them."""
    if sys.platform != "linux":
        return None
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
        sizes = dict(line.split(":", 1) for line in status)
    return 1024 * int(sizes["VmData"].split()[0])
