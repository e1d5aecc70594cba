"""Many files on all cores, each checked for what must hold of every file: the part that all kinds of fuzzing share.

File number i of a seed is always the same, whatever the number of processes. With `--log`, the same command goes on where it was
interrupted, and `totals` adds up the logs of several runs. One file can be looked at alone (`--start N --count 1 --write folder`).
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from misc_format.system.threads import cores

from .totals import Stretch, Totals, Use, append, remaining, stretches

CHUNK = 200  # files
CHUNKS_PER_PROCESS = 100  # before it is replaced
STRETCH, STRETCH_SECONDS = 5_000, 60  # a line of the log is written after so many files or seconds
NO_USES: Final[Mapping[str, Use]] = {}


class PropertyError(AssertionError):
    """A file does not have a property that every file must have."""


class Checked(NamedTuple):
    """The result for one file: a verdict, marks that are counted, and what each of its methods took, if that was measured."""

    verdict: str
    marks: Sequence[str]
    uses: Mapping[str, Use] = NO_USES


class Campaign(NamedTuple):
    """What is done with each number. All functions stand at the top of a module, so that other processes can import them.

    `file_of` takes the seed, the number, and whether the run is a full one. `check` takes a file and its number, and raises an exception
    if the file fails. `prepare` is called once in each process with whether the run is a full one. `marks` says what the marks are,
    `scope` what a run covers, by whether it is a full one. `chunk`: files that a process gets at a time. `seconds`: the clock time that
    one file may take, unless the command line says otherwise.
    """

    file_of: Callable[[int, int, bool], bytes]
    check: Callable[[bytes, int], Checked]
    prepare: Callable[[bool], None]
    marks: str
    scope: dict[bool, str]
    chunk: int = CHUNK
    seconds: float = 60


CheckChunk = Callable[[range], Totals]


def require(condition: bool, message: str) -> None:
    """Raise `PropertyError` unless the condition holds."""
    if not condition:
        raise PropertyError(message)


def check_chunk(campaign: Campaign, seed: int, seconds: float, full: bool, indices: range) -> Totals:
    """Check some files. A file that takes longer than `seconds` ends the process, with a traceback on standard error.

    It may take a tenth more, because the clock is not set anew for each file: that starts a thread, which takes as long as a small file.
    """
    totals = Totals()
    begun, due = time.process_time(), 0.0
    for index in indices:
        start = time.perf_counter()
        if start >= due:
            faulthandler.dump_traceback_later(1.1 * seconds, exit=True)
            due = start + 0.1 * seconds
        try:
            verdict, marks, uses = campaign.check(campaign.file_of(seed, index, full), index)
            failures = []
        except Exception as error:
            verdict, marks, uses = "failure", (), NO_USES
            failures = [f"file {index}: {type(error).__name__}: {error}"]
        slowest = (time.perf_counter() - start, index)
        totals.add(Totals(Counter([verdict]), Counter(marks), failures, slowest, uses=dict(uses)))
    faulthandler.cancel_dump_traceback_later()
    totals.processor = time.process_time() - begun
    return totals


def run(campaign: Campaign, seed: int, indices: range, jobs: int, seconds: float, full: bool) -> Iterator[Totals]:
    """Check many files. A file that ends its process is a failure, and the others go on."""
    chunks = [indices[first : first + campaign.chunk] for first in range(0, len(indices), campaign.chunk)]
    check = partial(check_chunk, campaign, seed, seconds, full)
    while chunks:
        with _pool(campaign, jobs, full) as pool:
            submitted = {pool.submit(check, chunk): chunk for chunk in chunks[: CHUNKS_PER_PROCESS * jobs]}
            chunks = chunks[CHUNKS_PER_PROCESS * jobs :]
            for future, chunk in submitted.items():
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield from _check_one_by_one(check, chunk, partial(_pool, campaign, 1, full))


def _pool(campaign: Campaign, jobs: int, full: bool) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(campaign.prepare, full))


def _begin(prepare: Callable[[bool], None], full: bool) -> None:
    """Prepare a process, which ends when the one that started it is killed: a pool would leave it waiting for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
    prepare(full)


def _check_one_by_one(
    check: CheckChunk, chunk: range, pool_of_one: Callable[[], ProcessPoolExecutor]
) -> Iterator[Totals]:
    """Check a chunk again, file by file: one of them, or one of another chunk, has ended the process. It takes a new process to go on."""
    remaining = list(chunk)
    while remaining:
        with pool_of_one() as pool:
            while remaining:
                index = remaining.pop(0)
                try:
                    yield pool.submit(check, range(index, index + 1)).result()
                except BrokenProcessPool:
                    failure = f"file {index}: the process died, or took more time than it may"
                    yield Totals(Counter({"failure": 1}), failures=[failure])
                    break


def main(campaign: Campaign, program: str, description: str, count: int = 10_000) -> int:
    """Run a campaign from the command line and print its figures; 1 if a file failed. `count` is the default of `--count`."""
    options = _parser(campaign, program, description, count).parse_args()
    indices = range(options.start, options.start + options.count)
    if options.write:
        _write(campaign, options.seed, indices, options.full, options.write)
        return 0
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes are side by side
    # Memory that is freed goes back to the system, so that the next file is seen to take it.
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(2**17))
    start = time.perf_counter()
    total = Totals()
    for totals in _logged(campaign, program, options, indices) if options.log else _run(campaign, options, indices):
        total.add(totals)
        print(f"\r{total.verdicts.total():,} files, {len(total.failures)} failures", end="", file=sys.stderr)
    print(file=sys.stderr)
    title = f"{total.verdicts.total():,} files of seed {options.seed} from {options.start}"
    print(f"{title}, {time.perf_counter() - start:,.0f} s, {options.jobs} processes ({campaign.scope[options.full]})")
    print(*total.lines(campaign.marks), sep="\n")
    return int(bool(total.failures))


def _run(campaign: Campaign, options: argparse.Namespace, indices: range) -> Iterator[Totals]:
    return run(campaign, options.seed, indices, options.jobs, options.seconds, options.full)


def _logged(campaign: Campaign, program: str, options: argparse.Namespace, indices: range) -> Iterator[Totals]:
    """The results that are in the log, and those of the other files, which are added to it stretch by stretch."""
    name = (program.rpartition(".")[2], options.seed, options.full)
    done = [one for one in stretches(options.log) if one.run == name and one.meets(indices)]
    yield from (stretch.totals for stretch in done)
    for part in remaining(indices, done):
        start, found, last = part.start, Totals(), time.monotonic()
        for totals in _run(campaign, options, part):
            yield totals
            found.add(totals)
            end = start + found.verdicts.total()
            if end - start >= STRETCH or end == part.stop or time.monotonic() - last >= STRETCH_SECONDS:
                append(options.log, Stretch(name, start, end - start, campaign.marks, found))
                start, found, last = end, Totals(), time.monotonic()


def _write(campaign: Campaign, seed: int, indices: range, full: bool, folder: Path) -> None:
    """Write files to a folder instead of checking them."""
    folder.mkdir(parents=True, exist_ok=True)
    campaign.prepare(full)
    for index in indices:
        (folder / f"{seed}-{index}.misc").write_bytes(campaign.file_of(seed, index, full))


def _parser(campaign: Campaign, program: str, description: str, count: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=description.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=count, help="number of files")
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=cores(), help="number of processes")
    parser.add_argument(
        "--seconds",
        type=float,
        default=campaign.seconds,
        help=f"by the clock that one file may take; more on a busy machine (default {campaign.seconds:g})",
    )
    parser.add_argument(
        "--full", action="store_true", help="the shipped language model for all text, and all limits: slow"
    )
    parser.add_argument("--log", type=Path, help="keep the results in this file, and go on where it ends")
    parser.add_argument("--write", type=Path, help="write the files to this folder instead of checking them")
    return parser
