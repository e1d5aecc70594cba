"""The files that a user means: files, folders and globs, `-` for standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from errno import EINVAL, ENOENT
from pathlib import Path
from typing import NamedTuple

SUFFIX = ".misc"
STDIN = "-"


class Entry(NamedTuple):
    """A file to be read. `place`: which of the sources it was found under. `name`: its path below that, by which two sets are matched.

    `error`: why there is nothing to read: the folder cannot be listed, or has no such file.
    """

    place: int
    path: str
    name: str
    error: OSError | None = None


def find(sources: Iterable[str]) -> Iterator[Entry]:
    """All files of the sources, in no order: `*.misc` in folders at any depth, whatever a glob matches, and each named file.

    What exists is never taken for a glob. Links to folders are not followed, so that nothing is counted twice.
    """
    for place, source in enumerate(sources):
        path = Path(source)
        if source == STDIN:
            yield Entry(place, STDIN, STDIN)
        elif path.is_dir():
            yield from _or_nothing(place, source, _in_folder(place, path))
        elif glob.has_magic(source) and not os.path.lexists(path):
            yield from _or_nothing(place, source, _matching(place, source))
        else:
            yield Entry(place, str(path), path.name)


def _in_folder(place: int, folder: Path) -> Iterator[Entry]:
    """One entry at a time, however many there are."""
    waiting = [str(folder)]
    while waiting:
        listed = waiting.pop()
        try:
            with os.scandir(listed) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.name.endswith(SUFFIX):
                        yield _regular(place, Path(entry.path), folder, is_file=entry.is_file())
        except OSError as error:
            yield Entry(place, listed, os.path.relpath(listed, folder), error)


def _matching(place: int, pattern: str) -> Iterator[Entry]:
    fixed = Path(*_until_magic(pattern))
    for match in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - a pattern may begin anywhere
        path = Path(match)
        if not path.is_dir():
            yield _regular(place, path, fixed, is_file=path.is_file())


def _regular(place: int, path: Path, source: Path, *, is_file: bool) -> Entry:
    """An entry; what somebody put there that is no file, like a pipe, is not opened: it might never end."""
    special = not is_file and path.exists()
    error = OSError(EINVAL, "it is no regular file", str(path)) if special else None
    return Entry(place, str(path), os.path.relpath(path, source), error)


def _until_magic(pattern: str) -> Iterator[str]:
    """The folders that a glob begins with."""
    for part in Path(pattern).parts:
        if glob.has_magic(part):
            return
        yield part


def _or_nothing(place: int, source: str, entries: Iterator[Entry]) -> Iterator[Entry]:
    """A source without files is a row too, lest a misspelt folder looks like a report of nothing."""
    empty = True
    for entry in entries:
        empty = False
        yield entry
    if empty:
        yield Entry(place, source, source, FileNotFoundError(ENOENT, f"there is no {SUFFIX} file", source))
