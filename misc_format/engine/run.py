"""The rows of many files, in the order of the files. `misc bpp` and `misc validate` use it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from misc_format.engine.jobs import Job
from misc_format.engine.pool import NO_LIMITS, Begun, Event, Limits, Order, Part, Pool, StoppedError, in_order, run_here
from misc_format.engine.rows import Row
from misc_format.engine.sources import STDIN, Entry
from misc_format.engine.work import Group, Input, Work, fail
from misc_format.system.reading import read_limited
from misc_format.system.threads import cores

FILES_PER_WORKER = 16  # a process takes about as long to start as this many files take


class Extent(NamedTuple):
    """The number of files and of shards. The number of files in a shard is not known."""

    files: int
    shards: int

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Extent:
        """The extent of these entries."""
        shards = [entry.is_shard for entry in entries]
        return cls(shards.count(False), shards.count(True))


class _RowMaker:
    """The handler in a worker. It takes a unit and yields its rows."""

    def __init__(self, job: Job, limited: bool) -> None:
        self._work = Work(job, limited=limited)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """The rows of a unit, in order, group by group."""
        inputs = self._work.reader.inputs(order.unit)
        index = sum(1 for _, _ in zip(range(order.start), inputs, strict=False))
        for message in self._work.groups(inputs, order, index):
            if isinstance(message, Group):
                index += len(message.rows)
                yield Part(message.rows, index)
            else:
                yield message


def rows(
    entries: Iterable[Entry], job: Job, extent: Extent, workers: int | None = None, limits: Limits = NO_LIMITS
) -> Iterator[Row]:
    """The row of every file, in order.

    `workers`: the number of processes; None: one per FILES_PER_WORKER files, and at most one per core. Raises `OSError` or
    `ModuleNotFoundError` for a fault that concerns every file.
    """
    limited = limits != NO_LIMITS
    files = extent.files + extent.shards * FILES_PER_WORKER
    size = max(1, min(workers, files) if workers else min(cores(), -(-files // FILES_PER_WORKER)))
    units = _units(entries, max(1, min(job.group, -(-extent.files // size))))
    make = partial(_RowMaker, job, limited)
    try:
        if not limited and (job.light or (files < 2 and workers is None)):
            # A crash loses nothing here: there is no other file, or the job cannot crash.
            yield from _flat(run_here(make, units))
            return
        with Pool(make, size, limits) as pool:
            yield from _flat(pool.run(units, ordered=True))
    except StoppedError as error:
        raise error.cause from None


def _flat(events: Iterator[Event]) -> Iterator[Row]:
    return (row for group in in_order(events) for row in group)


def _units(entries: Iterable[Entry], size: int) -> Iterator[list[Entry | Input]]:
    """Units of `size` files, or of one shard. Standard input is read here, because no worker has it."""
    waiting: list[Entry | Input] = []
    for entry in entries:
        if entry.is_shard and waiting:
            yield waiting
            waiting = []
        waiting.append(_stdin_input() if entry.path == STDIN else entry)
        if entry.is_shard or len(waiting) >= size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _stdin_input() -> Input:
    try:
        return Input(STDIN, STDIN, partial(bytes, read_limited(sys.stdin.buffer)))
    except OSError as error:
        return Input(STDIN, STDIN, partial(fail, error))
