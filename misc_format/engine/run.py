"""Many files, a row each, in the order of the files: what `misc bpp` and `misc validate` do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from misc_format.engine.jobs import Job
from misc_format.engine.pool import NO_LIMITS, Begun, Event, Limits, Order, Part, Pool, StoppedError, in_order, run_here
from misc_format.engine.rows import Row
from misc_format.engine.sources import STDIN, Entry
from misc_format.engine.work import Group, Input, Work
from misc_format.system.threads import cores

WORTH_A_WORKER = 16  # files; a process takes as long to start


class Extent(NamedTuple):
    """How much there is to do. How many files are in a shard is not known."""

    files: int
    shards: int

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Extent:
        """The extent of some entries."""
        shards = [entry.is_shard for entry in entries]
        return cls(shards.count(False), shards.count(True))


class _RowMaker:
    """What a worker keeps: a unit in, its rows out."""

    def __init__(self, job: Job, limited: bool) -> None:
        self._work = Work(job, limited=limited)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """The rows of a unit's files, in order, group after group."""
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
    """The row of every file, in order. `workers`: processes; if None, as many as are worth their start, at most one for each core.

    Raises what concerns every file: `OSError`, `ModuleNotFoundError`.
    """
    limited = limits != NO_LIMITS
    many = extent.files + extent.shards * WORTH_A_WORKER
    size = max(1, min(workers, many) if workers else min(cores(), -(-many // WORTH_A_WORKER)))
    units = _units(entries, max(1, min(job.group, -(-extent.files // size))))
    make = partial(_RowMaker, job, limited)
    try:
        if not limited and (job.light or (many < 2 and workers is None)):
            # Nothing is lost here by a file that ends this process: there is no other.
            yield from _flat(run_here(make, units))
            return
        with Pool(make, size, limits) as pool:
            yield from _flat(pool.run(units, ordered=True))
    except StoppedError as error:
        raise error.cause from None


def _flat(events: Iterator[Event]) -> Iterator[Row]:
    return (row for group in in_order(events) for row in group)


def _units(entries: Iterable[Entry], size: int) -> Iterator[list[Entry | Input]]:
    """So many files a unit, or one shard. Standard input is read here: no other process has it."""
    waiting: list[Entry | Input] = []
    for entry in entries:
        if entry.is_shard and waiting:
            yield waiting
            waiting = []
        waiting.append(_given() if entry.path == STDIN else entry)
        if entry.is_shard or len(waiting) >= size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _given() -> Input:
    return Input(STDIN, STDIN, partial(bytes, sys.stdin.buffer.read()))
