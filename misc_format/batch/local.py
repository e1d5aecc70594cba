"""The engine of one machine: a process a worker, fed one unit at a time.

A pool of its own, because it must be known which unit a worker had that was killed, and the others go on.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from misc_format.batch.jobs import Setup
from misc_format.batch.journal import Tally
from misc_format.batch.stores import LostError
from misc_format.system.threads import THREADS, single_threaded

EVERY = 0.1  # seconds between messages of a worker
FALSE_STARTS = 3  # workers that may die before any is ready
Listen = Callable[[int, Tally, bool], None]


class StoppedError(Exception):
    """A worker cannot go on, for a reason that concerns every file: `cause`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Worker(NamedTuple):
    process: Any
    pipe: Connection


def run(setup: Setup, numbers: Iterable[int], workers: int, listen: Listen) -> None:  # noqa: PLR0912
    """Do all units; `listen` is told a unit's number, what of it is done, and whether all is. With 0 workers, in this process.

    Raises `StoppedError`. Finished work stays whatever ends this.
    """
    waiting = deque(numbers)
    if workers == 0:
        _here(setup, waiting, listen)
        return
    busy: dict[Connection, tuple[_Worker, int | None]] = {}
    false_starts = 0
    try:
        # A worker that is alone may give its models all cores.
        with single_threaded(THREADS[:1] if workers == 1 else THREADS):
            while waiting or any(unit is not None for _, unit in busy.values()):
                while len(busy) < workers and sum(unit is None for _, unit in busy.values()) < len(waiting):
                    worker = _start(setup)
                    busy[worker.pipe] = worker, None
                for ready in wait([*busy]):
                    assert isinstance(ready, Connection)
                    worker, unit = busy[ready]
                    try:
                        message = ready.recv()
                    except (EOFError, OSError):  # it was killed
                        del busy[ready]
                        worker.process.join()
                        false_starts += unit is None
                        if false_starts >= FALSE_STARTS:
                            raise StoppedError(
                                LostError("workers end before they are ready, perhaps for lack of memory")
                            ) from None
                        if unit is not None:
                            waiting.appendleft(unit)
                        continue
                    if isinstance(message, Exception):
                        raise StoppedError(message)
                    if message is not None:
                        listen(*message)
                    if message is None or message[2]:  # it is ready for the next one
                        unit = waiting.popleft() if waiting else None
                        busy[ready] = worker, unit
                        if unit is None:
                            del busy[ready]
                            ready.close()
                        else:
                            _send(ready, unit)
    finally:
        for worker, _ in busy.values():
            worker.process.terminate()
            worker.process.join()


def _send(pipe: Connection, unit: int) -> None:
    with suppress(OSError):  # it has just died, which the next look at its pipe tells
        pipe.send(unit)


def _start(setup: Setup) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(setup, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _serve(setup: Setup, pipe: Connection) -> None:
    """A worker's life: load, say so, then unit after unit, until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the user's interrupt is for the process that started this one
    from misc_format.batch.work import Worker

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            worker = Worker(setup)
            pipe.send(None)
            while True:
                number = pipe.recv()
                pipe.send((number, worker.run(number, _teller(number, pipe)), True))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:
            pipe.send(portable(error))


def portable(error: Exception) -> Exception:
    """An error that another process can rebuild."""
    import pickle

    try:
        return pickle.loads(pickle.dumps(error)) if not isinstance(error, ModuleNotFoundError) else _module(error)
    except Exception:
        return LostError(f"{type(error).__name__}: {error}")


def _module(error: ModuleNotFoundError) -> Exception:
    return ModuleNotFoundError(error.msg, name=error.name)  # pickling by itself forgets the name


def _teller(number: int, pipe: Connection) -> Callable[[Tally], None]:
    last = [0.0]

    def tell(tally: Tally) -> None:
        now = time.monotonic()
        if now - last[0] >= EVERY:
            last[0] = now
            pipe.send((number, tally, False))

    return tell


def _here(setup: Setup, waiting: deque[int], listen: Listen) -> None:
    from misc_format.batch.work import Worker

    try:
        worker = Worker(setup)
        for number in waiting:
            listen(number, worker.run(number, lambda tally, number=number: listen(number, tally, False)), True)  # type: ignore[misc]
    except Exception as error:
        raise StoppedError(error) from error
