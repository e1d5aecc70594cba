"""The work on a unit of a batch: do the files that are not in its journal, write the outputs, and journal them. Both engines use it."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from misc_format.batch import plan
from misc_format.batch.journal import MAX_JOURNAL_BYTES, Journal, key
from misc_format.batch.plan import Unit
from misc_format.engine.jobs import Job
from misc_format.engine.pool import Begun, Order, Part
from misc_format.engine.rows import Row, printable, record
from misc_format.engine.sources import Entry
from misc_format.engine.stores import STATE, LocalStore, Store, UnavailableError, read, store
from misc_format.engine.work import Input, Work


class FailFastError(Exception):
    """A file failed, and the user asked to stop at the first failure."""


@dataclass(frozen=True)
class Setup:
    """The settings of a worker. They are sent to other processes and machines.

    `source`: the folder or URL that the names of files are relative to. `shards`: whether the outputs of a unit are packed into one tar
    file. `limited`: whether a file has a limit of time or memory.
    """

    source: str
    output: str
    job: Job
    shards: bool = False
    fail_fast: bool = False
    limited: bool = False


class Worker:
    """The handler in a worker. Between units, it keeps the stores and the models of the job."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.output = store(setup.output)
        self._work = Work(setup.job, limited=setup.limited)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Do a unit, by its number, or the rest of it. Yields a tally at the beginning and after each group of files.

        Raises `FailFastError`, and `UnavailableError` or `ModuleNotFoundError` for a fault that concerns every file.
        """
        unit = plan.load(self.output, order.unit)
        staging_store = self._staging_store()
        sink = _Shard(self.output, staging_store, unit) if self.setup.shards else _Files(self.output)
        journal = Journal(staging_store, unit.number, careful=order.single_until > 0)
        try:
            yield Part(journal.tally, len(journal.rows))
            if not journal.ended:
                yield from self._resume(unit, order, journal, sink)
            if staging_store is not self.output:
                self.output.write(key(unit.number), read(staging_store, key(unit.number), MAX_JOURNAL_BYTES))
            sink.clear()
        finally:
            journal.close()

    def _staging_store(self) -> Store:
        """The store for a unit in progress: the output, or a local folder if the output is remote and gets whole shards."""
        if not (self.setup.shards and self.output.remote):
            return self.output
        name = hashlib.sha256(self.output.url.encode()).hexdigest()[:16]
        return LocalStore(str(Path(tempfile.gettempdir()) / f"misc-batch-{name}"))

    def _resume(self, unit: Unit, order: Order, journal: Journal, sink: _Files | _Shard) -> Iterator[Begun | Part]:
        start = len(journal.rows)
        for message in self._work.groups(islice(self._inputs(unit), start, None), order, start):
            if isinstance(message, Begun):
                yield message
                continue
            for file, row in zip(message.inputs, message.rows, strict=True):
                self._note(file, row, journal, sink)
            yield Part(journal.tally, len(journal.rows))
        sink.finish(journal.rows)
        journal.end()

    def _note(self, file: Input, row: Row, journal: Journal, sink: _Files | _Shard) -> None:
        if row.output is not None:
            row = row._replace(columns={"output": sink.write(file.target, row.output), **row.columns})
        journal.add(record(row), row.bytes_read, good=row.problem is None)
        if self.setup.fail_fast and row.problem is not None:
            raise FailFastError(f"{printable(row.name)}: {row.problem.sentence}")

    def _inputs(self, unit: Unit) -> Iterator[Input]:
        """The files of a unit, each with the name of its output."""
        read = self._work.reader.inputs
        if unit.shard is not None:
            yield from self._members(read([Entry(0, self.setup.source, unit.shard)]), unit.shard)
            return
        for file in unit.files:
            error = OSError(file.reason) if file.reason else None
            for entry in read([Entry(0, self.setup.source, file.name, error)]):
                yield entry._replace(target=file.output)

    def _members(self, members: Iterator[Input], shard: str) -> Iterator[Input]:
        folder = "" if self.setup.shards else f"{plan.output_names([shard], '')[0]}/"
        suffix, used = self.setup.job.suffix, set[str]()
        for file in members:
            if file.member is None or suffix is None:
                yield file
                continue
            name = next(name for name in _candidates(file.member, suffix) if name not in used)
            used.add(name)
            yield file._replace(target=folder + name)


def _candidates(name: str, suffix: str) -> Iterator[str]:
    """Names for the output of a member, without end: members of a shard may have equal names."""
    numbered = (f"{name}.{number}{suffix}" for number in count(2))
    return chain(plan.output_names([name], suffix), (f"{name}{suffix}",), numbered)


class _Files:
    """Writes each output as a file."""

    def __init__(self, output: Store) -> None:
        self._output = output

    def write(self, name: str, data: bytes) -> str:
        self._output.write(name, data)
        return printable(name)

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """Do nothing: the outputs are complete."""

    def clear(self) -> None:
        """Do nothing: there are no temporary files."""


class _Shard:
    """Packs the outputs of a unit into one tar file when the unit is done. Until then, they are files in the staging store."""

    def __init__(self, output: Store, staging_store: Store, unit: Unit) -> None:
        self._output, self._staging_store, self._name = output, staging_store, unit.output
        self._spool = f"{STATE}/spool/{unit.number:08d}"

    def write(self, name: str, data: bytes) -> str:
        self._staging_store.write(f"{self._spool}/{printable(name)}", data)
        return f"{self._name}/{printable(name)}"

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """Write the tar file: members in order, without times and owners."""
        assert isinstance(self._staging_store, LocalStore)
        temporary = self._staging_store.temporary()
        names = [str(row["output"])[len(self._name) + 1 :] for row in rows if "output" in row]
        try:
            with tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as archive:
                for name in names:
                    data = (self._staging_store.root / self._spool / name).read_bytes()
                    member = tarfile.TarInfo(name)
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise UnavailableError(f"{self._name} cannot be written: {error.strerror or error}") from error
        self._output.put(temporary, self._name)

    def clear(self) -> None:
        """Remove the outputs from the staging store."""
        self._staging_store.remove(self._spool)
