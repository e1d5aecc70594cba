"""The one finder of files. A source is what a user names: a file, a folder, a pattern, a tar shard, a URL, or - for standard input.

| source | what is found |
|---|---|
| `-` | standard input |
| `photos/a.misc` | that file, whatever its ending |
| `photos/` | files at any depth, by their ending, and tar shards; links to folders are not followed, so that nothing is found twice |
| `photos/**/b*.misc` | what the pattern matches; what exists is never taken for a pattern |
| `part.tar`, `shards/{000..019}.tar` | tar shards; `{000..019}` stands for each number of the range |
| `s3://bucket/photos`, `https://host/a.misc` | the same, wherever fsspec reaches |
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterable, Iterator
from errno import EINVAL, ENOENT
from itertools import chain, product
from pathlib import Path
from typing import Final, NamedTuple

from misc_format.engine.stores import STATE, Kind, LostError, Store, store

STDIN: Final = "-"
MISC_ENDINGS: Final = (".misc",)
SHARDS: Final = (".tar.gz", ".tgz", ".tar")
RANGE: Final = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Entry(NamedTuple):
    """A file to be read, or a shard of files.

    `place`: which of the sources it was found under. `root`: the folder or URL of that source; `name`: the path below it, by which
    two sets are matched. `error`: why there is nothing to read. `named`: the user named it, so that it must have something in it.
    """

    place: int
    root: str
    name: str
    error: OSError | None = None
    named: bool = False

    @property
    def path(self) -> str:
        """What a user calls the file."""
        if "://" in self.root:
            return f"{self.root}/{self.name}" if self.name else self.root
        return str(Path(self.root, self.name))

    @property
    def is_shard(self) -> bool:
        """Whether there are files in it, and how many is not known before it is read."""
        return is_shard(self.name)


class Source(NamedTuple):
    """A source, taken apart. `names`: the files below `root`, where the user names them; `pattern`: the glob that they match."""

    root: str
    names: tuple[str, ...] | None = None
    pattern: str | None = None


def is_shard(name: str) -> bool:
    """Whether a file is a tar shard, by its ending."""
    return name.lower().endswith(SHARDS)


def resolve(text: str, endings: tuple[str, ...] = MISC_ENDINGS) -> Source:
    """The source that a user names. `endings`: of files, which tell a URL of a file from that of a folder."""
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
            return Source(str(Path(*_until_magic(text))), pattern=text)
    return Source(str(path.parent), (path.name,))


def entries(
    source: Source,
    place: int = 0,
    endings: tuple[str, ...] = MISC_ENDINGS,
    pattern: str | None = None,
    without: str | None = None,
) -> Iterator[Entry]:
    """The files of one source and its shards: those of a folder one after another, in no order, then those of the folders in it.

    `pattern`: of names that are taken; if None, those with one of the `endings`. `without`: a local folder that is left out. What an
    unfinished batch keeps in a folder `_batch` is left out, too. Raises `OSError` where the source itself cannot be listed.
    """
    if source.names is not None:
        yield from (Entry(place, source.root, name, named=True) for name in source.names)
        return
    if source.pattern is not None:
        listed: Iterable[tuple[str, Kind | OSError]] = _matching(source)
    else:
        listed = walk(store(source.root), without)
    for name, kind in listed:
        if isinstance(kind, OSError):
            yield Entry(place, source.root, name, kind)
        elif source.pattern is not None or is_shard(name) or _wanted(name, endings, pattern):
            yield Entry(place, source.root, name, _not_regular(source, name) if kind == "special" else None)


def find(sources: Iterable[str], endings: tuple[str, ...] = MISC_ENDINGS) -> Iterator[Entry]:
    """The files of all sources. A source that cannot be listed, or has no file, is an entry with that reason: it may be misspelt."""
    for place, text in enumerate(sources):
        count = 0
        try:
            for entry in entries(resolve(text, endings), place, endings):
                count += 1
                yield entry
        except OSError as error:
            yield Entry(place, *_as_one(text), error)
        else:
            if not count:
                problem = FileNotFoundError(ENOENT, f"there is no {' or '.join(endings)} file", text)
                yield Entry(place, *_as_one(text), problem)


def walk(place: Store, without: str | None = None) -> Iterator[tuple[str, Kind | OSError]]:
    """Names below a store with their kinds, or with the reason why a folder cannot be listed; a folder's own before those in its folders.

    Raises `OSError` for the store itself, `LostError` for any folder.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        folders = []
        try:
            for name, kind in place.listing(folder):
                if kind == "folder":
                    folders.append(name)
                else:
                    yield name, kind
        except LostError:
            raise
        except OSError as error:
            if not folder:
                raise
            yield folder, error
        kept = (name for name in folders if Path(name).name != STATE)
        waiting += sorted((name for name in kept if not _same(f"{place.url}/{name}", without)), reverse=True)


def expand(text: str) -> list[str]:
    """`a{08..11}` as a08, a09, a10, a11; several ranges give all combinations."""
    parts = RANGE.split(text)
    ranges = [
        [f"{value:0{len(low)}d}" for value in range(int(low), int(high) + 1)]
        for low, high in zip(parts[1::3], parts[2::3], strict=True)
    ]
    literal = parts[0::3]
    return ["".join(chain.from_iterable(zip(literal, (*chosen, ""), strict=True))) for chosen in product(*ranges)]


def _split(text: str) -> Source:
    """The files that a text with ranges names, below the folder that all have."""
    folder, slash, _ = text.partition("{")[0].rpartition("/")
    return Source(folder or ("/" if slash else "."), tuple(expand(text[len(folder) + len(slash) :])))


def _matching(source: Source) -> Iterator[tuple[str, Kind]]:
    assert source.pattern is not None
    for match in glob.iglob(source.pattern, recursive=True):  # noqa: PTH207 - a pattern may begin anywhere
        path = Path(match)
        if not path.is_dir():
            special = path.exists() and not path.is_file()
            yield Path(os.path.relpath(path, source.root)).as_posix(), "special" if special else "file"


def _until_magic(pattern: str) -> Iterator[str]:
    """The folders that a glob begins with."""
    for part in Path(pattern).parts:
        if glob.has_magic(part):
            return
        yield part


def _wanted(name: str, endings: tuple[str, ...], pattern: str | None) -> bool:
    last = name.rpartition("/")[2]
    return last.lower().endswith(endings) if pattern is None else fnmatch.fnmatchcase(last, pattern)


def _not_regular(source: Source, name: str) -> OSError:
    return OSError(EINVAL, "it is no regular file", Entry(0, source.root, name).path)


def _as_one(text: str) -> tuple[str, str]:
    """Root and name of a source as a whole."""
    return (text, "") if "://" in text else ("", text)


def _same(path: str, other: str | None) -> bool:
    return bool(other) and "://" not in f"{path}{other}" and Path(path).resolve() == Path(str(other)).resolve()
