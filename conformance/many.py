"""Files by the hundred thousand, each checked for what must hold of all, on all cores: the part that `fuzz` and `differential` share.

File number i of a seed is always the same, whatever the number of processes: `--start` goes on where a run ended, and one file can be
looked at alone (`--start N --count 1 --write folder`).
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import NamedTuple

CHUNK = 200
CHUNKS = 100  # that a process gets before it is replaced


class FaultError(AssertionError):
    """A property that every file must have, and this one has not."""


class Seen(NamedTuple):
    """What came of one file: a verdict, and what else is counted of it."""

    verdict: str
    marks: Sequence[str]


class Found(NamedTuple):
    """What came of some files: verdicts, marks, descriptions of failures, and the slowest."""

    verdicts: Counter[str]
    marks: Counter[str]
    failures: list[str]
    slowest: tuple[float, int]


class Work(NamedTuple):
    """What is done with each number. All functions are a module's own, so that other processes find them.

    `file_of` takes seed, number, and whether the run is a full one; `check` a file and its number, and raises for one that fails;
    `prepare` is called once in each process, again with whether the run is a full one. `marks` says what the marks are; `scope` what a
    run covers that is full, or is not.
    """

    file_of: Callable[[int, int, bool], bytes]
    check: Callable[[bytes, int], Seen]
    prepare: Callable[[bool], None]
    marks: str
    scope: dict[bool, str]


Check = Callable[[range], Found]


def demand(condition: bool, message: str) -> None:
    """Raise `FaultError` unless it holds."""
    if not condition:
        raise FaultError(message)


def check_chunk(work: Work, seed: int, seconds: float, full: bool, indices: range) -> Found:
    """Check some files. One that takes longer than `seconds` ends the process, with its traceback on stderr."""
    verdicts: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    failures = []
    slowest = (0.0, 0)
    for index in indices:
        faulthandler.dump_traceback_later(seconds, exit=True)
        begun = time.perf_counter()
        try:
            seen = work.check(work.file_of(seed, index, full), index)
            verdicts[seen.verdict] += 1
            marks.update(seen.marks)
        except Exception as error:
            verdicts["failure"] += 1
            failures.append(f"file {index}: {type(error).__name__}: {error}")
        slowest = max(slowest, (time.perf_counter() - begun, index))
    faulthandler.cancel_dump_traceback_later()
    return Found(verdicts, marks, failures, slowest)


def run(work: Work, seed: int, indices: range, jobs: int, seconds: float, full: bool) -> Iterator[Found]:
    """Check many files. A chunk whose process died is a failure of its own, and the others go on."""
    chunks = [indices[first : first + CHUNK] for first in range(0, len(indices), CHUNK)]
    check = partial(check_chunk, work, seed, seconds, full)
    while chunks:
        with _pool(work, jobs, full) as pool:
            given = {pool.submit(check, chunk): chunk for chunk in chunks[: CHUNKS * jobs]}
            chunks = chunks[CHUNKS * jobs :]
            for future, chunk in given.items():
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield from _one_by_one(check, chunk, partial(_pool, work, 1, full))


def _pool(work: Work, jobs: int, full: bool) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, initializer=work.prepare, initargs=(full,))


def _one_by_one(check: Check, chunk: range, pool_of_one: Callable[[], ProcessPoolExecutor]) -> Iterator[Found]:
    """The chunk again, each file in a process of its own: one of them ends its process, or another chunk's did."""
    for index in chunk:
        try:
            with pool_of_one() as pool:
                yield pool.submit(check, range(index, index + 1)).result()
        except BrokenProcessPool:
            crash = f"file {index}: the process died, or took more time than it may"
            yield Found(Counter({"failure": 1}), Counter(), [crash], (0.0, index))


def main(work: Work, program: str, about: str, count: int = 10_000) -> int:
    """Run and print figures; 1 if a file failed. `count`: how many files unless the caller says so."""
    wanted = _parser(program, about, count).parse_args()
    indices = range(wanted.start, wanted.start + wanted.count)
    if wanted.write:
        wanted.write.mkdir(parents=True, exist_ok=True)
        work.prepare(wanted.full)
        for index in indices:
            (wanted.write / f"{wanted.seed}-{index}.misc").write_bytes(work.file_of(wanted.seed, index, wanted.full))
        return 0
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes are side by side
    begun = time.perf_counter()
    verdicts: Counter[str] = Counter()
    marks: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, 0)
    for found in run(work, wanted.seed, indices, wanted.jobs, wanted.seconds, wanted.full):
        verdicts += found.verdicts
        marks += found.marks
        failures += found.failures
        slowest = max(slowest, found.slowest)
        print(f"\r{verdicts.total():,} files, {len(failures)} failures", end="", file=sys.stderr)
    seconds = time.perf_counter() - begun
    print(file=sys.stderr)
    title = f"{verdicts.total():,} files of seed {wanted.seed} from {wanted.start}, {seconds:,.0f} s"
    print(f"{title}, {wanted.jobs} processes ({work.scope[wanted.full]})")
    print(f"{verdicts.total() / seconds:,.0f} files/s; slowest: file {slowest[1]}, {slowest[0]:.2f} s")
    print(_counted(verdicts))
    print(f"{len(marks)} {work.marks}: {_counted(marks)}")
    for line in failures:
        print(line)
    return int(bool(failures))


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.most_common())


def _parser(program: str, about: str, count: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=about.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=count, help="files")
    parser.add_argument("--start", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=60, help="that one file may take")
    parser.add_argument(
        "--full", action="store_true", help="the shipped language model for all text, and all limits: slow"
    )
    parser.add_argument("--write", type=Path, help="write the files to this folder instead of checking them")
    return parser
