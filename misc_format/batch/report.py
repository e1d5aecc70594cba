"""The report: a Parquet file with a row a file, in the order of the plan, made from the journals."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from misc_format.batch import REPORT
from misc_format.batch.journal import rows
from misc_format.engine.jobs import Job
from misc_format.engine.rows import COMPONENTS, ERROR, FILE, path_order, spelled, spread, write_parquet
from misc_format.engine.stores import LocalStore, Store


def write(place: Store, job: Job, units: int) -> None:
    """Write the report, all or nothing. Raises `LostError`."""
    has_components = any(name == COMPONENTS for name, _ in job.columns)
    paths = _paths(place, units) if has_components else []
    columns = spelled((*FILE, *job.columns, *ERROR), paths)
    records = (spread(row, paths) for row in _rows(place, units))
    with tempfile.TemporaryDirectory() as folder:
        path = place.temporary() if isinstance(place, LocalStore) else Path(folder) / REPORT
        write_parquet(path, columns, records)
        place.put(path, REPORT)


def failures(place: Store, max_rows: int) -> list[dict[str, str]]:
    """The first files that failed, each with its reason."""
    import pyarrow.parquet as pq

    failed: list[dict[str, str]] = []
    with place.open(REPORT) as stream, pq.ParquetFile(stream) as report:
        for batch in report.iter_batches(columns=["file", "error"]):
            failed += [row for row in batch.to_pylist() if row["error"] is not None]
            if len(failed) >= max_rows:
                break
    return failed[:max_rows]


def _rows(place: Store, units: int) -> Iterator[dict[str, Any]]:
    for number in range(units):
        yield from rows(place, number)


def _paths(place: Store, units: int) -> list[str]:
    """The components that any file has, in the order of a file."""
    return sorted({path for row in _rows(place, units) for path in row.get(COMPONENTS, ())}, key=path_order)
