"""The plan: the files of each unit of work. It is made once and kept, so a resumed run has the same files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from misc_format.engine.jobs import Job
from misc_format.engine.problems import problem_of
from misc_format.engine.sources import SHARDS, Entry
from misc_format.engine.stores import STATE, Store, read

PLAN = f"{STATE}/plan.json"
MAX_PLAN_BYTES = 2**31
GROWTH = 16  # a growing unit has 1 / GROWTH of the files before it
Size = Callable[[int], int]


class File(NamedTuple):
    """The name of a file below the source, the name of its output, and, if it is already known, the reason why it cannot be read."""

    name: str
    output: str = ""
    reason: str | None = None


class Unit(NamedTuple):
    """Some files, or one shard with the name of its output. `number`: the position in the plan."""

    number: int
    files: list[File]
    shard: str | None = None
    output: str = ""


def make(
    entries: Iterable[Entry], output: Store, job: Job, *, root: str, size: Size, settings: dict[str, Any]
) -> dict[str, Any]:
    """Write the plan to the output store, one file per unit. The head is written last, and returned. Its `files` are those outside shards.

    `entries`: all below `root`, folder by folder, as `sources.entries` yields them. `size`: gives the number of files of the next unit
    from the number of files before it.
    """
    count = files = shards = 0
    for unit in _units(entries, job, size):
        output.write(unit_key(unit.number), json.dumps(unit[1:]).encode())
        count += 1
        files += len(unit.files)
        shards += unit.shard is not None
    head = {"units": count, "files": files, "shards": shards, "root": root, "settings": settings}
    output.write(PLAN, json.dumps(head).encode())
    return head


def growing(first: int, max_files: int) -> Size:
    """Unit sizes that grow from `first` to `max_files`: all workers get some of few files, and many files make large units."""
    return lambda files_before: min(max_files, max(first, files_before // GROWTH))


def finish(output: Store, head: dict[str, Any], tally: Sequence[int]) -> None:
    """Store the tally in the head, and remove the files that only the run needed."""
    output.write(PLAN, json.dumps({**head, "summary": list(tally)}).encode())
    for folder in ("units", "rows", "spool", "tmp"):
        output.remove(f"{STATE}/{folder}")


def head(output: Store) -> dict[str, Any] | None:
    """The head of the plan; None without a complete plan."""
    return dict(json.loads(read(output, PLAN, MAX_PLAN_BYTES))) if output.exists(PLAN) else None


def unit_key(number: int) -> str:
    """The key of the plan of a unit."""
    return f"{STATE}/units/{number:08d}.json"


def load(output: Store, number: int) -> Unit:
    """Read a unit of the plan."""
    files, shard, name = json.loads(read(output, unit_key(number), MAX_PLAN_BYTES))
    return Unit(number, [File(*file) for file in files], shard, name)


def output_names(names: list[str], suffix: str | None) -> list[str]:
    """The names of the outputs. The suffix replaces the ending of a name, or is appended if two outputs would have the same name."""
    if suffix is None:
        return [""] * len(names)
    replaced = [_stem(name) + suffix for name in names]
    counts = Counter(replaced)
    return [name + suffix if counts[output] > 1 else output for name, output in zip(names, replaced, strict=True)]


def _stem(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if stem and dot else name)


def _units(entries: Iterable[Entry], job: Job, size: Size) -> Iterator[Unit]:
    """The units in order: for each folder first its shards, one per unit, then its files."""
    number = files_before = 0
    waiting: list[File] = []
    for _, group in groupby(entries, lambda entry: entry.name.rpartition("/")[0]):
        folder = sorted(group, key=lambda entry: "" if entry.explicit else entry.name)
        for shard in (entry for entry in folder if entry.is_shard and not entry.error):
            yield Unit(number, [], shard.name, f"{shard_stem(shard.name)}.tar")
            number += 1
        waiting += _files([entry for entry in folder if entry.error or not entry.is_shard], job)
        start = 0
        while len(waiting) - start >= (count := size(files_before)):
            yield Unit(number, waiting[start : start + count], None, f"{number:06d}.tar")
            number += 1
            files_before += count
            start += count
        del waiting[:start]
    if waiting:
        yield Unit(number, waiting, None, f"{number:06d}.tar")


def _files(entries: list[Entry], job: Job) -> Iterator[File]:
    outputs = output_names([entry.name for entry in entries], job.suffix)
    for entry, output in zip(entries, outputs, strict=True):
        yield File(entry.name, output, problem_of(entry.error).sentence if entry.error else None)


def shard_stem(shard: str) -> str:
    """The name of a shard without its ending."""
    return next(shard[: -len(ending)] for ending in SHARDS if shard.lower().endswith(ending))
