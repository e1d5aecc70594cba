"""The files of a unit, one group after another: read, given to the job's task, made into rows. It knows neither processes nor clusters."""

from __future__ import annotations

import tarfile
import time
from collections.abc import Callable, Iterable, Iterator
from errno import ENOENT
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from misc_format.engine.jobs import Job, Task
from misc_format.engine.pool import Begun, Order, WornError
from misc_format.engine.problems import problem_of
from misc_format.engine.rows import Row
from misc_format.engine.sources import Entry
from misc_format.engine.stores import LostError, Store, limited, read, store
from misc_format.errors import MiscError

ESCAPES = "its name leads out of the folder that is written"


Content = bytes | Exception


class Input(NamedTuple):
    """A file to be done. `read` gives its bytes or raises `OSError`. `member`: its name in its shard, if it is in one. `target`: the
    name of what is written in its place."""

    path: str
    name: str
    read: Callable[[], bytes]
    member: str | None = None
    target: str = ""


class Group(NamedTuple):
    """Files that were done together, and the row of each."""

    inputs: list[Input]
    rows: list[Row]


class Reader:
    """Where a worker reads its files; stores are opened once."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stores: dict[str, Store] = {}

    def inputs(self, entries: Iterable[Entry | Input]) -> Iterator[Input]:
        """The files of entries, in order: an entry is one, or a shard of any number. Each is to be read before the next is asked for."""
        for entry in entries:
            if isinstance(entry, Input):
                yield entry
            elif entry.error is not None:
                yield Input(entry.path, entry.name, partial(_fail, entry.error))
            elif entry.is_shard:
                yield from self._members(entry)
            else:
                yield Input(entry.path, entry.name, partial(self._read, entry))

    def _store(self, entry: Entry) -> Store:
        if entry.root not in self._stores:
            self._stores[entry.root] = store(entry.root)
        return self._stores[entry.root]

    def _read(self, entry: Entry) -> bytes:
        return read(self._store(entry), entry.name, self._job.max_bytes, self._job.begin)

    def _members(self, shard: Entry) -> Iterator[Input]:
        """The files in a shard, read from its beginning to its end, once."""
        job = self._job
        empty = shard.named
        try:
            with self._store(shard).open(shard.name) as stream, tarfile.open(fileobj=stream, mode="r|*") as archive:
                for member in archive:
                    if not member.isfile() or not member.name.lower().endswith(job.endings):
                        continue
                    empty = False
                    path, name = f"{shard.path}/{member.name}", f"{shard.name}/{member.name}"
                    if Path(member.name).is_absolute() or ".." in Path(member.name).parts:
                        yield Input(path, name, partial(_fail, PermissionError(ESCAPES)))
                        continue
                    content = archive.extractfile(member)
                    assert content is not None  # members are regular files
                    yield Input(path, name, partial(limited, content, job.max_bytes, job.begin), member.name)
        except LostError:
            raise
        except FileNotFoundError as error:
            yield Input(shard.path, shard.name, partial(_fail, error))
            return
        except (tarfile.TarError, EOFError, OSError) as error:
            yield Input(
                shard.path, shard.name, partial(_fail, OSError(f"the shard cannot be read to its end: {error}"))
            )
            return
        if empty:
            problem = FileNotFoundError(ENOENT, f"there is no {' or '.join(job.endings)} file in it", shard.path)
            yield Input(shard.path, shard.name, partial(_fail, problem))


class Work:
    """A job in a worker: its task is prepared once."""

    def __init__(self, job: Job, *, limited: bool = False) -> None:
        self.reader = Reader(job)
        self._job = job
        self._task: Task = job.prepare(limited)
        self._worn = False  # other files may have left something in memory

    def groups(self, inputs: Iterator[Input], order: Order, start: int) -> Iterator[Begun | Group]:
        """Do the files of a unit that begin with number `start`, as the order says; the last group is empty.

        Raises `LostError` and `ModuleNotFoundError` for what concerns every file, `WornError`.
        """
        index = start
        while True:
            fault = order.fault.error if order.fault is not None and order.fault.file == index else None
            count = 1 if index < order.single_until or fault is not None else self._job.group
            yield Begun(index, count)
            begun = time.monotonic()
            taken = [(one, fault or _content(one)) for one in islice(inputs, count)]
            if not taken:
                yield Group([], [])
                return
            yield from self._split(taken, index, begun, order)
            index += len(taken)

    def _split(
        self, taken: list[tuple[Input, Content]], index: int, begun: float, order: Order
    ) -> Iterator[Begun | Group]:
        """Do files together, or, where that fails, one by one."""
        try:
            results = self._results([content for _, content in taken], [one.name for one, _ in taken])
        except (LostError, ModuleNotFoundError):
            raise
        except Exception as error:
            if len(taken) > 1:
                for place, one in enumerate(taken, index):
                    yield Begun(place, 1)
                    yield from self._split([one], place, time.monotonic(), order)
                return
            results = [error]
        if order.supervised and self._worn and any(isinstance(result, MemoryError) for result in results):
            raise WornError
        self._worn = True
        share = (time.monotonic() - begun) / len(taken)
        rows = [_row(one, content, result, share) for (one, content), result in zip(taken, results, strict=True)]
        yield Group([one for one, _ in taken], rows)

    def _results(self, contents: list[Content], names: list[str]) -> list[Row | Exception]:
        """What the task makes of files, and why others could not be read."""
        whole = [(content, name) for content, name in zip(contents, names, strict=True) if isinstance(content, bytes)]
        made = self._task(whole) if whole else []
        if len(made) != len(whole):
            raise RuntimeError(f"the job {self._job.name} gives {len(made)} results for {len(whole)} files")
        following = iter(made)
        return [content if isinstance(content, Exception) else next(following) for content in contents]


def _content(one: Input) -> Content:
    """The bytes of a file, or what is wrong with it. Raises `LostError`."""
    try:
        return one.read()
    except LostError:
        raise
    except Exception as error:  # each store has errors of its own
        return error


def _row(one: Input, content: Content, result: Row | Exception, seconds: float) -> Row:
    bytes_read = len(content) if isinstance(content, bytes) else 0
    if isinstance(result, MemoryError):
        result = MiscError("MISC-RES-002", "there is not enough memory for it", path="file")
    if isinstance(result, Exception):
        return Row(one.path, one.name, problem=problem_of(result), seconds=seconds, bytes_read=bytes_read)
    return result._replace(path=one.path, name=one.name, seconds=seconds, bytes_read=bytes_read)


def _fail(error: Exception) -> bytes:
    raise error
