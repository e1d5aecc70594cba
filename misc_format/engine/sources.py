"""The finder of files. A user names sources: a file, a folder, a pattern, a tar shard, a URL, or - for standard input.

| source | files |
|---|---|
| `-` | standard input |
| `photos/a.misc` | that file, with any ending |
| `photos/` | files at any depth with certain endings, and tar shards; no link to a folder, none out of `photos/` |
| `photos/**/b*.misc` | the files that match the pattern, and what links lead to; a name that exists is never a pattern |
| `part.tar`, `shards/{000..019}.tar` | tar shards; `{000..019}` stands for every number of the range |
| `s3://bucket/photos`, `https://host/a.misc` | the same, on any store that fsspec supports |
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from errno import EINVAL, ENOENT
from itertools import chain, product, repeat
from pathlib import Path
from typing import Final, NamedTuple

from misc_format.engine.stores import REQUESTS, STATE, Item, Kind, Store, UnavailableError, in_parallel, store
from misc_format.system.paths import resolved

STDIN: Final = "-"
MISC_ENDINGS: Final = (".misc",)
SHARDS: Final = (".tar.gz", ".tgz", ".tar")
#: Entries of a folder that are not read, by their kind.
REFUSED: Final[dict[Kind, str]] = {
    "special": "it is not a regular file",
    "outside": "it is a link that leads out of the folder; name it by a pattern, such as 'photos/**/*.misc', to follow it",
}
RANGE: Final = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Entry(NamedTuple):
    """A file to read, or a shard of files.

    `source_index`: the number of its source. `root`: the folder or URL of the source. `name`: the path below `root`; files of two sets
    are matched by it. `error`: why the entry cannot be read. `explicit`: the user named it, so a shard without files is an error.
    `stamp`: says when the file changes; "" if that is not known.
    """

    source_index: int
    root: str
    name: str
    error: OSError | None = None
    explicit: bool = False
    stamp: str = ""

    @property
    def path(self) -> str:
        """The path as the user knows it."""
        if "://" in self.root:
            return f"{self.root}/{self.name}" if self.name else self.root
        # The text that Path gives, in a tenth of its time.
        return self.name if self.root == "." else os.path.join(self.root, self.name)  # noqa: PTH118

    @property
    def is_shard(self) -> bool:
        """Whether it is a tar shard. The number of its files is not known before it is read."""
        return is_shard(self.name)


class Folder(NamedTuple):
    """A folder below a source. `name`: its path below `root`."""

    name: str


class Source(NamedTuple):
    """A source in parts. `names`: files below `root`, if the user names files. `pattern`: a glob, if the user gives one."""

    root: str
    names: tuple[str, ...] | None = None
    pattern: str | None = None


def is_shard(name: str) -> bool:
    """Whether a file is a tar shard, by its ending."""
    return name.lower().endswith(SHARDS)


def resolve(text: str, endings: tuple[str, ...] = MISC_ENDINGS) -> Source:
    """The source that a text names. `endings`: of files; a URL with another ending is a folder."""
    if text == STDIN:
        return Source("", (STDIN,))
    if "://" in text:
        return _split(text) if text.lower().endswith((*SHARDS, *endings)) else Source(text.rstrip("/"))
    path = Path(text)
    if path.is_dir():
        return Source(str(path))
    if not os.path.lexists(path):
        if RANGE.search(text):
            return _split(text)
        if glob.has_magic(text):
            return Source(str(Path(*_base_of_glob(text))), pattern=text)
    return Source(str(path.parent), (path.name,))


def entries(
    source: Source,
    source_index: int = 0,
    endings: tuple[str, ...] = MISC_ENDINGS,
    pattern: str | None = None,
    excluded: str | None = None,
) -> Iterator[Entry]:
    """The files and shards of one source. The files of a folder come together, in any order, before those of its subfolders.

    `pattern`: of the names to take; None: the names with one of the `endings`. `excluded`: a local folder to leave out. Folders `_batch`,
    which belong to a batch, are left out too. Raises `OSError` if the source itself cannot be listed.
    """
    for entry in tree(source, source_index, endings, pattern, excluded):
        if isinstance(entry, Entry):
            yield entry


def tree(
    source: Source,
    source_index: int = 0,
    endings: tuple[str, ...] = MISC_ENDINGS,
    pattern: str | None = None,
    excluded: str | None = None,
    *,
    stamps: bool = False,
) -> Iterator[Entry | Folder]:
    """What `entries` yields, and every subfolder, with the files of its parent. `stamps`: entries have their stamps."""
    if source.names is not None:
        base = store(source.root) if stamps else None
        known = iter_stamps(base, source.names) if base is not None else repeat("")
        for name, stamp in zip(source.names, known, strict=False):
            yield Entry(source_index, source.root, name, explicit=True, stamp=stamp)
        return
    is_glob = source.pattern is not None
    for name, kind, stamp in _glob_files(source, stamps) if is_glob else _walk(store(source.root), excluded, stamps):
        if isinstance(kind, OSError):
            yield Entry(source_index, source.root, name, kind)
        elif kind == "folder":
            yield Folder(name)
        elif is_glob or is_shard(name) or _matches(name, endings, pattern):
            entry = Entry(source_index, source.root, name, stamp=stamp)
            yield entry._replace(error=OSError(EINVAL, REFUSED[kind], entry.path)) if kind in REFUSED else entry


def iter_stamps(base: Store, names: Iterable[str]) -> Iterator[str]:
    """The stamps of files; "" for one that does not exist."""

    def stamp(name: str) -> str:
        try:
            return base.stamp(name)
        except UnavailableError:
            raise
        except OSError:
            return ""

    return in_parallel(stamp, names) if base.remote else map(stamp, names)


def find(sources: Iterable[str], endings: tuple[str, ...] = MISC_ENDINGS) -> Iterator[Entry]:
    """The files of all sources. A source that cannot be listed or has no file becomes an entry with an error: its name may be misspelt."""
    for index, text in enumerate(sources):
        count = 0
        try:
            for entry in entries(resolve(text, endings), index, endings):
                count += 1
                yield entry
        except OSError as error:
            yield Entry(index, *_root_and_name(text), error)
        else:
            if not count:
                problem = FileNotFoundError(ENOENT, f"there is no {' or '.join(endings)} file", text)
                yield Entry(index, *_root_and_name(text), problem)


def walk(base: Store, excluded: str | None = None) -> Iterator[tuple[str, Kind | OSError]]:
    """The names below a store, each with its kind, or with the error of a folder that cannot be listed. Files come before subfolders.

    Raises `OSError` if the store itself cannot be listed, and `UnavailableError` of any folder.
    """
    return ((name, kind) for name, kind, _ in _walk(base, excluded) if kind != "folder")


def _walk(base: Store, excluded: str | None, stamps: bool = False) -> Iterator[tuple[str, Kind | OSError, str]]:
    """What `walk` yields, with stamps, and the subfolders of each folder behind its files."""
    with _Listings(base, stamps) as listings:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            folders = []
            try:
                for item in listings.take(folder, waiting):
                    if item.kind == "folder":
                        folders.append(item.key)
                    else:
                        yield item
            except UnavailableError:
                raise
            except OSError as error:
                if not folder:
                    raise
                yield folder, error, ""
            names = (name for name in folders if Path(name).name != STATE)
            kept = sorted(name for name in names if not _is_same_folder(f"{base.url}/{name}", excluded))
            yield from ((name, "folder", "") for name in kept)
            waiting += reversed(kept)


class _Listings:
    """The listings of folders. Those of a remote store are asked for ahead of time, several at once."""

    def __init__(self, base: Store, stamps: bool) -> None:
        self._base, self._stamps = base, stamps
        self._executor = ThreadPoolExecutor(REQUESTS) if base.remote else None
        self._ahead: dict[str, Future[list[Item]]] = {}

    def __enter__(self) -> _Listings:
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def take(self, folder: str, following: Sequence[str]) -> Iterable[Item]:
        """The listing of a folder. `following`: the folders after it, the next one last. Raises `OSError`."""
        if self._executor is None:
            return self._base.listing(folder, stamps=self._stamps)
        for name in (folder, *reversed(following[-REQUESTS:])):
            if name not in self._ahead:
                self._ahead[name] = self._executor.submit(self._list, name)
        return self._ahead.pop(folder).result()

    def _list(self, folder: str) -> list[Item]:
        return list(self._base.listing(folder, stamps=self._stamps))


def expand_ranges(text: str) -> list[str]:
    """The names that ranges give: `a{08..11}` is a08, a09, a10, a11. Several ranges give all combinations."""
    parts = RANGE.split(text)
    ranges = [
        [f"{value:0{len(low)}d}" for value in range(int(low), int(high) + 1)]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    literal = parts[0::3]
    return ["".join(chain.from_iterable(zip(literal, (*numbers, ""), strict=True))) for numbers in product(*ranges)]


def _split(text: str) -> Source:
    """The files that a text with ranges names, below their common folder."""
    text = text.replace(os.sep, "/")
    folder, slash, _ = text.partition("{")[0].rpartition("/")
    return Source(folder or ("/" if slash else "."), tuple(expand_ranges(text[len(folder) + len(slash) :])))


def _glob_files(source: Source, stamps: bool) -> Iterator[tuple[str, Kind | OSError, str]]:
    assert source.pattern is not None
    base = store(source.root)
    for match in glob.iglob(source.pattern, recursive=True):  # noqa: PTH207 - a pattern may begin anywhere
        # These functions say no where `Path` raises an error, of a folder that must not be searched.
        if not os.path.isdir(match):  # noqa: PTH112
            special = os.path.exists(match) and not os.path.isfile(match)  # noqa: PTH110, PTH113
            name = Path(os.path.relpath(match, source.root)).as_posix()
            yield name, "special" if special else "file", next(iter_stamps(base, [name])) if stamps else ""


def _base_of_glob(pattern: str) -> Iterator[str]:
    """The leading folders of a glob, up to the first wildcard."""
    for part in Path(pattern).parts:
        if glob.has_magic(part):
            return
        yield part


def _matches(name: str, endings: tuple[str, ...], pattern: str | None) -> bool:
    last = name.rpartition("/")[2]
    return last.lower().endswith(endings) if pattern is None else fnmatch.fnmatchcase(last, pattern)


def _root_and_name(text: str) -> tuple[str, str]:
    """Root and name of the entry that stands for a whole source."""
    return (text, "") if "://" in text else ("", text)


def _is_same_folder(path: str, other: str | None) -> bool:
    if not other or "://" in f"{path}{other}":
        return bool(other) and path == str(other).rstrip("/")
    return resolved(path) == resolved(other)
