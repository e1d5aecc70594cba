"""Exports of a collection: CSV and Parquet with one row per file, JSON with everything, Markdown and LaTeX with tables.

The columns of CSV and Parquet are those of `misc_format.engine.rows`. A file that could not be counted has only an `error` in its row.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Any

from misc_format.engine.rows import (
    ACCOUNT,
    ERROR,
    FILE,
    Columns,
    Row,
    as_text,
    flat,
    flat_columns,
    record,
    write_parquet,
)
from misc_format.reports import tables
from misc_format.reports.collection import Collection, Group, ProfileUse, Statistic
from misc_format.reports.tables import DEFAULT_STYLE, Style, Table
from misc_format.system.files import replacing
from misc_format.system.text import as_json, visible

# A backslash would make the next escape undone in a cell of a table, so it is written as a reference.
MARKDOWN_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "|`*_[]~$#>"} | {"\\": "&#92;", "&": "&amp;", "<": "&lt;"}
)
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LATEX_ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "±": r"$\pm$"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
    | {"[": "{[}", "*": "{*}"}  # behind the end of a row they would be its options
)


def export(collection: Collection, path: Path, group: Group, style: Style = DEFAULT_STYLE) -> None:
    """Write the report to `path`, all of it or nothing. The extension of `path`, one of `FORMATS`, gives the form.

    Raises `OSError`.
    """
    with replacing(path) as temporary:
        FORMATS[path.suffix.lower()](collection, temporary, group, style)


def document(row: Row) -> dict[str, Any]:
    """The JSON object of a file, as in `misc bpp --json`."""
    if row.account is None:
        return {"file": row.path, "error": row.problem and row.problem.as_dict()}
    return {"file": row.path, **row.account.as_dict()}


def columns(collection: Collection) -> Columns:
    """The names and types of the columns of a table with one row per file. `set`, if there are two sets, is the label of the row's set."""
    set_column = (("set", "string"),) if collection.expected(1) else ()
    return flat_columns((*set_column, *FILE, *ACCOUNT, *ERROR), collection.paths())


def _records(collection: Collection, style: Style) -> Iterator[dict[str, Any]]:
    paths = collection.paths()
    sides = (0, 1) if collection.expected(1) else (0,)
    for side in sides:
        label = {"set": style.labels[side]} if len(sides) > 1 else {}
        for row in collection.rows(side):
            yield label | flat(record(row._replace(name=row.path)), paths)


def _csv(collection: Collection, path: Path, group: Group, style: Style) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        names = [name for name, _ in columns(collection)]
        records = (as_text(row, columns(collection)) for row in _records(collection, style))
        write_csv(stream, names, ([row.get(name) for name in names] for row in records))


def write_csv(stream: IO[str], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV. A cell is quoted where it must be, and no cell is a formula."""
    writer = csv.writer(_Lines(stream))
    for row in chain([header], rows):
        writer.writerow(map(no_formula, row))


class _Lines:
    """Writes rows of CSV with line feeds. The module `csv` quotes a carriage return only if it ends its lines with one."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, row: str) -> None:
        self._stream.write(row.removesuffix("\r\n") + "\n")


def no_formula(value: Any) -> Any:
    """A cell of CSV. Spreadsheets compute text that begins with one of these characters; an apostrophe in front of it prevents that."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_BEGINNINGS) else value


def _parquet(collection: Collection, path: Path, group: Group, style: Style) -> None:
    write_parquet(path, columns(collection), _records(collection, style))


def _json(collection: Collection, path: Path, group: Group, style: Style) -> None:
    """All figures and accounts. Accounts are written one by one, because there may be millions."""
    head: dict[str, Any] = {
        "files": collection.counted(), "failed": collection.failed(), "file_bits": collection.bits(), "group": group,
        "groups": [_group(name, parts) for name, parts in collection.statistics(group)],
        "self_declared_bits": collection.self_declared(),
        "outside": [need._asdict() | {"files": files} for need, files in collection.outside()],
        "budget": [_budget(use) for use in collection.budgets()],
    }  # fmt: skip
    if collection.expected(1):
        others = [_group(name, parts) for name, parts in collection.statistics(group, 1)]
        pairs = collection.pairs()._asdict()
        head["labels"] = list(style.labels)
        head["against"] = {
            "files": collection.counted(1),
            "failed": collection.failed(1),
            "failures": [document(row) for row in collection.rows(1) if row.account is None],
            "groups": others,
            "pairs": pairs,
        }
    with path.open("w", encoding="utf-8") as stream:
        stream.write(as_json(head).removesuffix("\n}") + ',\n  "accounts": ')
        write_list(stream, map(document, collection.rows()), "  ")
        stream.write("\n}\n")


def write_list(stream: IO[str], documents: Iterator[Any], margin: str = "", *, ascii_only: bool = False) -> None:
    """Write a JSON list as `json.dumps(list, indent=2)` does, one member at a time."""
    separator = "["
    for member in documents:
        text = as_json(member, ascii_only=ascii_only)
        stream.write(f"{separator}\n{margin}  " + text.replace("\n", f"\n{margin}  "))
        separator = ","
    stream.write("[]" if separator == "[" else f"\n{margin}]")


def _budget(use: ProfileUse) -> dict[str, Any]:
    """The JSON object of the use of one limit of a profile."""
    return {
        "profile": use.profile,
        "what": use.quantity,
        "files": use.files,
        "mean": use.mean,
        "largest": use.largest,
        "most": use.limit,
    }


def _group(name: str, parts: list[Statistic]) -> dict[str, Any]:
    """The JSON object of a group: bits are sums over its files, and bpp are statistics of its files."""
    whole = parts[-1]
    components = [
        {
            "path": part.path, "bits": part.bits, "mean_bits": part.mean_bits, "mean_bpp": part.mean, "median_bpp": part.median,
            "deviation_bpp": part.deviation, "least_bpp": part.minimum, "most_bpp": part.maximum,
        }
        for part in parts
    ]  # fmt: skip
    return {
        "group": name,
        "files": whole.files,
        "file_bits": whole.bits,
        "components": components[:-1],
        "file": components[-1],
    }


def _markdown(collection: Collection, path: Path, group: Group, style: Style) -> None:
    report = [
        tables.summary(collection, group),
        tables.outside(collection),
        tables.budget(collection),
        tables.failures(collection),
    ]
    if collection.expected(1):
        report.insert(1, tables.comparison(collection, style))
    path.write_text("\n".join(markdown(table) for table in report if table.rows), encoding="utf-8")


def markdown(table: Table) -> str:
    """A table in Markdown. Its title is a paragraph above it."""
    alignments = ["---"] * table.text_columns + ["---:"] * (len(table.header) - table.text_columns)
    head, *body = ([*map(_in_markdown, row)] for row in (table.header, *table.rows))
    rows = [head, alignments, *body]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([f"{table.title[0].upper()}{_in_markdown(table.title[1:])}.", "", *lines, ""])


def _in_markdown(text: str) -> str:
    """Text that is no markup."""
    return visible(text).translate(MARKDOWN_ESCAPES)


def _latex(collection: Collection, path: Path, group: Group, style: Style) -> None:
    """The table for a paper. A comment in front of it names each file that could not be counted."""
    lines = [f"% {_line(f'not counted: {name}: {reason}')}\n" for name, reason in collection.failures()]
    path.write_text("".join(lines) + latex(tables.publication(collection, group, style)), encoding="utf-8")


def latex(table: Table) -> str:
    """A table in LaTeX, for a paper. It needs the LaTeX package booktabs."""
    columns = "l" * table.text_columns + "c" * (len(table.header) - table.text_columns)
    head, *rows = (" & ".join(map(_escaped, row)) + r" \\" for row in (table.header, *table.rows))
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{_escaped(table.title)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
    ]
    lines += [r"\toprule", head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Text for LaTeX. The sign of a number becomes a mathematical sign, which is longer than a hyphen."""
    return re.sub(r"^([+-])(?=[0-9])", r"$\1$", _line(text).translate(LATEX_ESCAPES))


def _line(text: str) -> str:
    """Text on one line, with escapes for what cannot be seen."""
    return visible(" ".join(text.split()))


FORMATS: dict[str, Callable[[Collection, Path, Group, Style], None]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".json": _json,
    ".md": _markdown,
    ".tex": _latex,
}
