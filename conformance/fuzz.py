"""Mutated vectors by the thousand, on all cores: every one is decoded, or refused with a rule and its place, and nothing else happens.

    python -m conformance.fuzz --count 100000

File number i of a seed is always the same, whatever the number of processes: `--start` goes on where a run ended, and one file can be
looked at alone (`--start N --count 1 --write folder`).
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from conformance import tiny_language
from conformance.once import remembering
from conformance.suite import FOLDER as VECTORS
from misc_format import MiscError, limits, read, validate, write
from misc_format.language import known
from misc_format.mutate import mutated
from misc_format.rules import RULES
from misc_format.workers import warm

CHUNK = 200
CHUNKS = 100  # that a process gets before it is replaced
ALONE = 32  # of so many files, one is checked with every payload decoded anew by each reader
RARER = {
    "bad-text-language-own-long.misc": 16,
    "grid-largest.misc": 4,
}  # than others, for they decode a hundred times as long
QUICK_PIXELS = 2**15  # under which a map of noise takes milliseconds


class Found(NamedTuple):
    """What came of some files: verdicts, first rules, descriptions of failures, and the slowest."""

    verdicts: Counter[str]
    rules: Counter[str]
    failures: list[str]
    slowest: tuple[float, int]


class FaultError(AssertionError):
    """A property that every file must have, and this one has not."""


def check(data: bytes) -> str | None:
    """The rule that a file breaks first, or None. Raises `FaultError` where readers disagree or an error says too little."""
    report = validate(data)
    errors = [issue for issue in report.issues if issue.severity == "error"]
    for issue in report.issues:
        _demand(issue.id in RULES and bool(issue.path), f"{issue} has no rule or path")
        _demand(issue.bit_offset is not None and 0 <= issue.bit_offset <= 8 * len(data), f"{issue} is outside the file")
    try:
        stream = read(data)
    except MiscError as error:
        first = errors[0] if errors else None
        place = (error.rule, error.bit_offset, error.path)
        _demand(
            first is not None and (first.id, first.bit_offset, first.path) == place,
            f"validator: {first}; reader: {error}",
        )
        return error.rule
    _demand(all(issue.id.startswith("MISC-PRO-") for issue in errors), f"the reader takes what breaks {errors}")
    _demand(write(stream, check_profile=False) == data, "it is written to other bytes")
    return errors[0].id if errors else None


def file_of(seed: int, index: int) -> bytes:
    """The mutated file of this number."""
    source = random.Random(f"{seed}/{index}")
    [data] = source.choices(tuple(vectors().values()), cum_weights=_chances())
    return mutated(data, source)


@cache
def vectors() -> dict[str, bytes]:
    """Name to bytes of all vectors, by name."""
    return {path.name: path.read_bytes() for path in sorted(VECTORS.glob("*.misc"))}


@cache
def _chances() -> list[float]:
    """How likely each vector or one before it is chosen."""
    return list(accumulate(1 / RARER.get(name, 1) for name in vectors()))


def fuzz_chunk(seed: int, seconds: float, indices: range) -> Found:
    """Check some files. A file that takes longer than `seconds` ends the process, with its traceback on stderr."""
    verdicts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    failures = []
    slowest = (0.0, 0)
    for index in indices:
        faulthandler.dump_traceback_later(seconds, exit=True)
        begun = time.perf_counter()
        try:
            with remembering() if index % ALONE else nullcontext():
                broken = check(file_of(seed, index))
            verdicts["non-conforming" if broken else "conforming"] += 1
            rules.update([broken] if broken else [])
        except Exception as error:
            verdicts["failure"] += 1
            failures.append(f"file {index}: {type(error).__name__}: {error}")
        slowest = max(slowest, (time.perf_counter() - begun, index))
    faulthandler.cancel_dump_traceback_later()
    return Found(verdicts, rules, failures, slowest)


def prepare(full: bool) -> None:
    """Once in each process: the model of the vectors and, unless `full`, the tiny model for all text and a low limit of map pixels."""
    os.environ[known.VARIABLE] = str(tiny_language.PATH)
    if not full:
        tiny = known.from_bytes(tiny_language.PATH.read_bytes())
        known.shipped = lambda name: tiny  # type: ignore[assignment]
        limits.MAX_MAP_PIXELS = QUICK_PIXELS
    warm()


def run(seed: int, indices: range, jobs: int, seconds: float, full: bool) -> Iterator[Found]:
    """Check many files. A chunk whose process died is a failure of its own, and the others go on."""
    chunks = [indices[first : first + CHUNK] for first in range(0, len(indices), CHUNK)]
    while chunks:
        with _pool(jobs, full) as pool:
            work = {pool.submit(partial(fuzz_chunk, seed, seconds), chunk): chunk for chunk in chunks[: CHUNKS * jobs]}
            chunks = chunks[CHUNKS * jobs :]
            for future, chunk in work.items():
                try:
                    yield future.result()
                except BrokenProcessPool:
                    yield from _one_by_one(seed, seconds, chunk, full)


def _pool(jobs: int, full: bool) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, context, initializer=prepare, initargs=(full,))


def _one_by_one(seed: int, seconds: float, chunk: range, full: bool) -> Iterator[Found]:
    """The chunk again, each file in a process of its own: one of them ends its process, or another chunk's did."""
    for index in chunk:
        try:
            with _pool(1, full) as pool:
                yield pool.submit(fuzz_chunk, seed, seconds, range(index, index + 1)).result()
        except BrokenProcessPool:
            crash = f"file {index}: the process died, or took more than {seconds:g} seconds"
            yield Found(Counter({"failure": 1}), Counter(), [crash], (0.0, index))


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise FaultError(message)


def main() -> int:
    """Run and print figures; 1 if a file failed."""
    parser = argparse.ArgumentParser(prog="python -m conformance.fuzz", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="files")
    parser.add_argument("--start", type=int, default=0, help="number of the first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=60, help="that one file may take")
    parser.add_argument(
        "--full", action="store_true", help="the shipped language model and the limits of the specification: slow"
    )
    parser.add_argument("--write", type=Path, help="write the files to this folder instead of checking them")
    wanted = parser.parse_args()
    indices = range(wanted.start, wanted.start + wanted.count)
    if wanted.write:
        wanted.write.mkdir(parents=True, exist_ok=True)
        for index in indices:
            (wanted.write / f"{wanted.seed}-{index}.misc").write_bytes(file_of(wanted.seed, index))
        return 0
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes are side by side
    begun = time.perf_counter()
    verdicts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    failures: list[str] = []
    slowest = (0.0, 0)
    for found in run(wanted.seed, indices, wanted.jobs, wanted.seconds, wanted.full):
        verdicts += found.verdicts
        rules += found.rules
        failures += found.failures
        slowest = max(slowest, found.slowest)
        print(f"\r{verdicts.total():,} files, {len(failures)} failures", end="", file=sys.stderr)
    seconds = time.perf_counter() - begun
    print(file=sys.stderr)
    scope = "limits of the specification" if wanted.full else f"tiny language model, {QUICK_PIXELS:,} map pixels"
    print(
        f"{verdicts.total():,} files of seed {wanted.seed} from {wanted.start}, {seconds:,.0f} s, {wanted.jobs} processes ({scope})"
    )
    print(f"{verdicts.total() / seconds:,.0f} files/s; slowest: file {slowest[1]}, {slowest[0]:.2f} s")
    print(", ".join(f"{name}: {number:,}" for name, number in verdicts.most_common()))
    print(
        f"{len(rules)} rules were broken first: "
        + ", ".join(f"{rule} {count:,}" for rule, count in rules.most_common())
    )
    for line in failures:
        print(line)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
