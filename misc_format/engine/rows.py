"""The row: the result of one file. Every command over many files returns rows, and every table of files shows columns of them.

| column | type | meaning |
|---|---|---|
| `file` | string | the path of the file, or its name below the source of a batch |
| `verdict` | string | of the validator: `conforming` or `non-conforming` |
| `issues` | JSON | of the validator: the rules that the file breaks |
| `output` | string | the name of the file that a batch wrote |
| `profile`, `width`, `height`, `file_bits`, `bpp` | string, integers, float | of the account |
| `self_declared_bits` | integer | the bits of the parts that only their codec can decode |
| `outside` | JSON | what a decoder needs beside the file, with the digest or name and the bytes of each |
| the path of a component, such as `text/overall` | integer | the bits of the component; they add up to `file_bits` |
| `notes` | strings | remarks of the encoder or the decoder |
| `error` | string | a sentence that says why the file failed; null if it did not |
| `error_id` | string | the rule that the file breaks, if it failed for that |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from misc_format.engine.problems import Problem
from misc_format.system.text import printable

if TYPE_CHECKING:
    import pyarrow as pa

    from misc_format.accounting import Account
    from misc_format.validation.validator import Report

Columns = tuple[tuple[str, str], ...]  # names and types
COMPONENTS: Final = "*"  # stands for one column per component
ACCOUNT: Final[Columns] = (
    ("profile", "string"),
    ("width", "int"),
    ("height", "int"),
    ("file_bits", "int"),
    ("bpp", "float"),
    ("self_declared_bits", "int"),
    (COMPONENTS, "int"),
    ("outside", "json"),
)
FILE: Final[Columns] = (("file", "string"),)
ERROR: Final[Columns] = (("error", "string"), ("error_id", "string"))
ROWS_PER_BATCH = 8192  # rows of a Parquet file in memory at a time
# The order of the words in paths, in every table. Numbers are in ascending order.
WORD_ORDER = (
    "header", "framing", "text", "maps", "generation", "image", "ancillary",
    "overall", "items", "name", "detail", "sizes", "z", "y", "green", "red", "blue", "payload", "padding", "file",
)  # fmt: skip


class Row(NamedTuple):
    """The result of one file: an account, a report, other values of a job (`columns`, by name), or a problem.

    `path`: the path as the user knows it. `name`: the path below the source. `output`: the content of the output file. `seconds`: the
    duration; files that were done together each have an equal part of it.
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
    """A row as a JSON object of its columns. The columns of components are one object, under `COMPONENTS`."""
    columns: dict[str, Any] = {"file": printable(row.name)}
    if row.account is not None:
        names = ("profile", "width", "height", "file_bits", "bpp", "self_declared_bits")
        columns |= {name: getattr(row.account, name) for name in names} | {COMPONENTS: component_bits(row.account)}
        columns["outside"] = [need._asdict() for need in row.account.outside]
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


def flat(record: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """A record with one column per component of `paths`; 0 for a component that the file lacks."""
    bits = record.get(COMPONENTS)
    rest = {name: value for name, value in record.items() if name != COMPONENTS}
    return rest if bits is None else rest | dict.fromkeys(paths, 0) | bits


def flat_columns(columns: Columns, paths: Iterable[str]) -> Columns:
    """The columns of a flat record: one column per path instead of `COMPONENTS`."""
    names = list(paths)
    return tuple(
        column
        for name, kind in columns
        for column in ([(path, kind) for path in names] if name == COMPONENTS else [(name, kind)])
    )


def arrow_schema(columns: Columns) -> pa.Schema:
    """The schema of a table with these columns. Raises `ModuleNotFoundError` without pyarrow."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "strings": pa.list_(pa.string()),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns])


def as_text(record: dict[str, Any], columns: Columns) -> dict[str, Any]:
    """The record with its columns of type "json" as text."""
    nested = (name for name, kind in columns if kind == "json" and name in record)
    return record | {name: json.dumps(record[name]) for name in nested}


def write_parquet(path: Path, columns: Columns, records: Iterator[dict[str, Any]]) -> None:
    """Write a table with these columns. Raises `OSError`, or `ModuleNotFoundError` without pyarrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = arrow_schema(columns)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := [as_text(row, columns) for row in islice(records, ROWS_PER_BATCH)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))


def path_order(path: str) -> list[tuple[int, int, str]]:
    """The sort key of a path: components in the order of a file, items and maps by number."""
    return [_word_order(word) for word in path.split("/")]


def _word_order(word: str) -> tuple[int, int, str]:
    if re.fullmatch("[0-9]+", word):
        return (1, int(word), "")
    return (0, WORD_ORDER.index(word), "") if word in WORD_ORDER else (2, 0, word)
