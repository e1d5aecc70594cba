"""A batch: plan, work, report. Called again after an interruption, it resumes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from errno import ENOENT
from functools import partial
from typing import Any

from misc_format import __version__
from misc_format.batch import REPORT, changes, plan, report
from misc_format.batch.journal import Journals, Tally, folder, lock
from misc_format.batch.work import staging
from misc_format.document import FILES_PER_GROUP
from misc_format.engine import sources
from misc_format.engine.jobs import Job
from misc_format.engine.pool import NO_LIMITS, Event, Limits, Pool, run_here
from misc_format.engine.stores import STATE, LocalStore, Store, store
from misc_format.system.threads import cores

# Files of the first unit and of the largest one. An interrupted unit resumes after its last finished file.
UNIT_SIZES = {"bpp": (FILES_PER_GROUP, 1000), "validate": (FILES_PER_GROUP, 200), "encode": (1, 20), "decode": (1, 20)}
MAX_LISTED = 20  # failures that a summary names
Progress = Callable[[Tally, float], None]  # what is done, and the fraction of the whole


class OtherJobError(Exception):
    """The output belongs to another batch."""


@dataclass(frozen=True)
class Request:
    """The request of the user.

    `pattern`: of the names to take. `shards`: the number of files per output shard; 0: no shards; None: as in the source. `unit`: the
    number of files per unit. `engine`: "local" or "ray". `limits`: for each file. `retry_failed`: do the files again that
    failed in an earlier run.
    """

    job: Job
    source: str
    output: str
    pattern: str | None = None
    shards: int | None = None
    unit: int | None = None
    fail_fast: bool = False
    workers: int | None = None
    engine: str = "local"
    address: str | None = None
    gpus: float = 0.0
    limits: Limits = NO_LIMITS
    retry_failed: bool = False


@dataclass(frozen=True)
class Summary:
    """The result of a batch. `done_before`: files that an earlier run had done. `failures`: the first files that failed."""

    files: int
    failed: int
    done_before: int
    input_bytes: int
    seconds: float
    report: str
    failures: tuple[dict[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        new = self.files - self.done_before
        rate = new / self.seconds if self.seconds and new else None
        return {**self.__dict__, "failures": list(self.failures), "files_per_second": rate}


def run(request: Request, progress: Progress) -> Summary:
    """Do the batch, or the rest of it after an earlier run. Raises `OtherJobError`, `StoppedError`, `OSError`, `ModuleNotFoundError`."""
    import pyarrow.parquet  # noqa: F401 - the report needs it; without it, fail before the work

    start = time.perf_counter()
    output = store(request.output)
    with _exclusive(output):
        head, begun_before = _head(request, output)
        units = int(head["units"])
        if head.get("summary"):
            tally = Tally(*head["summary"])
            if not (request.retry_failed and tally.failed):
                return _summary(output, tally, tally.files, 0.0)
            plan.save(output, {name: value for name, value in head.items() if name != "summary"})
        journals = Journals(output, head["id"])
        finished = journals.finished() if begun_before else {}
        if request.retry_failed:
            _reopen(finished, journals, output, head, packed=_packed(request, head))
        if len(finished) < units and begun_before:
            changes.refuse(store(head["root"]), output, units, listed=head["listed"])
        counter = _Counter(head, finished, progress)
        if len(finished) < units:
            _work(request, head, [number for number in range(units) if number not in finished], counter)
        report.write(output, Journals(output, head["id"]), request.job)
        if output.remote:
            staging(output, head["id"]).remove("")
        plan.finish(output, head, counter.total(), folder(head["id"]))
        return _summary(output, counter.total(), counter.before, time.perf_counter() - start)


def _head(request: Request, output: Store) -> tuple[dict[str, Any], bool]:
    """The head of the plan, and whether an earlier run made it. Raises `OtherJobError` if that run did another job."""
    settings = _settings(request)
    head = plan.head(output)
    if head is None:
        return _plan(request, output, settings), False
    if "id" not in head:
        raise OtherJobError(
            f"{request.output} holds a batch of an earlier version; use another folder, or remove this one"
        )
    if head["settings"] != settings:
        raise OtherJobError(_difference(request, head["settings"], settings))
    return head, True


def _reopen(
    finished: dict[int, Tally], journals: Journals, output: Store, head: dict[str, Any], *, packed: bool
) -> None:
    """Take the units with failed files from the finished ones. A shard is done again as a whole, other files one by one.

    The files that are done again may have changed, so their stamps are renewed.
    """
    source = store(head["root"])

    def reopen(unit: plan.Unit) -> plan.Unit:
        tally = finished.get(unit.number)
        if tally is None or not tally.failed:
            return unit
        del finished[unit.number]
        if unit.shard is None and not packed:
            return changes.renewed(source, unit, journals.failed(unit.number))
        journals.restart(unit.number)
        return changes.renewed(source, unit, None)

    plan.update(output, int(head["units"]), reopen)


def _packed(request: Request, head: dict[str, Any]) -> bool:
    """Whether the outputs are tar shards."""
    packed = bool(request.shards if request.shards is not None else head["shards"])
    return packed and request.job.suffix is not None


def _settings(request: Request) -> dict[str, Any]:
    """The settings that decide the results. A resumed run must have the same. The engine and the number of workers are not among them."""
    return {
        "job": request.job.name,
        "source": request.source,
        "pattern": request.pattern,
        "shards": request.shards,
        "version": __version__,
        "options": request.job.identity(),
    }


def _difference(request: Request, before: dict[str, Any], now: dict[str, Any]) -> str:
    names = [name for name in now if before.get(name) != now[name]]
    changes = "; ".join(f"{name} was {before.get(name)!r} and is {now[name]!r}" for name in names)
    return f"{request.output} holds another batch ({changes}); use another folder, or remove this one"


def _plan(request: Request, output: Store, settings: dict[str, Any]) -> dict[str, Any]:
    job = request.job
    source = sources.resolve(request.source, job.endings)
    if source.names is not None and len(source.names) == 1 and not store(source.root).exists(source.names[0]):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), request.source)
    entries: Iterable[sources.Entry | sources.Folder] = sources.tree(
        source, 0, job.endings, request.pattern, output.url, stamps=True
    )
    listed = source.names is None and source.pattern is None
    if not listed:
        entries = [entry for entry in entries if isinstance(entry, sources.Entry)]
    if source.pattern is not None:  # a glob gives them in any order
        entries = sorted(entries, key=lambda entry: entry.name.rpartition("/")[::2])
    output.remove(plan.PAGES)  # of an unfinished plan
    fixed = request.shards if request.shards and job.suffix else request.unit
    size = plan.growing(*((fixed, fixed) if fixed else UNIT_SIZES[job.name]))
    return plan.make(
        entries,
        output,
        job,
        root=source.root,
        size=size,
        settings=settings,
        packed=request.shards != 0,
        listed=listed,
    )


def _work(request: Request, head: dict[str, Any], numbers: list[int], counter: _Counter) -> None:
    from misc_format.batch.work import Setup, Worker

    limited = request.limits != NO_LIMITS
    setup = Setup(
        head["root"],
        request.output,
        request.job,
        head["id"],
        packed=_packed(request, head),
        fail_fast=request.fail_fast,
        limited=limited,
        retry=request.retry_failed,
    )
    workers = cores() if request.workers is None else request.workers
    if request.engine == "ray":
        from misc_format.batch import cluster

        setup = replace(setup, source=_absolute(setup.source), output=_absolute(request.output))
        job = cluster.Cluster(setup, numbers, max(1, workers), request.limits, request.address, request.gpus)
        counter.listen(cluster.run(job), numbers)
    elif workers == 0:
        counter.listen(run_here(partial(Worker, setup), numbers), numbers)
    else:
        with Pool(partial(Worker, setup), min(workers, len(numbers)), request.limits) as pool:
            counter.listen(pool.run(numbers), numbers)


def _absolute(url: str) -> str:
    return url if "://" in url else os.path.abspath(url)  # noqa: PTH100 - do not resolve links


class _Counter:
    """Counts the finished files of each unit, and of all units."""

    def __init__(self, head: dict[str, Any], finished: dict[int, Tally], progress: Progress) -> None:
        self._head, self._progress = head, progress
        self._finished = len(finished)
        self._sum = Tally()
        for tally in finished.values():
            self._sum = self._sum.plus(tally)
        self.before = self._sum.files
        self._active: dict[int, Tally] = {}
        self._begun: set[int] = set()

    def listen(self, events: Iterable[Event], numbers: Sequence[int]) -> None:
        """Add up the tallies of the workers. The number of an event is the index of its unit in `numbers`."""
        for event in events:
            number = numbers[event.number]
            if event.last:
                self._sum = self._sum.plus(self._active.pop(number))
                self._finished += 1
            else:
                tally = Tally(*event.value)
                if number not in self._begun:
                    self._begun.add(number)
                    self.before += tally.files
                self._active[number] = tally
            self._show()

    def _show(self) -> None:
        done = self.total()
        # The number of files in a shard is not known before it is read.
        fraction = self._finished / self._head["units"] if self._head["shards"] else done.files / self._head["files"]
        self._progress(done, fraction)

    def total(self) -> Tally:
        """The tally of all finished files."""
        total = self._sum
        for tally in self._active.values():
            total = total.plus(tally)
        return total


def _summary(output: Store, tally: Tally, before: int, seconds: float) -> Summary:
    failures = report.failures(output, MAX_LISTED) if tally.failed else []
    name = f"{output.url.rstrip('/')}/{REPORT}"
    return Summary(tally.files, tally.failed, before, tally.size, seconds, name, tuple(failures))


@contextmanager
def _exclusive(output: Store) -> Any:
    """Lock the output folder against other runs on this machine, and remove half-written files of a killed run."""
    if not isinstance(output, LocalStore):
        yield
        return
    path = output.root / STATE / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            lock(file.fileno(), wait=False)
        except BlockingIOError:
            raise OtherJobError(f"another run is writing to {output.url}; wait for it, or end it") from None
        output.remove(f"{STATE}/tmp")
        yield
