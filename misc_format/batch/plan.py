"""The plan: the files of each unit of work, and the names of their outputs. It is made once and kept, so a resumed run has the same files.

The plan is kept in pages of `UNITS_PER_PAGE` units. A change of a file between two runs is noticed by its stamp.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby, islice
from typing import Any, NamedTuple

from misc_format.batch.names import Naming, Outputs, parent
from misc_format.engine.jobs import Job
from misc_format.engine.problems import problem_of
from misc_format.engine.sources import Entry, Folder
from misc_format.engine.stores import REQUESTS, STATE, Store, UnavailableError, in_parallel, read

PLAN = f"{STATE}/plan.json"
PAGES = f"{STATE}/plan"
UNITS_PER_PAGE = 64
MAX_PLAN_BYTES = 2**31
GROWTH = 16  # a growing unit has 1 / GROWTH of the files before it
Size = Callable[[int], int]


class File(NamedTuple):
    """The name of a file below the source, the name of its output, the reason why it cannot be read, if that is known, and its stamp."""

    name: str
    output: str = ""
    reason: str | None = None
    stamp: str = ""


class Unit(NamedTuple):
    """Some files, or one shard. `number`: the position in the plan. `output`: of the shard, or of the shard that the files are packed into.
    `stamp`: of the shard."""

    number: int
    files: list[File]
    shard: str | None = None
    output: str = ""
    stamp: str = ""


class Plans:
    """The plan of a batch, read page by page. The last page is kept."""

    def __init__(self, output: Store) -> None:
        self._output = output
        self._number = -1
        self._page: list[Any] = []

    def unit(self, number: int) -> Unit:
        """A unit of the plan. Raises `UnavailableError`."""
        page, index = divmod(number, UNITS_PER_PAGE)
        if page != self._number:
            self._page = _read_page(self._output, page)
            self._number = page
        if index >= len(self._page):
            raise _damage(self._output, page_key(page))
        return _unit(number, self._page[index])


def units(output: Store, count: int) -> Iterator[Unit]:
    """All units of a plan, in order."""
    pages = range(-(-count // UNITS_PER_PAGE))
    texts = in_parallel(lambda page: _read_page(output, page), pages, threads=REQUESTS if output.remote else 1)
    number = 0
    for page in texts:
        for content in page:
            yield _unit(number, content)
            number += 1


def make(
    entries: Iterable[Entry | Folder],
    output: Store,
    job: Job,
    *,
    root: str,
    size: Size,
    settings: dict[str, Any],
    packed: bool = True,
    listed: bool = True,
) -> dict[str, Any]:
    """Write the plan to the output store. The head is written last, and returned. Its `files` are those outside shards.

    `entries`: all below `root`, folder by folder, as `sources.tree` yields them, or a list in any order. `size`: gives the number of files
    of the next unit from the number of files before it. `packed`: whether the outputs of shards are shards. `listed`: whether the files
    were found by listing folders.
    """
    count = files = shards = 0
    with _Pages(output) as pages:
        for unit in _units(entries, job, size, packed):
            pages.add(unit)
            count += 1
            files += len(unit.files)
            shards += unit.shard is not None
    output.sync([page_key(page) for page in range(-(-count // UNITS_PER_PAGE))])
    counts = {"units": count, "files": files, "shards": shards}
    made = {"id": secrets.token_hex(8), **counts, "root": root, "listed": listed, "settings": settings}
    save(output, made)
    return made


def update(output: Store, count: int, change: Callable[[Unit], Unit]) -> None:
    """Replace units of a plan. A page without a change is not written."""
    for page in range(-(-count // UNITS_PER_PAGE)):
        before = _read_page(output, page)
        begin = page * UNITS_PER_PAGE
        after = [change(_unit(number, content))[1:] for number, content in enumerate(before, begin)]
        text = json.dumps(after)
        if text != json.dumps(before):
            output.write(page_key(page), text.encode())
            output.sync([page_key(page)])


def growing(first: int, max_files: int) -> Size:
    """Unit sizes that grow from `first` to `max_files`: all workers get some of few files, and many files make large units."""
    return lambda files_before: min(max_files, max(first, files_before // GROWTH))


def save(output: Store, head: dict[str, Any]) -> None:
    """Write the head of the plan."""
    output.write(PLAN, json.dumps(head).encode())
    output.sync([PLAN])


def finish(output: Store, head: dict[str, Any], tally: Sequence[int], journals: str) -> None:
    """Store the tally in the head, and remove what only the run needed. `journals`: their folder.

    If files failed, the plan and the journals are kept, because the files may be tried again.
    """
    save(output, {**head, "summary": list(tally)})
    failed = tally[1]
    for folder in (f"{STATE}/spool", f"{STATE}/tmp", *(() if failed else (PAGES, journals))):
        output.remove(folder)


def head(output: Store) -> dict[str, Any] | None:
    """The head of the plan; None without a complete plan. Raises `UnavailableError` for one that is damaged.

    That of an earlier version has no "id", and is returned as it is.
    """
    return _json(output, PLAN, _is_head) if output.exists(PLAN) else None


def page_key(page: int) -> str:
    """The key of a page of the plan."""
    return f"{PAGES}/{page:06d}.json"


def _unit(number: int, content: list[Any]) -> Unit:
    files, *rest = content
    return Unit(number, [File(*file) for file in files], *rest)


def _read_page(output: Store, page: int) -> list[Any]:
    content: list[Any] = _json(output, page_key(page), lambda value: _is_list(value, _is_unit))
    return content


def _json(output: Store, key: str, fits: Callable[[Any], bool]) -> Any:
    """A file of the plan whose content has its form. Raises `UnavailableError` for one that is damaged."""
    try:
        content = json.loads(read(output, key, MAX_PLAN_BYTES))
    except (ValueError, RecursionError):
        raise _damage(output, key) from None
    if not fits(content):
        raise _damage(output, key)
    return content


def _damage(output: Store, key: str) -> UnavailableError:
    return UnavailableError(
        f"{output.url}/{key} is damaged; remove the folder {STATE} there to do the whole batch again"
    )


def _is_head(value: Any) -> bool:
    if not isinstance(value, dict) or "id" not in value:
        return isinstance(value, dict)
    kinds = {"id": str, "units": int, "files": int, "shards": int, "root": str, "listed": bool, "settings": dict}
    summary = value.get("summary", [0, 0, 0])
    return (
        all(type(value.get(name)) is kind for name, kind in kinds.items())
        and min(value["units"], value["files"], value["shards"]) >= 0
        and _is_list(summary, lambda number: type(number) is int)
        and len(summary) == 3
    )


def _is_list(value: Any, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(fits, value))


def _is_unit(value: Any) -> bool:
    """Whether a JSON value is a `Unit` without its number."""
    if not isinstance(value, list) or len(value) != len(Unit._fields) - 1:
        return False
    files, shard, *names = value
    return _is_list(files, _is_file) and isinstance(shard, str | None) and all(isinstance(name, str) for name in names)


def _is_file(value: Any) -> bool:
    """Whether a JSON value is a `File`."""
    if not isinstance(value, list) or len(value) != len(File._fields):
        return False
    name, output, reason, stamp = value
    return all(isinstance(text, str) for text in (name, output, stamp)) and isinstance(reason, str | None)


class _Pages:
    """Writes pages of the plan, several at a time to a remote store."""

    def __init__(self, output: Store) -> None:
        self._output = output
        self._page: list[Any] = []
        self._count = 0
        self._executor = ThreadPoolExecutor(REQUESTS if output.remote else 1)
        self._writing: deque[Future[None]] = deque()

    def __enter__(self) -> _Pages:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            if self._page:
                self._write()
            self._wait(0)
        self._executor.shutdown()

    def add(self, unit: Unit) -> None:
        """Add the next unit."""
        self._page.append(unit[1:])
        if len(self._page) == UNITS_PER_PAGE:
            self._write()

    def _write(self) -> None:
        data = json.dumps(self._page).encode()
        self._writing.append(self._executor.submit(self._output.write, page_key(self._count), data))
        self._page = []
        self._count += 1
        self._wait(REQUESTS)

    def _wait(self, pending: int) -> None:
        while len(self._writing) > pending:
            self._writing.popleft().result()


def _units(entries: Iterable[Entry | Folder], job: Job, size: Size, packed: bool) -> Iterator[Unit]:
    """The units in order: for each folder first its shards, one per unit, then its files."""
    outputs = Outputs(Naming(job.suffix, packed)) if job.suffix is not None else None
    number = files_before = 0
    waiting: list[File] = []
    for group in _named(entries, outputs):
        for entry, output in group:
            if entry.is_shard and not entry.error:
                yield Unit(number, [], entry.name, output, entry.stamp)
                number += 1
            else:
                reason = problem_of(entry.error).sentence if entry.error else None
                waiting.append(File(entry.name, output, reason, entry.stamp))
        prefix = outputs.prefix if outputs is not None else ""
        start = 0
        while len(waiting) - start >= (count := size(files_before)):
            yield Unit(number, waiting[start : start + count], None, f"{prefix}{number:06d}.tar")
            number += 1
            files_before += count
            start += count
        del waiting[:start]
    if waiting:
        yield Unit(number, waiting, None, f"{prefix}{number:06d}.tar")


def _named(entries: Iterable[Entry | Folder], outputs: Outputs | None) -> Iterator[list[tuple[Entry, str]]]:
    """The entries of each folder, with the names of their outputs. The entries of a list may be in any order."""
    if isinstance(entries, list):
        names = iter(outputs.name_all(entries) if outputs is not None else [""] * len(entries))
        for _, group in groupby(entries, lambda entry: parent(entry.name)):
            members = list(group)
            yield list(zip(members, islice(names, len(members)), strict=True))
        return
    for folder, group in groupby(entries, lambda entry: parent(entry.name)):
        all_of_it = list(group)
        readable = sorted((entry for entry in all_of_it if isinstance(entry, Entry)), key=lambda entry: entry.name)
        subfolders = [entry.name for entry in all_of_it if isinstance(entry, Folder)]
        named = outputs.name(folder, readable, subfolders) if outputs is not None else [""] * len(readable)
        yield list(zip(readable, named, strict=True))
