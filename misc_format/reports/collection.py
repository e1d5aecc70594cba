"""The counts of any number of files in a temporary database on disk, and what they say together.

Memory does not grow with the number of files: rows go in one by one and come out in order, and statistics are SQL's. Bits are integers
from end to end; the sum of a file's parts is its size, and the sum over files is the sum of their sizes.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from misc_format.accounting import Account, Part
from misc_format.engine.problems import Problem
from misc_format.engine.rows import Row, path_order, printable
from misc_format.engine.run import Extent
from misc_format.engine.sources import Entry

Group = Literal["none", "folder", "profile"]
GROUPS: tuple[Group, ...] = ("none", "folder", "profile")
TOTAL = "file"
CACHE = 8 * 1024  # KiB of the database that may be in memory
SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
CREATE TABLE source (side INTEGER, place INTEGER, path BLOB, root BLOB, name BLOB, named INTEGER, shard INTEGER,
                    errno INTEGER, problem TEXT);
CREATE TABLE entry (id INTEGER PRIMARY KEY, side INTEGER, path BLOB, name BLOB);
CREATE TABLE file (id INTEGER PRIMARY KEY, side INTEGER, folder TEXT, profile TEXT, width INTEGER, height INTEGER, bits INTEGER);
CREATE TABLE part (file INTEGER, path TEXT, kind TEXT, bits INTEGER, bpp REAL, information REAL);
CREATE TABLE fill (file INTEGER, what TEXT, used INTEGER, most INTEGER);
CREATE TABLE failure (id INTEGER PRIMARY KEY, side INTEGER, problem TEXT);
"""
GROUPED = {"none": "''", "folder": "file.folder", "profile": "file.profile"}
# A part that a file lacks has 0 bits there: `ranked` holds only those that are there, in order behind the zeros.
STATISTICS = """
WITH chosen AS (SELECT {group} AS grp, part.path AS path, part.bits AS bits, part.bpp AS bpp
                FROM part JOIN file ON file.id = part.file WHERE file.side = :side
                UNION ALL SELECT {group}, '{total}', bits, bits * 1.0 / (width * height) FROM file WHERE side = :side),
     size AS (SELECT {group} AS grp, count(*) AS files FROM file WHERE side = :side GROUP BY 1),
     ranked AS (SELECT chosen.*, size.files AS files, row_number() OVER (PARTITION BY chosen.grp, path ORDER BY bpp) AS place,
                       count(*) OVER (PARTITION BY chosen.grp, path) AS present,
                       sum(bpp) OVER (PARTITION BY chosen.grp, path) / size.files AS mean
                FROM chosen JOIN size ON size.grp = chosen.grp)
SELECT grp, path, files, sum(bits), mean,
       sum(CASE WHEN place = (files + 1) / 2 - (files - present) THEN bpp ELSE 0 END) AS lower,
       sum(CASE WHEN place = files / 2 + 1 - (files - present) THEN bpp ELSE 0 END) AS upper,
       sum((bpp - mean) * (bpp - mean)) + (files - present) * mean * mean AS squares,
       CASE WHEN present < files THEN 0.0 ELSE min(bpp) END, max(bpp)
FROM ranked GROUP BY grp, path ORDER BY grp
"""
PAIRS = """
SELECT count(*), sum(this.bits < other.bits), sum(this.bits = other.bits), sum(this.bits > other.bits)
FROM entry AS one JOIN entry AS two ON two.name = one.name JOIN file AS this ON this.id = one.id JOIN file AS other ON other.id = two.id
WHERE one.side = 0 AND two.side = 1
"""


MAPS = """
SELECT min(maps), max(maps) FROM (SELECT count(part.path) AS maps FROM file
LEFT JOIN part ON part.file = file.id AND part.path GLOB 'maps/[0-9]*' WHERE file.side = 0 GROUP BY file.id)
"""


class Statistic(NamedTuple):
    """One part over the files of one group. bpp: mean, median, standard deviation, least and most of the files' own."""

    path: str
    files: int
    bits: int
    mean: float
    median: float
    deviation: float
    least: float
    most: float

    @property
    def mean_bits(self) -> float:
        """Bits a file."""
        return self.bits / self.files


class Filling(NamedTuple):
    """One limit of a profile over its files: mean and most of what they use of it."""

    profile: str
    what: str
    files: int
    mean: float
    largest: int
    most: int


class Pairs(NamedTuple):
    """Files that two sets have under the same name, by which is smaller."""

    files: int
    smaller: int
    equal: int
    larger: int


class Collection:
    """Two sets of files: side 0 is the report's, side 1 what it is compared with. Closed, it leaves nothing behind."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)  # on disk, under a name of its own, removed when closed
        self._base.execute(f"PRAGMA cache_size = -{CACHE}")
        self._base.executescript(SCHEMA)
        self._base.execute("BEGIN")
        self._paths: set[str] = set()

    def close(self) -> None:
        """Drop everything."""
        self._base.close()

    def expect(self, entries: Iterable[Entry], side: int = 0) -> None:
        """Note the files to be counted."""
        for entry in entries:
            problem = (entry.error.errno, entry.error.strerror or str(entry.error)) if entry.error else (None, None)
            path, root, name = map(os.fsencode, (entry.path, entry.root, entry.name))
            values = (side, entry.place, path, root, name, entry.named, entry.is_shard, *problem)
            self._base.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def extent(self, side: int = 0) -> Extent:
        """How many files and shards `expect` noted."""
        query = "SELECT count(*) - coalesce(sum(shard), 0), coalesce(sum(shard), 0) FROM source WHERE side = ?"
        return Extent(*self._base.execute(query, (side,)).fetchone())

    def entries(self, side: int = 0) -> Iterator[Entry]:
        """The files that `expect` noted, those of a source in order of their paths."""
        query = "SELECT place, path, root, name, named, errno, problem FROM source WHERE side = ? ORDER BY place, path"
        for place, path, root, name, named, errno, problem in self._base.execute(query, (side,)):
            error = OSError(errno, problem, os.fsdecode(path)) if problem is not None else None
            yield Entry(place, os.fsdecode(root), os.fsdecode(name), error, bool(named))

    def expected(self, side: int = 0) -> int:
        """How many rows there are."""
        return self._number("SELECT count(*) FROM entry WHERE side = ?", side)

    def counted(self, side: int = 0) -> int:
        """How many files were counted."""
        return self._number("SELECT count(*) FROM file WHERE side = ?", side)

    def failed(self, side: int = 0) -> int:
        """How many could not be."""
        return self._number("SELECT count(*) FROM failure WHERE side = ?", side)

    def bits(self, side: int = 0) -> int:
        """The sum of the sizes of all counted files."""
        return self._number("SELECT coalesce(sum(bits), 0) FROM file WHERE side = ?", side)

    def add(self, row: Row, side: int = 0) -> None:
        """What became of a file; rows come in order."""
        values: tuple[Any, ...] = (side, os.fsencode(row.path), os.fsencode(row.name))
        number = self._base.execute("INSERT INTO entry (side, path, name) VALUES (?, ?, ?)", values).lastrowid
        assert number is not None
        if row.account is not None:
            self._count(number, row.path, row.account, side)
        else:
            self._base.execute("INSERT INTO failure VALUES (?, ?, ?)", (number, side, json.dumps(row.problem)))

    def _count(self, number: int, path: str, account: Account, side: int) -> None:
        pixels = account.width * account.height
        folder = printable(str(Path(path).parent))
        values = (number, side, folder, account.profile, account.width, account.height, account.file_bits)
        self._base.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        parts = [
            (number, part.path, part.kind, part.bits, part.bits / pixels, part.information_bits)
            for part in account.components
        ]
        self._base.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)", parts)
        if account.fill:
            self._base.executemany("INSERT INTO fill VALUES (?, ?, ?, ?)", [(number, *use) for use in account.fill])
        self._paths.update(part.path for part in account.components)

    def paths(self) -> list[str]:
        """The paths of all parts that any file has, in their order."""
        return sorted(self._paths, key=path_order)

    def rows(self, side: int = 0) -> Iterator[Row]:
        """All files in order."""
        parts = self._base.execute(
            "SELECT part.file, part.path, part.kind, part.bits, part.information FROM part JOIN file ON file.id = part.file "
            "WHERE file.side = ? ORDER BY part.rowid", (side,),
        )  # fmt: skip
        files = self._base.execute(
            "SELECT entry.path, entry.name, file.id, file.width, file.height, file.profile, failure.problem FROM entry "
            "LEFT JOIN file ON file.id = entry.id LEFT JOIN failure ON failure.id = entry.id "
            "WHERE entry.side = ? ORDER BY entry.id", (side,),
        )  # fmt: skip
        following = next(parts, None)
        for *names, number, width, height, profile, problem in files:
            path, name = (printable(os.fsdecode(one)) for one in names)
            if number is None:
                yield Row(path, name, problem=Problem(*json.loads(problem)))
                continue
            own = []
            while following is not None and following[0] == number:
                own.append(Part(*following[1:]))
                following = next(parts, None)
            yield Row(path, name, Account(width, height, tuple(own), profile))

    def failures(self, max_rows: int = -1) -> Iterator[tuple[str, str]]:
        """Path and sentence of files that could not be counted, of either side, in order."""
        failures = self._base.execute(
            "SELECT entry.path, failure.problem FROM failure JOIN entry ON entry.id = failure.id ORDER BY entry.id LIMIT ?",
            (max_rows,),
        )
        for path, problem in failures:
            yield printable(os.fsdecode(path)), printable(Problem(*json.loads(problem)).sentence)

    def statistics(self, group: Group = "none", side: int = 0) -> Iterator[tuple[str, list[Statistic]]]:
        """Name and parts of each group, in order; the last part, `file`, is the files themselves."""
        query = STATISTICS.format(group=GROUPED[group], total=TOTAL)
        name: str | None = None
        parts: list[Statistic] = []
        for grp, path, files, bits, mean, lower, upper, squares, least, most in self._base.execute(
            query, {"side": side}
        ):
            if grp != name and parts:
                yield str(name), sorted(parts, key=lambda part: path_order(part.path))
                parts = []
            name = grp
            deviation = math.sqrt(squares / (files - 1)) if files > 1 else 0.0
            parts.append(Statistic(path, files, bits, mean, (lower + upper) / 2, deviation, least, most))
        if parts:
            yield str(name), sorted(parts, key=lambda part: path_order(part.path))

    def filling(self) -> list[Filling]:
        """How full the budget of each profile is, over the files of which payloads were decoded."""
        parts = self._base.execute(
            "SELECT file.profile, what, count(*), avg(used), max(used), most FROM fill JOIN file ON file.id = fill.file "
            "WHERE file.side = 0 GROUP BY file.profile, what, most ORDER BY file.profile, min(fill.rowid)"
        )
        return [Filling(*row) for row in parts]

    def pairs(self) -> Pairs:
        """How many files of both sets have the same name below their source, and which are smaller."""
        self._base.execute("CREATE INDEX IF NOT EXISTS names ON entry (side, name)")
        return Pairs(*(value or 0 for value in self._base.execute(PAIRS).fetchone()))

    def maps(self) -> tuple[int, int] | None:
        """The least and the largest number of maps of a file, where payloads were decoded."""
        least, most = self._base.execute(MAPS).fetchone()
        return (least, most) if most else None

    def _number(self, query: str, *values: Any) -> int:
        return int(self._base.execute(query, values).fetchone()[0])
