"""A unit of a batch: the files that its journal does not have yet, written and journalled one after another. Both engines run this."""

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
from misc_format.batch.journal import JOURNAL_BYTES, Journal, key
from misc_format.batch.plan import Unit
from misc_format.engine.jobs import Job
from misc_format.engine.pool import Begun, Order, Part
from misc_format.engine.rows import Row, printable, record
from misc_format.engine.sources import Entry
from misc_format.engine.stores import STATE, LocalStore, LostError, Store, read, store
from misc_format.engine.work import Input, Work


class FailFastError(Exception):
    """A file failed, and the user wants to stop at the first."""


@dataclass(frozen=True)
class Setup:
    """All that a worker must know; it travels to other processes and machines.

    `source`: the folder or URL that names of files are below. `shards`: whether outputs are packed into a tar a unit. `limited`: whether
    time or memory of a file are.
    """

    source: str
    output: str
    job: Job
    shards: bool = False
    fail_fast: bool = False
    limited: bool = False


class Worker:
    """What a worker keeps between units: stores, and what the job has loaded."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.output = store(setup.output)
        self._work = Work(setup.job, limited=setup.limited)

    def __call__(self, order: Order) -> Iterator[Begun | Part]:
        """Do a unit, by its number, or the rest of it. A tally of what is done comes at the beginning and after each group of files.

        Raises `LostError` for what concerns every file, `FailFastError`, and what a job's task raises of that kind.
        """
        unit = plan.load(self.output, order.unit)
        staging_store = self._staging_store()
        sink = _Shard(self.output, staging_store, unit) if self.setup.shards else _Files(self.output)
        journal = Journal(staging_store, unit.number, careful=order.single_until > 0)
        try:
            yield Part(journal.tally, len(journal.rows))
            if not journal.ended:
                yield from self._go_on(unit, order, journal, sink)
            if staging_store is not self.output:
                self.output.write(key(unit.number), read(staging_store, key(unit.number), JOURNAL_BYTES))
            sink.clear()
        finally:
            journal.close()

    def _staging_store(self) -> Store:
        """Where a unit lies while it is worked on: the output, but a folder of this machine for a shard that goes elsewhere as a whole."""
        if not (self.setup.shards and self.output.remote):
            return self.output
        name = hashlib.sha256(self.output.url.encode()).hexdigest()[:16]
        return LocalStore(str(Path(tempfile.gettempdir()) / f"misc-batch-{name}"))

    def _go_on(self, unit: Unit, order: Order, journal: Journal, sink: _Files | _Shard) -> Iterator[Begun | Part]:
        start = len(journal.rows)
        for message in self._work.groups(islice(self._inputs(unit), start, None), order, start):
            if isinstance(message, Begun):
                yield message
                continue
            for one, row in zip(message.inputs, message.rows, strict=True):
                self._note(one, row, journal, sink)
            yield Part(journal.tally, len(journal.rows))
        sink.finish(journal.rows)
        journal.end()

    def _note(self, one: Input, row: Row, journal: Journal, sink: _Files | _Shard) -> None:
        if row.output is not None:
            row = row._replace(columns={"output": sink.write(one.target, row.output), **row.columns})
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
            for one in read([Entry(0, self.setup.source, file.name, error)]):
                yield one._replace(target=file.output)

    def _members(self, members: Iterator[Input], shard: str) -> Iterator[Input]:
        folder = "" if self.setup.shards else f"{plan.renamed([shard], '')[0]}/"
        suffix, taken = self.setup.job.suffix, set[str]()
        for one in members:
            if one.member is None or suffix is None:
                yield one
                continue
            names = chain(plan.renamed([one.member], suffix), (f"{one.member}{suffix}",), _numbered(one.member, suffix))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            yield one._replace(target=folder + name)


def _numbered(name: str, suffix: str) -> Iterator[str]:
    """More names, without end, for members of a shard that have the same one."""
    return (f"{name}.{number}{suffix}" for number in count(2))


class _Files:
    """Outputs as files beside each other."""

    def __init__(self, place: Store) -> None:
        self._place = place

    def write(self, name: str, data: bytes) -> str:
        self._place.write(name, data)
        return printable(name)

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """Nothing is left to do."""

    def clear(self) -> None:
        """Nothing is left over."""


class _Shard:
    """Outputs of a unit in one tar, which appears when the unit is done; until then they lie side by side in the staging store."""

    def __init__(self, place: Store, staging_store: Store, unit: Unit) -> None:
        self._place, self._staging_store, self._name = place, staging_store, unit.output
        self._spool = f"{STATE}/spool/{unit.number:08d}"

    def write(self, name: str, data: bytes) -> str:
        self._staging_store.write(f"{self._spool}/{printable(name)}", data)
        return f"{self._name}/{printable(name)}"

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """The tar: members in order, nothing in it of when or by whom."""
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
            raise LostError(f"{self._name} cannot be written: {error.strerror or error}") from error
        self._place.put(temporary, self._name)

    def clear(self) -> None:
        """Remove what lay side by side."""
        self._staging_store.remove(self._spool)
