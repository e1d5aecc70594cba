"""The names of the outputs of a batch. No two inputs have the same one, on any file system.

Two names are the same if a file system that ignores case, Unicode forms, and dots and spaces at the end takes them for the same (`folded`).
Names are chosen folder by folder: siblings get different names, so all paths are different. A subfolder is a sibling, too.

The first choice of a sibling that keeps its name is met first. If several others have the same first choice, none of them gets it. Then
names are given in the order of the siblings; the members of a shard get theirs in the order of the shard. So the names depend on the
source alone.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from posixpath import normpath
from typing import Final, Literal, NamedTuple

from misc_format.batch import REPORT
from misc_format.engine.sources import SHARDS, Entry, is_shard
from misc_format.engine.stores import STATE, UnusableNameError
from misc_format.system.names import folded, name_bytes, numbered

# | sibling | first choice | if another has it | further choices |
# |---|---|---|---|
# | a subfolder `b` | `b` | | `b~2`, `b~3` |
# | a file `a.png` | `a.misc` | `a.png.misc` | `a.png~2.misc` |
# | a shard `a.tar.gz`, written as a shard | `a.tar` | `a.tar.gz.tar` | `a.tar.gz~2.tar` |
# | a shard `a.tar.gz`, written as a folder | `a` | `a.tar.gz` | `a.tar.gz~2` |
# | a member `c/x.png` of a shard | `c/x.misc` | `c/x.png.misc` | `c/x.png~2.misc` |
MAX_NAME: Final = 255  # bytes that a file system takes for a file or folder
RESERVED: Final = (STATE, REPORT)
PACK: Final = re.compile(r"(.*?)\d{6,}\.tar", re.DOTALL)
Kind = Literal["file", "shard", "folder"]


class Sibling(NamedTuple):
    """An entry of a folder. `name`: its last part."""

    name: str
    kind: Kind


class Naming(NamedTuple):
    """How outputs are named. `suffix`: of the output files. `packed`: whether shards are written as shards, not as folders."""

    suffix: str
    packed: bool

    def choices(self, sibling: Sibling) -> Iterator[str]:
        """The possible names of an output, the best first, without end."""
        name = sibling.name
        if sibling.kind == "folder":
            return chain((name,), numbered(name, "", MAX_NAME))
        if sibling.kind == "file":
            return chain((stem(name) + self.suffix, name + self.suffix), numbered(name, self.suffix))
        ending = ".tar" if self.packed else ""
        names = (shard_stem(name) + ending, name + ending)
        return chain((name for name in names if len(name_bytes(name)) <= MAX_NAME), numbered(name, ending, MAX_NAME))

    def distinct(self, siblings: Sequence[Sibling], taken: Iterable[str] = ()) -> list[str]:
        """A name for each sibling. No two are the same, and none is the same as a name of `taken`."""
        used = {folded(name) for name in taken}
        first = [next(self.choices(sibling)) for sibling in siblings]
        counts = Counter(map(folded, first))
        names: dict[int, str] = {}

        def give(index: int, choices: Iterable[str]) -> None:
            name = next((name for name in choices if folded(name) not in used), None)
            if name is not None:
                used.add(folded(name))
                names[index] = name

        order = sorted(range(len(siblings)), key=lambda index: (siblings[index].name, index))
        for index in order:
            if first[index] == siblings[index].name:
                give(index, first[index : index + 1])
        for index in order:
            if index not in names and counts[folded(first[index])] == 1:
                give(index, first[index : index + 1])
        for index in order:
            if index not in names:
                rest = self.choices(siblings[index])
                next(rest)  # others have it too
                give(index, rest)
        return [names[index] for index in range(len(siblings))]


class Outputs:
    """The names of outputs, folder by folder. A folder is named before its subfolders."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._renamed: dict[str, str] = {}  # folders whose output has another name
        self._prefix: str | None = None

    @property
    def prefix(self) -> str:
        """The beginning of the names of shards for files outside shards."""
        return self._prefix or ""

    def name(self, folder: str, entries: Sequence[Entry], subfolders: Sequence[str]) -> list[str]:
        """The path of the output of each entry of a folder. `subfolders`: paths below the source."""
        siblings = [Sibling(_last(entry.name), "shard" if is_shard(entry.name) else "file") for entry in entries]
        siblings += [Sibling(_last(path), "folder") for path in subfolders]
        names = self._naming.distinct(siblings, () if folder else RESERVED)
        if not folder and self._prefix is None:
            self._prefix = _free_prefix(names)
        target = self._target(folder)
        paths = [f"{target}/{name}" if target else name for name in names]
        for source, path in zip(subfolders, paths[len(entries) :], strict=True):
            if _last(source) != _last(path):
                self._renamed[source] = path
        return paths[: len(entries)]

    def name_all(self, entries: Sequence[Entry]) -> list[str]:
        """The path of the output of each entry of any folders."""
        files: dict[str, list[int]] = defaultdict(list)
        subfolders: dict[str, set[str]] = defaultdict(set)
        for index, entry in enumerate(entries):
            folder = parent(entry.name)
            files[folder].append(index)
            while folder and folder not in subfolders[parent(folder)]:
                subfolders[parent(folder)].add(folder)
                folder = parent(folder)
        paths = [""] * len(entries)
        for folder in sorted({*files, *subfolders, ""}, key=lambda folder: (folder.count("/"), folder)):
            below = files.get(folder, [])
            named = self.name(folder, [entries[index] for index in below], sorted(subfolders.get(folder, ())))
            for index, path in zip(below, named, strict=True):
                paths[index] = path
        return paths

    def _target(self, folder: str) -> str:
        """The path of the output of a folder."""
        ancestor, rest = folder, ""
        while ancestor and ancestor not in self._renamed:
            ancestor, _, last = ancestor.rpartition("/")
            rest = f"/{last}{rest}"
        return (self._renamed[ancestor] + rest) if ancestor else folder


class Members:
    """The names of the outputs of one shard, in the order of its members. They are kept in a temporary database, not in memory."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self._base = sqlite3.connect("", check_same_thread=False)  # a file that SQLite removes
        self._base.execute("CREATE TABLE names (name TEXT PRIMARY KEY, folder INTEGER, times INTEGER) WITHOUT ROWID")

    def close(self) -> None:
        """Remove the database."""
        self._base.close()

    def name(self, member: str) -> str:
        """The path of the output of the next member. Raises `UnusableNameError` if one of its folders has the name of an output."""
        path = normpath(member)
        folders = list(_ancestors(path))
        for folder in folders:
            if self._known(folder) == (0,):
                raise UnusableNameError(
                    f"its folder {folder} has the name of the output of another member; rename one of them"
                )
        name = next(name for name in self._choices(path) if self._known(name) is None)
        self._base.execute("INSERT INTO names VALUES (?, 0, 1)", (folded(name),))
        self._base.executemany(
            "INSERT OR IGNORE INTO names VALUES (?, 1, 1)", ((folded(folder),) for folder in folders)
        )
        return name

    def _choices(self, path: str) -> Iterator[str]:
        yield stem(path) + self._suffix
        yield path + self._suffix
        key = (folded(path + self._suffix),)
        self._base.execute("UPDATE names SET times = times + 1 WHERE name = ?", key)
        [times] = self._base.execute("SELECT times FROM names WHERE name = ?", key).fetchone()
        yield from numbered(path, self._suffix, first=times)

    def _known(self, name: str) -> tuple[int] | None:
        """Whether a name is that of a folder; None for a name that is free."""
        row: tuple[int] | None = self._base.execute(
            "SELECT folder FROM names WHERE name = ?", (folded(name),)
        ).fetchone()
        return row


def stem(path: str) -> str:
    """The path without the ending of its last part."""
    folder, slash, name = path.rpartition("/")
    first, dot, _ = name.rpartition(".")
    return folder + slash + (first if first and dot else name)


def shard_stem(shard: str) -> str:
    """The name of a shard without its ending."""
    return next(shard[: -len(ending)] for ending in SHARDS if shard.lower().endswith(ending)) or shard


def parent(path: str) -> str:
    """The folder of a path; "" at the root."""
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _ancestors(path: str) -> Iterator[str]:
    while path := parent(path):  # `dirname` never ends for "//a"
        yield path


def _free_prefix(names: Iterable[str]) -> str:
    """A prefix so that prefix, number and ".tar" are none of these names."""
    used = {match[1] for name in names if (match := PACK.fullmatch(folded(name)))}
    return next(
        prefix for prefix in chain(("", "files-"), (f"files~{number}-" for number in count(2))) if prefix not in used
    )
