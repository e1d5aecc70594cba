"""A table in memory: one flat row per file, with the columns of the CSV report. For notebooks and training loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from os import PathLike, fspath
from typing import Any

from misc_format.accounting import Account, account_many
from misc_format.document import Source
from misc_format.engine.problems import problem_of
from misc_format.engine.rows import ACCOUNT, COMPONENTS, ERROR, FILE, Row, flat, flat_columns, path_order, record
from misc_format.errors import MiscError


def rows_of(
    sources: Iterable[Source], names: Sequence[str] | None, deep: bool, progress: Callable[[int], None] | None
) -> list[dict[str, Any]]:
    """The rows of `misc_format.table`."""
    sources = list(sources)
    if names is not None and len(names) != len(sources):
        raise MiscError("MISC-ARG-001", f"there are {len(names)} names for {len(sources)} sources", path="names")
    labels = [_name(source, index) for index, source in enumerate(sources)] if names is None else names
    results = account_many(sources, deep=deep, progress=progress)
    records = [record(_row(name, result)) for name, result in zip(labels, results, strict=True)]
    paths = sorted({path for row in records for path in row.get(COMPONENTS, ())}, key=path_order)
    columns = [name for name, _ in flat_columns((*FILE, *ACCOUNT, *ERROR), paths)]
    return [dict.fromkeys(columns) | flat(row, paths) for row in records]


def _name(source: Source, index: int) -> str:
    return str(fspath(source)) if isinstance(source, str | PathLike) else str(index)


def _row(name: str, result: Account | MiscError | OSError) -> Row:
    if isinstance(result, Account):
        return Row(name=name, account=result)
    return Row(name=name, problem=problem_of(result))
