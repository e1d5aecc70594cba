"""Counting many files: a few at a time, on all cores where payloads are decoded, results in the order of the files."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from misc_format.accounting import Account, account, account_many
from misc_format.reports.sources import STDIN
from misc_format.structure.container import SIGNATURE
from misc_format.system.threads import cores, single_threaded

BATCH = 64  # files whose texts are decoded side by side
BEGIN = 8  # bytes
WORTH_A_WORKER = 16  # files; a process takes as long to start
Found = Account | Exception


def count(paths: Iterable[str], total: int, *, deep: bool, workers: int | None = None) -> Iterator[Found]:
    """The account of each file, or what is wrong with it, in order; `total` is how many there are.

    Without `deep` a file takes less time than it takes to hand it to another process, so that this one does it.
    """
    if not deep:
        for path in paths:
            yield _shallow(path)
        return
    workers = min(workers or cores(), -(-total // WORTH_A_WORKER))
    size = max(1, min(BATCH, -(-total // max(1, workers))))
    if total < WORTH_A_WORKER:
        for batch in _batches(paths, size):
            yield from count_batch(batch)
    else:  # a single worker too: this process may have started BLAS with more threads than help
        yield from _side_by_side(_batches(paths, size), workers)


def count_batch(paths: Sequence[str]) -> list[Found]:
    """The accounts of a few files, payloads decoded. An error that is no `MiscError` is its own file's alone."""
    contents = [_read(path) for path in paths]
    files = [data for data in contents if isinstance(data, bytes)]
    try:
        found: Iterator[Found] = iter(account_many(files))
    except Exception:
        found = iter([_deep(data) for data in files])
    return [data if isinstance(data, Exception) else next(found) for data in contents]


def _side_by_side(batches: Iterator[list[str]], workers: int) -> Iterator[Found]:
    """Two batches a worker are under way, so that memory does not grow with the number of files.

    Where a worker is killed, this process does the batches that were under way, and the rest.
    """
    waiting: deque[tuple[list[str], Future[list[Found]] | None]] = deque()
    with single_threaded(), ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        pools: list[ProcessPoolExecutor] = [pool]
        waiting.extend((batch, _submit(pools, batch)) for batch in islice(batches, 2 * workers))
        while waiting:
            batch, future = waiting.popleft()
            yield from _result(pools, batch, future)
            waiting.extend((batch, _submit(pools, batch)) for batch in islice(batches, 1))


def _submit(pools: list[ProcessPoolExecutor], batch: list[str]) -> Future[list[Found]] | None:
    try:
        return pools[0].submit(count_batch, batch) if pools and STDIN not in batch else None
    except BrokenProcessPool:
        pools.clear()
        return None


def _result(pools: list[ProcessPoolExecutor], batch: list[str], future: Future[list[Found]] | None) -> list[Found]:
    try:
        return count_batch(batch) if future is None else future.result()
    except BrokenProcessPool:
        pools.clear()
        return count_batch(batch)


def _batches(paths: Iterable[str], size: int) -> Iterator[list[str]]:
    paths = iter(paths)
    while batch := list(islice(paths, size)):
        yield batch


def _read(path: str) -> bytes | Exception:
    """A whole file; of one that does not begin like a bitstream the beginning, which is refused as the whole would be."""
    try:
        if path == STDIN:
            return sys.stdin.buffer.read()
        with Path(path).open("rb") as stream:
            begin = stream.read(BEGIN)
            return begin + stream.read() if begin.startswith(SIGNATURE.to_bytes(3, "big")) else begin
    except Exception as error:
        return error


def _shallow(path: str) -> Found:
    data = _read(path)
    if isinstance(data, Exception):
        return data
    try:
        return account(data)
    except Exception as error:
        return error


def _deep(data: bytes) -> Found:
    try:
        return account(data, deep=True)
    except Exception as error:
        return error
