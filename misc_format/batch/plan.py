"""The plan: which files each unit of work has. It is made once and kept, so that a run that goes on means the same files."""

from __future__ import annotations

import fnmatch
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product
from typing import Any, NamedTuple

from misc_format.batch import STATE
from misc_format.batch.jobs import Job
from misc_format.batch.stores import Store, read, walk

SHARDS = (".tar", ".tar.gz", ".tgz")
PLAN = f"{STATE}/plan.json"
PLAN_BYTES = 2**31
SHARE = 16  # one in so many of the files before is what a unit of growing size has
Size = Callable[[int], int]
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Unit(NamedTuple):
    """Files with the names of their outputs, or one shard with its. `number` gives the order."""

    number: int
    files: list[tuple[str, str]]
    shard: str | None = None
    output: str = ""


def split_source(source: str, endings: tuple[str, ...]) -> tuple[str, list[str] | None]:
    """A source as a store's URL and the keys in it, None for all below it.

    A source that ends like a shard or an input file is that file; `{000..019}` in it stands for many, as in WebDataset.
    """
    if not source.lower().endswith((*SHARDS, *endings)):
        return source.rstrip("/") or "/", None
    fixed, brace, _ = source.partition("{")
    folder, slash, _ = (fixed if brace else source).rpartition("/")
    return (folder or ("/" if slash else ".")), expand(source[len(folder) + len(slash) :])


def expand(text: str) -> list[str]:
    """`a{08..11}` as a08, a09, a10, a11; several ranges give all combinations."""
    parts = RANGE.split(text)
    ranges = [
        [f"{value:0{len(low)}d}" for value in range(int(low), int(high) + 1)]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    literal = parts[0::3]
    return ["".join(chain.from_iterable(zip(literal, (*chosen, ""), strict=True))) for chosen in product(*ranges)]


def make(
    place: Store,
    keys: list[str] | None,
    output: Store,
    job: Job,
    *,
    pattern: str | None,
    size: Size,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Write the plan to the output store, a file a unit, and last of all its head, which is returned: `files` outside shards.

    `size`: how many files the next unit has, after so many.
    """
    count = files = shards = 0
    for unit in _units(_folders(place, keys, output.url), job, pattern, size):
        output.write(unit_key(unit.number), json.dumps(unit[1:]).encode())
        count += 1
        files += len(unit.files)
        shards += unit.shard is not None
    head = {"units": count, "files": files, "shards": shards, "settings": settings}
    output.write(PLAN, json.dumps(head).encode())
    return head


def growing(least: int, most: int) -> Size:
    """Units that are small where there are few files, so that all workers have some, and larger where there are many."""
    return lambda before: min(most, max(least, before // SHARE))


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
    return Unit(number, [(key, target) for key, target in files], shard, name)


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


def _folders(place: Store, keys: list[str] | None, output: str) -> Iterator[list[str]]:
    if keys is not None:
        yield keys
        return
    for _, files in walk(place, without=output):
        yield files


def _units(folders: Iterator[list[str]], job: Job, pattern: str | None, size: Size) -> Iterator[Unit]:
    number = before = 0
    waiting: list[tuple[str, str]] = []
    for names in folders:
        for shard in (name for name in names if name.lower().endswith(SHARDS)):
            yield Unit(number, [], shard, f"{_unpacked(shard)}.tar")
            number += 1
        files = [name for name in names if not name.lower().endswith(SHARDS) and wanted(name, job, pattern)]
        waiting += zip(files, renamed(files, job.suffix), strict=True)
        start = 0
        while len(waiting) - start >= (count := size(before)):
            yield Unit(number, waiting[start : start + count], None, f"{number:06d}.tar")
            number += 1
            before += count
            start += count
        del waiting[:start]
    if waiting:
        yield Unit(number, waiting, None, f"{number:06d}.tar")


def _unpacked(shard: str) -> str:
    return next(shard[: -len(ending)] for ending in (".tar.gz", ".tgz", ".tar") if shard.lower().endswith(ending))


def wanted(name: str, job: Job, pattern: str | None) -> bool:
    """Whether a file is one that the job takes: by the user's pattern, or by its ending. A folder stands for one that cannot be listed."""
    last = name.rpartition("/")[2]
    if pattern is not None:
        return fnmatch.fnmatchcase(last, pattern)
    return last.lower().endswith(job.endings)
