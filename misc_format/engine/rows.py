"""The row: what became of one file. Every command over many files makes this one, and every table of files is columns of it.

| column | type | what it says |
|---|---|---|
| `file` | string | the file's path, or its name below the source of a batch |
| `verdict` | string | of the validator: `conforming` or `non-conforming` |
| `issues` | JSON | of the validator: the rules that the file breaks |
| `output` | string | what a batch wrote |
| `profile`, `width`, `height`, `file_bits`, `bpp` | string, integers, float | of the account |
| a component's path, like `text/overall` | integer | the bits of the component; they add up to `file_bits` |
| `notes` | strings | what the encoder or the decoder has to say |
| `error` | string | why the file failed, for people; null if it did not |
| `error_id` | string | the rule that it breaks, if that is why |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from misc_format.engine.problems import Problem

if TYPE_CHECKING:
    from misc_format.accounting import Account
    from misc_format.validation.validator import Report

Columns = tuple[tuple[str, str], ...]  # names and types
COMPONENTS: Final = "*"  # among columns: one for each component that any file has
ACCOUNT: Final[Columns] = (
    ("profile", "string"),
    ("width", "int"),
    ("height", "int"),
    ("file_bits", "int"),
    ("bpp", "float"),
    (COMPONENTS, "int"),
)
FILE: Final[Columns] = (("file", "string"),)
ERROR: Final[Columns] = (("error", "string"), ("error_id", "string"))
TABLE_ROWS = 8192  # rows of a Parquet file that are in memory at a time
# The order of components in every table; numbers between them count up.
ORDER = (
    "header", "framing", "text", "maps", "generation", "image", "ancillary",
    "overall", "items", "name", "detail", "sizes", "z", "y", "green", "red", "blue", "payload", "padding", "file",
)  # fmt: skip


class Row(NamedTuple):
    """What became of one file: an account, a report, what else a job has to say (`columns`, by name), or a problem.

    `path`: what a user calls the file; `name`: its path below its source. `output`: what is written in its place. `seconds`: that it
    took; of files that were done together, an equal share.
    """

    path: str = ""
    name: str = ""
    account: Account | None = None
    report: Report | None = None
    columns: Mapping[str, Any] = {}
    problem: Problem | None = None
    output: bytes | None = None
    seconds: float = 0.0
    bytes_read: int = 0


def record(row: Row) -> dict[str, Any]:
    """The columns of a row, as JSON can hold them; those of components are together, under `COMPONENTS`."""
    columns: dict[str, Any] = {"file": printable(row.name)}
    if row.account is not None:
        names = ("profile", "width", "height", "file_bits", "bpp")
        columns |= {name: getattr(row.account, name) for name in names} | {COMPONENTS: component_bits(row.account)}
    if row.report is not None:
        columns |= {"verdict": row.report.verdict, "issues": [issue._asdict() for issue in row.report.issues]}
    columns |= row.columns
    if row.problem is not None:
        columns |= {"error": printable(row.problem.sentence), "error_id": row.problem.id}
    return columns


def component_bits(account: Account) -> dict[str, int]:
    """The bits of each component, by path."""
    bits: dict[str, int] = {}
    for part in account.components:
        bits[part.path] = bits.get(part.path, 0) + part.bits
    return bits


def spread(record: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """A record with a column for each component: 0 for one that the file lacks."""
    own = record.get(COMPONENTS)
    rest = {name: value for name, value in record.items() if name != COMPONENTS}
    return rest if own is None else rest | dict.fromkeys(paths, 0) | own


def spelled(columns: Columns, paths: Iterable[str]) -> Columns:
    """Columns with those of components in the place of `COMPONENTS`."""
    names = list(paths)
    return tuple(
        column
        for name, kind in columns
        for column in ([(path, kind) for path in names] if name == COMPONENTS else [(name, kind)])
    )


def write_parquet(path: Path, columns: Columns, records: Iterator[dict[str, Any]]) -> None:
    """Write a table with these columns. Raises `OSError`, or `ModuleNotFoundError` without pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "strings": pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in columns])
    nested = [name for name, kind in columns if kind == "json"]
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(records, TABLE_ROWS)):
            for one in batch:
                one |= {name: json.dumps(one[name]) for name in nested if name in one}
            writer.write_table(pa.Table.from_pylist(batch, schema))


def path_order(path: str) -> list[tuple[int, int, str]]:
    """The key that puts paths of components into the order of a file, items and maps by their number."""
    return [_word_order(word) for word in path.split("/")]


def _word_order(word: str) -> tuple[int, int, str]:
    if re.fullmatch("[0-9]+", word):
        return (1, int(word), "")
    return (0, ORDER.index(word), "") if word in ORDER else (2, 0, word)


def printable(name: str) -> str:
    """A name that a table can hold: bytes that are no text are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()
