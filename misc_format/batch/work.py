"""The work on a unit of a batch: do the files that are not in its journal, write the outputs, and journal them. Both engines use it."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from misc_format.batch.changes import ChangedError
from misc_format.batch.journal import Journal, Journals, Output, is_complete, key
from misc_format.batch.names import Members
from misc_format.batch.plan import Plans, Unit
from misc_format.engine.jobs import Job
from misc_format.engine.pool import Begun, Order, Part
from misc_format.engine.problems import problem_of
from misc_format.engine.rows import Row, as_text, record
from misc_format.engine.sources import Entry
from misc_format.engine.stores import (
    STATE,
    LocalStore,
    Store,
    UnavailableError,
    UnusableNameError,
    store,
)
from misc_format.engine.work import Input, Work, fail
from misc_format.system.paths import private_folder
from misc_format.system.text import printable


class FailFastError(Exception):
    """A file failed, and the user asked to stop at the first failure."""


@dataclass(frozen=True)
class Setup:
    """The settings of a worker. They are sent to other processes and machines.

    `source`: the folder or URL that the names of files are relative to. `plan`: the identity of the plan. `packed`: whether the outputs of
    a unit are packed into one tar file. `limited`: whether a file has a limit of time or memory. `retry`: whether files that failed are
    done again.
    """

    source: str
    output: str
    job: Job
    plan: str
    packed: bool = False
    fail_fast: bool = False
    limited: bool = False
    retry: bool = False


class Worker:
    """The handler in a worker. Between units, it keeps the stores and the models of the job."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.output: Store = store(setup.output)
        self._plans = Plans(self.output)
        self._work = Work(setup.job, limited=setup.limited)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Do a unit, by its number, or the rest of it. Yields a tally at the beginning and after each group of files.

        Raises `FailFastError`, and `UnavailableError` or `ModuleNotFoundError` for a fault that concerns every file.
        """
        unit = self._plans.unit(order.unit)
        base = staging(self.output, self.setup.plan) if self.setup.packed and self.output.remote else self.output
        if base is not self.output and (tally := Journals(self.output, self.setup.plan).final(unit.number)):
            yield Part(tally, tally.files)
            return
        sink = _Shard(self.output, base, unit) if self.setup.packed else _Files(self.output)
        with closing(self._journal(base, order)) as journal:
            if self.setup.retry and journal.ended and journal.tally.failed:
                journal.retry()
            yield Part(journal.tally, journal.done)
            if not journal.ended:
                yield from self._resume(unit, order, journal, sink)
        if base is not self.output:
            assert isinstance(base, LocalStore)
            name = key(self.setup.plan, unit.number)
            self.output.put(base.root / name, name)
        sink.clear()

    def _journal(self, base: Store, order: Order) -> Journal:
        """The journal of a unit. When a run is resumed, outputs are checked: a power cut may have damaged them."""
        careful = order.single_until > 0
        if not isinstance(base, LocalStore) or careful or order.start:
            return Journal(base, self.setup.plan, order.unit, careful=careful)
        return Journal(base, self.setup.plan, order.unit, check=partial(is_complete, base))

    def _resume(self, unit: Unit, order: Order, journal: Journal, sink: _Files | _Shard) -> Iterator[Begun | Part]:
        start = journal.done
        if start and unit.shard is not None and unit.stamp:
            source = store(self.setup.source)
            if source.stamp(unit.shard) != unit.stamp:
                raise ChangedError.of(source, unit.shard)
        inputs = self._inputs(unit, journal.round)
        next(islice(inputs, start, start), None)  # skip them before a file is begun, whose time is limited
        for message in self._work.groups(inputs, order, start):
            if isinstance(message, Begun):
                yield message
                continue
            for file, row in zip(message.inputs, message.rows, strict=True):
                self._note(file, row, journal, sink)
            yield Part(journal.tally, journal.done)
        sink.finish(journal)
        journal.end()

    def _note(self, file: Input, row: Row, journal: Journal, sink: _Files | _Shard) -> None:
        output = None
        if row.output is not None:
            try:
                name, output = sink.write(file.target, row.output)
                row = row._replace(columns={"output": name, **row.columns})
            except UnusableNameError as error:
                row = Row(row.path, row.name, problem=problem_of(error), bytes_read=row.bytes_read)
        journal.add(
            as_text(record(row), self.setup.job.columns), row.bytes_read, good=row.problem is None, output=output
        )
        if self.setup.fail_fast and row.problem is not None:
            raise FailFastError(f"{printable(row.name)}: {row.problem.sentence}")

    def _inputs(self, unit: Unit, numbers: list[int] | None) -> Iterator[Input]:
        """The files of a unit, each with the name of its output. `numbers`: of the files to do; None: all."""
        read = self._work.reader.inputs
        if unit.shard is not None:
            yield from self._members(read([Entry(0, self.setup.source, unit.shard)]), unit)
            return
        for file in unit.files if numbers is None else [unit.files[number] for number in numbers]:
            error = OSError(file.reason) if file.reason else None
            for entry in read([Entry(0, self.setup.source, file.name, error)]):
                yield entry._replace(target=file.output)

    def _members(self, members: Iterator[Input], unit: Unit) -> Iterator[Input]:
        suffix = self.setup.job.suffix
        if suffix is None:
            yield from members
            return
        folder = "" if self.setup.packed else f"{unit.output}/"
        with closing(Members(suffix)) as names:
            for file in members:
                if file.member is None:
                    yield file
                    continue
                try:
                    yield file._replace(target=folder + names.name(file.member))
                except UnusableNameError as error:
                    yield file._replace(read=partial(fail, error))


def staging(output: Store, plan: str) -> LocalStore:
    """The local folder for units in progress, if the output is remote and gets whole shards. It belongs to one plan. Raises `OSError`."""
    name = hashlib.sha256(output.url.encode()).hexdigest()[:16]
    return LocalStore(str(private_folder("misc-batch") / f"{name}-{plan}"))


class _Files:
    """Writes each output as a file."""

    def __init__(self, output: Store) -> None:
        self._output = output

    def write(self, name: str, data: bytes) -> tuple[str, Output]:
        """Write an output. The name for people, and what the journal keeps."""
        self._output.write(name, data)
        return printable(name), (name, len(data), zlib.crc32(data))

    def finish(self, journal: Journal) -> None:
        """Make sure that all outputs are on the disk."""
        if not self._output.remote:
            self._output.sync(name for name, _, _ in journal.outputs())

    def clear(self) -> None:
        """Do nothing: there are no temporary files."""


class _Shard:
    """Packs the outputs of a unit into one tar file when the unit is done. Until then, they are files in the staging store."""

    def __init__(self, output: Store, base: Store, unit: Unit) -> None:
        self._output, self._base, self._name = output, base, unit.output
        self._spool = f"{STATE}/spool/{unit.number:08d}"

    def write(self, name: str, data: bytes) -> tuple[str, Output]:
        """Write an output. The name for people, and what the journal keeps."""
        path = f"{self._spool}/{printable(name)}"
        self._base.write(path, data)
        return f"{self._name}/{printable(name)}", (path, len(data), zlib.crc32(data))

    def finish(self, journal: Journal) -> None:
        """Write the tar file, and make sure that it is on the disk."""
        assert isinstance(self._base, LocalStore)
        temporary = self._base.temporary()
        try:
            _pack(
                temporary, self._base.root / self._spool, (self._base.root / path for path, _, _ in journal.outputs())
            )
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise UnavailableError(f"{self._name} cannot be written: {error.strerror or error}") from error
        self._output.put(temporary, self._name)
        self._output.sync([self._name])

    def clear(self) -> None:
        """Remove the outputs from the staging store."""
        self._base.remove(self._spool)


def _pack(path: Path, folder: Path, files: Iterable[Path]) -> None:
    """Write a tar file, without times and owners. `tarfile` would keep all members in memory."""
    with path.open("wb") as stream:
        for file in files:
            data = file.read_bytes()
            header = tarfile.TarInfo(file.relative_to(folder).as_posix())
            header.size = len(data)
            stream.write(header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
            stream.write(data + bytes(-len(data) % tarfile.BLOCKSIZE))
        stream.write(bytes(2 * tarfile.BLOCKSIZE))
        stream.write(bytes(-stream.tell() % tarfile.RECORDSIZE))
