"""The plan: which files each unit of work has. It is made once and kept, so that a run that goes on means the same files."""

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
PLAN_BYTES = 2**31
SHARE = 16  # one in so many of the files before is what a unit of growing size has
Size = Callable[[int], int]


class File(NamedTuple):
    """A file by its name below the source, the name of its output, and the reason why it cannot be read, if that is known already."""

    name: str
    output: str = ""
    reason: str | None = None


class Unit(NamedTuple):
    """Files, or one shard with the name of its output. `number` gives the order."""

    number: int
    files: list[File]
    shard: str | None = None
    output: str = ""


def make(
    entries: Iterable[Entry], output: Store, job: Job, *, root: str, size: Size, settings: dict[str, Any]
) -> dict[str, Any]:
    """Write the plan to the output store, a file a unit, and last of all its head, which is returned: `files` outside shards.

    `entries`: as `sources.entries` gives them, a folder after another, all below `root`. `size`: how many files the next unit has,
    after so many.
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
    """Units that are small where there are few files, so that all workers have some, and larger where there are many."""
    return lambda before: min(max_files, max(first, before // SHARE))


def finish(output: Store, head: dict[str, Any], tally: Sequence[int]) -> None:
    """Keep in the head what was done, and remove what was needed to do it."""
    output.write(PLAN, json.dumps({**head, "summary": list(tally)}).encode())
    for folder in ("units", "rows", "spool", "tmp"):
        output.remove(f"{STATE}/{folder}")


def head(output: Store) -> dict[str, Any] | None:
    """The head of the plan that is there, if there is a complete one."""
    return dict(json.loads(read(output, PLAN, PLAN_BYTES))) if output.exists(PLAN) else None


def unit_key(number: int) -> str:
    """Where a unit's plan is."""
    return f"{STATE}/units/{number:08d}.json"


def load(output: Store, number: int) -> Unit:
    """A unit of the plan."""
    files, shard, name = json.loads(read(output, unit_key(number), PLAN_BYTES))
    return Unit(number, [File(*file) for file in files], shard, name)


def renamed(names: list[str], suffix: str | None) -> list[str]:
    """The names of outputs: another suffix, or, where that would give one name twice, one more."""
    if suffix is None:
        return [""] * len(names)
    plain = [_stem(name) + suffix for name in names]
    often = Counter(plain)
    return [name + suffix if often[new] > 1 else new for name, new in zip(names, plain, strict=True)]


def _stem(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if stem and dot else name)


def _units(entries: Iterable[Entry], job: Job, size: Size) -> Iterator[Unit]:
    """Units in order: of each folder the shards, each a unit, then the files."""
    number = before = 0
    waiting: list[File] = []
    for _, group in groupby(entries, lambda entry: entry.name.rpartition("/")[0]):
        folder = sorted(group, key=lambda entry: "" if entry.named else entry.name)
        for shard in (entry for entry in folder if entry.is_shard and not entry.error):
            yield Unit(number, [], shard.name, f"{unpacked(shard.name)}.tar")
            number += 1
        waiting += _files([entry for entry in folder if entry.error or not entry.is_shard], job)
        start = 0
        while len(waiting) - start >= (count := size(before)):
            yield Unit(number, waiting[start : start + count], None, f"{number:06d}.tar")
            number += 1
            before += count
            start += count
        del waiting[:start]
    if waiting:
        yield Unit(number, waiting, None, f"{number:06d}.tar")


def _files(entries: list[Entry], job: Job) -> Iterator[File]:
    outputs = renamed([entry.name for entry in entries], job.suffix)
    for entry, output in zip(entries, outputs, strict=True):
        yield File(entry.name, output, problem_of(entry.error).sentence if entry.error else None)


def unpacked(shard: str) -> str:
    """The name of a shard without its ending."""
    return next(shard[: -len(ending)] for ending in SHARDS if shard.lower().endswith(ending))
