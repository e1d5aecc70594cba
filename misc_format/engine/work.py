"""The work on a unit: read a group of files, pass it to the task of the job, and make rows. It knows no processes and no clusters."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from errno import ENOENT
from functools import partial
from itertools import islice
from typing import NamedTuple

from misc_format.engine import shards
from misc_format.engine.jobs import Job, Task
from misc_format.engine.pool import Begun, Order, RestartError
from misc_format.engine.problems import is_lack_of_memory, problem_of
from misc_format.engine.rows import Row
from misc_format.engine.sources import SHARDS, Entry
from misc_format.engine.stores import Store, UnavailableError, read, store
from misc_format.errors import MiscError
from misc_format.system.reading import read_limited

OUTSIDE = "its name leads out of the output folder"
Content = bytes | Exception


class Input(NamedTuple):
    """A file to work on. `read` returns its bytes or raises `OSError`. `member`: its name in its shard; None without a shard. `target`: the
    name of the output file."""

    path: str
    name: str
    read: Callable[[], bytes]
    member: str | None = None
    target: str = ""


class Group(NamedTuple):
    """Files that were done together, and their rows."""

    inputs: list[Input]
    rows: list[Row]


class Reader:
    """Reads the files of a worker. It opens each store once."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._stores: dict[str, Store] = {}

    def inputs(self, entries: Iterable[Entry | Input]) -> Iterator[Input]:
        """The files of entries, in order. A shard gives its members. Read each file before you take the next."""
        for entry in entries:
            if isinstance(entry, Input):
                yield entry
            elif entry.error is not None:
                yield Input(entry.path, entry.name, partial(fail, entry.error))
            elif entry.is_shard:
                yield from self._members(entry)
            else:
                yield Input(entry.path, entry.name, partial(self._read, entry))

    def _store(self, entry: Entry) -> Store:
        if entry.root not in self._stores:
            self._stores[entry.root] = store(entry.root)
        return self._stores[entry.root]

    def _read(self, entry: Entry) -> bytes:
        job = self._job
        return read(self._store(entry), entry.name, job.max_bytes, job.signature, pipes=entry.explicit)

    def _members(self, shard: Entry) -> Iterator[Input]:
        """The files in a shard, which is read once from beginning to end. Damage to the shard is a file that cannot be read."""
        job = self._job
        empty = shard.explicit
        try:
            with self._store(shard).open(shard.name, pipes=shard.explicit) as stream:
                for item in shards.read(stream):
                    if isinstance(item, shards.Fault):
                        empty = False
                        error: OSError = shards.ShardError(f"the shard is not sound: {item.reason}")
                        yield Input(shard.path, shard.name, partial(fail, error))
                        continue
                    reason = _refusal(item, job.endings)
                    if reason is None:
                        continue
                    empty = False
                    path, name = f"{shard.path}/{item.name}", f"{shard.name}/{item.name}"
                    read = (
                        partial(fail, OSError(reason))
                        if reason
                        else partial(read_limited, item.data, job.max_bytes, job.signature)
                    )
                    yield Input(path, name, read, None if reason else item.name)
        except UnavailableError:
            raise
        except MemoryError as error:
            raise UnavailableError(f"there is not enough memory to read {shard.path}; use fewer processes") from error
        except OSError as error:
            yield Input(shard.path, shard.name, partial(fail, error))
            return
        if empty:
            problem = FileNotFoundError(ENOENT, f"there is no {' or '.join(job.endings)} file in it", shard.path)
            yield Input(shard.path, shard.name, partial(fail, problem))


def _refusal(member: shards.Member, endings: tuple[str, ...]) -> str | None:
    """The reason why a member is not read; "" for one that is, and None for one that is no input."""
    name = member.name.lower()
    if not member.reason and name.endswith(SHARDS) and not name.endswith(endings):
        return "it is a shard within a shard, which is not read; unpack the outer one"
    if not name.endswith(endings):
        return None
    if member.reason:
        return member.reason
    if "\0" in name:
        return "its name has a byte 0, which no file system takes"
    return OUTSIDE if name.startswith("/") or ".." in name.split("/") else ""


class Work:
    """A job in a worker. Its task is prepared once."""

    def __init__(self, job: Job, *, limited: bool = False) -> None:
        self.reader = Reader(job)
        self._job = job
        self._task: Task = job.prepare(limited)
        self._used = False  # then other files may have left objects in memory

    def groups(self, inputs: Iterator[Input], order: Order, start: int) -> Iterator[Begun | Group]:
        """Do the files of a unit from number `start` on, as the order says. The last group is empty.

        Raises `UnavailableError` or `ModuleNotFoundError` for a fault that concerns every file, and `RestartError`.
        """
        index = start
        while True:
            fault = order.fault.error if order.fault is not None and order.fault.file == index else None
            count = 1 if index < order.single_until or fault is not None else self._job.group
            yield Begun(index, count)
            begun = time.monotonic()
            files = [(file, fault or _content(file)) for file in islice(inputs, count)]
            if not files:
                yield Group([], [])
                return
            yield from self._do(files, index, begun, order)
            index += len(files)

    def _do(
        self, files: list[tuple[Input, Content]], index: int, begun: float, order: Order
    ) -> Iterator[Begun | Group]:
        """Do files together; if that fails, do them one by one."""
        try:
            results = self._results([content for _, content in files], [file.name for file, _ in files])
        except (UnavailableError, ModuleNotFoundError):
            raise
        except Exception as error:
            if len(files) > 1:
                for number, file in enumerate(files, index):
                    yield Begun(number, 1)
                    yield from self._do([file], number, time.monotonic(), order)
                return
            results = [error]
        if (
            order.supervised
            and self._used
            and any(isinstance(result, Exception) and is_lack_of_memory(result) for result in results)
        ):
            raise RestartError
        self._used = True
        seconds = (time.monotonic() - begun) / len(files)
        rows = [_row(file, content, result, seconds) for (file, content), result in zip(files, results, strict=True)]
        yield Group([file for file, _ in files], rows)

    def _results(self, contents: list[Content], names: list[str]) -> list[Row | Exception]:
        """The results of the task, and the errors of files that could not be read."""
        readable = [(data, name) for data, name in zip(contents, names, strict=True) if isinstance(data, bytes)]
        results = self._task(readable) if readable else []
        if len(results) != len(readable):
            raise RuntimeError(f"the job {self._job.name} gives {len(results)} results for {len(readable)} files")
        remaining = iter(results)
        return [content if isinstance(content, Exception) else next(remaining) for content in contents]


def _content(file: Input) -> Content:
    """The bytes of a file, or the error of reading it. Raises `UnavailableError`."""
    try:
        return file.read()
    except UnavailableError:
        raise
    except Exception as error:  # stores raise errors of many types
        return error


def _row(file: Input, content: Content, result: Row | Exception, seconds: float) -> Row:
    bytes_read = len(content) if isinstance(content, bytes) else 0
    if isinstance(result, Exception) and is_lack_of_memory(result):
        result = MiscError("MISC-RES-002", "there is not enough memory for it", path="file")
    if isinstance(result, Exception):
        return Row(file.path, file.name, problem=problem_of(result), seconds=seconds, bytes_read=bytes_read)
    return result._replace(path=file.path, name=file.name, seconds=seconds, bytes_read=bytes_read)


def fail(error: Exception) -> bytes:
    """Raise `error`: the content of a file that cannot be read."""
    raise error
