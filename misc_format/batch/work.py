"""A unit of work, file by file. Both engines run this; it knows neither processes nor clusters."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from misc_format.batch import STATE, plan
from misc_format.batch.jobs import Result, Setup, Task, failure
from misc_format.batch.journal import MOST, STRIKES, Journal, Tally, key
from misc_format.batch.plan import Unit
from misc_format.batch.stores import LocalStore, LostError, Store, limited, read, store

KILLED = f"it ended its worker {STRIKES} times, perhaps by the memory that it takes, and was left out"
ESCAPES = "its name leads out of the folder that is written"


class FailFastError(Exception):
    """A file failed, and the user wants to stop at the first."""


class Input(NamedTuple):
    """A file to be done. `read` gives its bytes or raises `OSError`."""

    name: str
    output: str
    read: Callable[[], bytes]


class Worker:
    """What a worker keeps between units: stores, and what the job has loaded."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.source = store(setup.source)
        self.output = store(setup.output)
        self.task: Task = setup.job.prepare()

    def run(self, number: int, tell: Callable[[Tally], None]) -> Tally:
        """Do a unit, or the rest of it; `tell` is given what is done so far, after each file.

        Raises `LostError` for what concerns every file, `FailFastError`, and what a job's task raises of that kind.
        """
        unit = plan.load(self.output, number)
        desk = self._desk()
        sink = _Shard(self.output, desk, unit) if self.setup.shards else _Files(self.output)
        journal = Journal(desk, number, self.setup.run)
        try:
            if not journal.ended:
                self._go_on(unit, journal, sink, tell)
            if desk is not self.output:
                self.output.write(key(number), read(desk, key(number), MOST))
            sink.clear()
            return journal.tally
        finally:
            journal.close()

    def _desk(self) -> Store:
        """Where a unit lies while it is worked on: the output, but a folder of this machine for a shard that goes elsewhere as a whole."""
        if not (self.setup.shards and self.output.remote):
            return self.output
        name = hashlib.sha256(self.output.url.encode()).hexdigest()[:16]
        return LocalStore(str(Path(tempfile.gettempdir()) / f"misc-batch-{name}"))

    def _go_on(self, unit: Unit, journal: Journal, sink: _Files | _Shard, tell: Callable[[Tally], None]) -> None:
        tell(journal.tally)
        rest = islice(self._inputs(unit), len(journal.rows), None)
        # Where a worker has died, file by file, lest another one is blamed.
        size = 1 if journal.deaths else self.setup.job.group
        if journal.deaths >= STRIKES and (found := next(rest, None)):
            self._note(found, 0, Result({"error": KILLED, "error_id": None}, good=False), journal, sink)
        while group := list(islice(((found, _content(found)) for found in rest), size)):
            whole = [(content, found.name) for found, content in group if isinstance(content, bytes)]
            results = iter(self.task(whole))
            for found, content in group:
                if isinstance(content, bytes):
                    self._note(found, len(content), next(results), journal, sink)
                else:
                    self._note(found, 0, content, journal, sink)
            tell(journal.tally)
        sink.finish(journal.rows)
        journal.end()

    def _note(self, found: Input, size: int, result: Result, journal: Journal, sink: _Files | _Shard) -> None:
        row = {"file": _printable(found.name), **result.row}
        if result.output is not None:
            row["output"] = sink.write(found.output, result.output)
        journal.add(row, size, good=result.good)
        if self.setup.fail_fast and not result.good:
            raise FailFastError(f"{row['file']}: {row['error']}")

    def _inputs(self, unit: Unit) -> Iterator[Input]:
        if unit.shard is not None:
            yield from self._members(unit.shard)
            return
        for path, output in unit.files:
            yield Input(path, output, partial(read, self.source, path, self.setup.job.most))

    def _members(self, shard: str) -> Iterator[Input]:
        """The files in a shard, read from its beginning to its end, once."""
        job, taken = self.setup.job, set[str]()
        folder = "" if self.setup.shards else plan.renamed([shard], "")[0] + "/"
        try:
            with self.source.open(shard) as stream, tarfile.open(fileobj=stream, mode="r|*") as archive:
                for member in archive:
                    if not member.isfile() or not member.name.lower().endswith(job.endings):
                        continue
                    name = f"{shard}/{member.name}"
                    if Path(member.name).is_absolute() or ".." in Path(member.name).parts:
                        yield Input(name, "", _raiser(PermissionError(ESCAPES)))
                        continue
                    [output] = plan.renamed([member.name], job.suffix)
                    output = member.name + (job.suffix or "") if output in taken else output
                    taken.add(output)
                    content = archive.extractfile(member)
                    assert content is not None  # members are regular files
                    yield Input(name, folder + output, partial(limited, content, name, job.most))
        except (tarfile.TarError, EOFError, OSError) as error:
            if isinstance(error, LostError):
                raise
            yield Input(shard, "", _raiser(OSError(f"the shard cannot be read to its end: {error}")))


def _content(found: Input) -> bytes | Result:
    """The bytes of a file, or what is wrong with it. Raises `LostError`."""
    try:
        return found.read()
    except LostError:
        raise
    except Exception as error:  # each store has errors of its own
        return failure(error)


def _raiser(error: Exception) -> Callable[[], bytes]:
    def raise_it() -> bytes:
        raise error

    return raise_it


def _printable(name: str) -> str:
    """A name that a table can hold: bytes that are no text are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


class _Files:
    """Outputs as files beside each other."""

    def __init__(self, place: Store) -> None:
        self._place = place

    def write(self, name: str, data: bytes) -> str:
        self._place.write(name, data)
        return _printable(name)

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """Nothing is left to do."""

    def clear(self) -> None:
        """Nothing is left over."""


class _Shard:
    """Outputs of a unit in one tar, which appears when the unit is done; until then they lie side by side on the desk."""

    def __init__(self, place: Store, desk: Store, unit: Unit) -> None:
        self._place, self._desk, self._name = place, desk, unit.output
        self._spool = f"{STATE}/spool/{unit.number:08d}"

    def write(self, name: str, data: bytes) -> str:
        self._desk.write(f"{self._spool}/{_printable(name)}", data)
        return f"{self._name}/{_printable(name)}"

    def finish(self, rows: list[dict[str, Any]]) -> None:
        """The tar: members in order, nothing in it of when or by whom."""
        assert isinstance(self._desk, LocalStore)
        temporary = self._desk.temporary()
        names = [str(row["output"])[len(self._name) + 1 :] for row in rows if "output" in row]
        try:
            with tarfile.open(temporary, "w", format=tarfile.PAX_FORMAT) as archive:
                for name in names:
                    data = (self._desk.root / self._spool / name).read_bytes()
                    member = tarfile.TarInfo(name)
                    member.size = len(data)
                    archive.addfile(member, io.BytesIO(data))
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise LostError(f"{self._name} cannot be written: {error.strerror or error}") from error
        self._place.put(temporary, self._name)

    def clear(self) -> None:
        """Remove what lay side by side."""
        self._desk.remove(self._spool)
