"""The accounts of any number of files in a temporary SQLite database, and statistics of them.

Memory use does not depend on the number of files: rows are added and returned one by one, in order, and SQL computes the statistics. Bits
are always integers. The parts of a file add up to its size, and the sums over files add up to the sum of their sizes.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from misc_format.accounting import Account, Need, Part
from misc_format.engine.problems import Problem
from misc_format.engine.rows import Row, path_order
from misc_format.engine.run import Extent
from misc_format.engine.sources import Entry
from misc_format.reports import TOTAL
from misc_format.system.text import printable

Group = Literal["none", "folder", "profile"]
GROUPS: tuple[Group, ...] = ("none", "folder", "profile")
CACHE = 8 * 1024  # KiB of the database in memory
SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
CREATE TABLE source (side INTEGER, source_index INTEGER, path BLOB, root BLOB, name BLOB, explicit INTEGER, shard INTEGER,
                    errno INTEGER, problem TEXT);
CREATE TABLE entry (id INTEGER PRIMARY KEY, side INTEGER, path BLOB, name BLOB);
CREATE TABLE file (id INTEGER PRIMARY KEY, side INTEGER, folder TEXT, subfolder TEXT, profile TEXT, width INTEGER, height INTEGER,
                   bits INTEGER, outside TEXT);
CREATE TABLE part (file INTEGER, path TEXT, kind TEXT, bits INTEGER, bpp REAL, information REAL, status TEXT, component TEXT);
CREATE TABLE budget (file INTEGER, quantity TEXT, used INTEGER, max_value INTEGER);
CREATE TABLE failure (id INTEGER PRIMARY KEY, side INTEGER, problem TEXT);
"""
# Whole sections of a file count as its parts, too: the sums of the parts of each section.
PARTS = """SELECT {group} AS grp, part.path AS path, part.bits AS bits, part.bpp AS bpp
           FROM part JOIN file ON file.id = part.file WHERE file.side = :side"""
SECTIONS = """SELECT {group} AS grp, CASE WHEN {kind} IN ('image', 'text', 'maps') THEN part.component ELSE 'overhead' END AS path,
                     sum(part.bits) AS bits, sum(part.bpp) AS bpp
              FROM part JOIN file ON file.id = part.file WHERE file.side = :side GROUP BY file.id, 2"""
KIND = "substr(part.path, 1, instr(part.path || '/', '/') - 1)"  # the first word of the path
GROUPED = {"none": "''", "folder": "file.folder", "profile": "file.profile"}
# A part that a file does not have counts as 0 bits. `ranked` has no rows for these zeros; in order of bpp they come first.
STATISTICS = """
WITH chosen AS ({parts}
                UNION ALL SELECT {group}, '{total}', bits, bits * 1.0 / (width * height) FROM file WHERE side = :side),
     size AS (SELECT {group} AS grp, count(*) AS files FROM file WHERE side = :side GROUP BY 1),
     ranked AS (SELECT chosen.*, size.files AS files, row_number() OVER (PARTITION BY chosen.grp, path ORDER BY bpp) AS position,
                       count(*) OVER (PARTITION BY chosen.grp, path) AS present,
                       sum(bpp) OVER (PARTITION BY chosen.grp, path) / size.files AS mean
                FROM chosen JOIN size ON size.grp = chosen.grp)
SELECT grp, path, files, sum(bits), mean,
       sum(CASE WHEN position = (files + 1) / 2 - (files - present) THEN bpp ELSE 0 END) AS lower,
       sum(CASE WHEN position = files / 2 + 1 - (files - present) THEN bpp ELSE 0 END) AS upper,
       sum((bpp - mean) * (bpp - mean)) + (files - present) * mean * mean AS squares,
       CASE WHEN present < files THEN 0.0 ELSE min(bpp) END, max(bpp)
FROM ranked GROUP BY grp, path ORDER BY grp
"""
PAIRS = """
SELECT count(*), sum(this.bits < other.bits), sum(this.bits = other.bits), sum(this.bits > other.bits)
FROM entry AS first JOIN entry AS second ON second.name = first.name
JOIN file AS this ON this.id = first.id JOIN file AS other ON other.id = second.id
WHERE first.side = 0 AND second.side = 1
"""
MAPS = """
SELECT grp, min(maps), max(maps) FROM (SELECT {group} AS grp, count(part.path) AS maps FROM file
LEFT JOIN part ON part.file = file.id AND part.path GLOB 'maps/[0-9]*' WHERE file.side = :side GROUP BY file.id) GROUP BY grp
"""


class Statistic(NamedTuple):
    """One part in the files of one group.

    `bits`: the sum over the files. `mean`, `median`, `deviation` (standard deviation), `minimum`, `maximum`: of the bpp of the files.
    """

    path: str
    files: int
    bits: int
    mean: float
    median: float
    deviation: float
    minimum: float
    maximum: float

    @property
    def mean_bits(self) -> float:
        """Mean bits per file."""
        return self.bits / self.files


class ProfileUse(NamedTuple):
    """The use of one limit of a profile by its files. `mean`, `largest`: of the values of the files. `limit`: the allowed value."""

    profile: str
    quantity: str
    files: int
    mean: float
    largest: int
    limit: int


class Pairs(NamedTuple):
    """The files with the same name in both sets: how many of side 0 are smaller, equal or larger."""

    files: int
    smaller: int
    equal: int
    larger: int


class Collection:
    """Two sets of files: side 0 is the set of the report, side 1 the set to compare with. `close` removes the database."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # an unnamed database on disk; closing removes it
        self._database.execute(f"PRAGMA cache_size = -{CACHE}")
        self._database.executescript(SCHEMA)
        self._database.execute("BEGIN")
        self._paths: set[str] = set()

    def close(self) -> None:
        """Remove the database."""
        self._database.close()

    def expect(self, entries: Iterable[Entry], side: int = 0) -> None:
        """Record the files that will be counted."""
        for entry in entries:
            problem = (entry.error.errno, entry.error.strerror or str(entry.error)) if entry.error else (None, None)
            path, root, name = map(os.fsencode, (entry.path, entry.root, entry.name))
            values = (side, entry.source_index, path, root, name, entry.explicit, entry.is_shard, *problem)
            self._database.execute("INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def extent(self, side: int = 0) -> Extent:
        """The numbers of files and shards that `expect` recorded."""
        query = "SELECT count(*) - coalesce(sum(shard), 0), coalesce(sum(shard), 0) FROM source WHERE side = ?"
        return Extent(*self._database.execute(query, (side,)).fetchone())

    def entries(self, side: int = 0) -> Iterator[Entry]:
        """The files that `expect` recorded. The files of a source are in order of their paths."""
        query = "SELECT source_index, path, root, name, explicit, errno, problem FROM source WHERE side = ? ORDER BY source_index, path"
        for index, path, root, name, explicit, errno, problem in self._database.execute(query, (side,)):
            error = OSError(errno, problem, os.fsdecode(path)) if problem is not None else None
            yield Entry(index, os.fsdecode(root), os.fsdecode(name), error, bool(explicit))

    def expected(self, side: int = 0) -> int:
        """The number of rows that were added."""
        return self._number("SELECT count(*) FROM entry WHERE side = ?", side)

    def counted(self, side: int = 0) -> int:
        """The number of files that were counted."""
        return self._number("SELECT count(*) FROM file WHERE side = ?", side)

    def failed(self, side: int = 0) -> int:
        """The number of files that could not be counted."""
        return self._number("SELECT count(*) FROM failure WHERE side = ?", side)

    def bits(self, side: int = 0) -> int:
        """The sum of the sizes of all counted files."""
        return self._number("SELECT coalesce(sum(bits), 0) FROM file WHERE side = ?", side)

    def add(self, row: Row, side: int = 0) -> None:
        """Add the row of a file: its account, or its problem. Rows are kept in this order."""
        values: tuple[Any, ...] = (side, os.fsencode(row.path), os.fsencode(row.name))
        number = self._database.execute("INSERT INTO entry (side, path, name) VALUES (?, ?, ?)", values).lastrowid
        assert number is not None
        if row.account is not None:
            self._count(number, row, row.account, side)
        else:
            self._database.execute("INSERT INTO failure VALUES (?, ?, ?)", (number, side, json.dumps(row.problem)))

    def _count(self, number: int, row: Row, account: Account, side: int) -> None:
        pixels = account.width * account.height
        folders = (printable(os.path.dirname(name) or ".") for name in (row.path, row.name))  # noqa: PTH120
        values = (number, side, *folders, account.profile, account.width, account.height, account.file_bits)
        self._database.execute(
            "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*values, json.dumps(account.outside))
        )
        parts = [
            (
                number,
                part.path,
                part.kind,
                part.bits,
                part.bits / pixels,
                part.information_bits,
                part.status,
                part.owner,
            )
            for part in account.components
        ]
        self._database.executemany("INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)", parts)
        if account.budget:
            self._database.executemany(
                "INSERT INTO budget VALUES (?, ?, ?, ?)", [(number, *use) for use in account.budget]
            )
        self._paths.update(part.path for part in account.components)

    def paths(self) -> list[str]:
        """The paths of the parts of all files, in the order of `path_order`."""
        return sorted(self._paths, key=path_order)

    def rows(self, side: int = 0) -> Iterator[Row]:
        """The rows of all files, in order."""
        parts = self._database.execute(
            "SELECT part.file, part.path, part.kind, part.bits, part.information, part.status, part.component "
            "FROM part JOIN file ON file.id = part.file "
            "WHERE file.side = ? ORDER BY part.rowid", (side,),
        )  # fmt: skip
        files = self._database.execute(
            "SELECT entry.path, entry.name, file.id, file.width, file.height, file.profile, file.outside, failure.problem FROM entry "
            "LEFT JOIN file ON file.id = entry.id LEFT JOIN failure ON failure.id = entry.id "
            "WHERE entry.side = ? ORDER BY entry.id", (side,),
        )  # fmt: skip
        following = next(parts, None)
        for *names, number, width, height, profile, outside, problem in files:
            path, name = (printable(os.fsdecode(value)) for value in names)
            if number is None:
                yield Row(path, name, problem=Problem(*json.loads(problem)))
                continue
            components = []
            while following is not None and following[0] == number:
                components.append(Part(*following[1:]))
                following = next(parts, None)
            needs = tuple(Need(*need) for need in json.loads(outside))
            yield Row(path, name, Account(width, height, tuple(components), profile, outside=needs))

    def failures(self, max_rows: int = -1) -> Iterator[tuple[str, str]]:
        """The path of each file of both sides that could not be counted, and a sentence with the reason, in order.

        `max_rows`: the largest number of files; -1: no limit.
        """
        rows = self._database.execute(
            "SELECT entry.path, failure.problem FROM failure JOIN entry ON entry.id = failure.id ORDER BY entry.id LIMIT ?",
            (max_rows,),
        )
        for path, problem in rows:
            yield printable(os.fsdecode(path)), printable(Problem(*json.loads(problem)).sentence)

    def statistics(
        self, group: Group = "none", side: int = 0, *, sections: bool = False
    ) -> Iterator[tuple[str, list[Statistic]]]:
        """The name and the parts of each group, in order. The last part, `file`, is the whole files.

        `sections`: the parts are the sections of `sections()`, as far as the group has them.
        """
        grouped = self._grouped(group)
        parts_query = (SECTIONS if sections else PARTS).format(group=grouped, kind=KIND)
        query = STATISTICS.format(parts=parts_query, group=grouped, total=TOTAL)
        name: str | None = None
        parts: list[Statistic] = []
        for group_name, path, files, bits, mean, lower, upper, squares, minimum, maximum in self._database.execute(
            query, {"side": side}
        ):
            if group_name != name and parts:
                yield str(name), sorted(parts, key=lambda part: path_order(part.path))
                parts = []
            name = group_name
            deviation = math.sqrt(squares / (files - 1)) if files > 1 else 0.0
            parts.append(Statistic(path, files, bits, mean, (lower + upper) / 2, deviation, minimum, maximum))
        if parts:
            yield str(name), sorted(parts, key=lambda part: path_order(part.path))

    def budgets(self) -> list[ProfileUse]:
        """The use of each limit of each profile, over the files whose payloads were decoded."""
        rows = self._database.execute(
            "SELECT file.profile, quantity, count(*), avg(used), max(used), max_value FROM budget JOIN file ON file.id = budget.file "
            "WHERE file.side = 0 GROUP BY file.profile, quantity, max_value ORDER BY file.profile, min(budget.rowid)"
        )
        return [ProfileUse(*row) for row in rows]

    def pairs(self) -> Pairs:
        """Compare the sizes of the files that have the same name in both sets, relative to their source."""
        self._database.execute("CREATE INDEX IF NOT EXISTS names ON entry (side, name)")
        return Pairs(*(value or 0 for value in self._database.execute(PAIRS).fetchone()))

    def sections(self) -> list[str]:
        """The sections of the files of both sides: "image", or the path of each image part; "text", "maps" and "overhead"."""
        rows = self._database.execute("SELECT DISTINCT component FROM part WHERE component GLOB 'image*'")
        images = sorted((name for [name] in rows), key=path_order)
        return [*(images or ["image"]), "text", "maps", "overhead"]

    def self_declared(self, side: int = 0) -> int:
        """The bits of all parts that only their codec can decode."""
        return self._number(
            "SELECT coalesce(sum(part.bits), 0) FROM part JOIN file ON file.id = part.file "
            "WHERE part.status = 'self-declared' AND side = ?", side,
        )  # fmt: skip

    def outside(self, side: int = 0) -> list[tuple[Need, int]]:
        """What decoders need beside the files, and how many files need each of it; the most needed first."""
        rows = self._database.execute("SELECT outside FROM file WHERE outside <> '[]' AND side = ?", (side,))
        counts = Counter(Need(*need) for [needs] in rows for need in json.loads(needs))
        return sorted(counts.items(), key=lambda row: (-row[1], row[0].path, row[0].name))

    def maps(self, group: Group = "none", side: int = 0) -> dict[str, tuple[int, int]]:
        """For each group, the smallest and the largest number of maps of a file; without groups that have no decoded maps."""
        rows = self._database.execute(MAPS.format(group=self._grouped(group)), {"side": side})
        return {name: (minimum, maximum) for name, minimum, maximum in rows if maximum}

    def _grouped(self, group: Group) -> str:
        """The name of a file's group. Folders of two sets are compared by their paths below the sources."""
        return "file.subfolder" if group == "folder" and self.expected(1) else GROUPED[group]

    def _number(self, query: str, *values: Any) -> int:
        return int(self._database.execute(query, values).fetchone()[0])
