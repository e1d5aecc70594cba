"""The report: a Parquet file with one row per file, in the order of the plan. It is made from the journals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from misc_format.batch import REPORT
from misc_format.batch.journal import rows
from misc_format.engine.jobs import Job
from misc_format.engine.rows import COMPONENTS, ERROR, FILE, flat, flat_columns, path_order, write_parquet
from misc_format.engine.stores import LocalStore, Store


def write(output: Store, job: Job, units: int) -> None:
    """Write the report completely, or not at all. Raises `UnavailableError`."""
    has_components = any(name == COMPONENTS for name, _ in job.columns)
    paths = _paths(output, units) if has_components else []
    columns = flat_columns((*FILE, *job.columns, *ERROR), paths)
    records = (flat(row, paths) for row in _rows(output, units))
    with tempfile.TemporaryDirectory() as folder:
        path = output.temporary() if isinstance(output, LocalStore) else Path(folder) / REPORT
        write_parquet(path, columns, records)
        output.put(path, REPORT)


def failures(output: Store, max_rows: int) -> list[dict[str, str]]:
    """The first `max_rows` files that failed, each with its reason."""
    import pyarrow.parquet as pq

    failed: list[dict[str, str]] = []
    with output.open(REPORT) as stream, pq.ParquetFile(stream) as report:
        for batch in report.iter_batches(columns=["file", "error"]):
            failed += [row for row in batch.to_pylist() if row["error"] is not None]
            if len(failed) >= max_rows:
                break
    return failed[:max_rows]


def _rows(output: Store, units: int) -> Iterator[dict[str, Any]]:
    for number in range(units):
        yield from rows(output, number)


def _paths(output: Store, units: int) -> list[str]:
    """The paths of the components of all files, in the order of a file."""
    return sorted({path for row in _rows(output, units) for path in row.get(COMPONENTS, ())}, key=path_order)
