"""The report: a Parquet file with a row a file, in the order of the plan, made from the journals."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from misc_format.batch import REPORT
from misc_format.batch.jobs import Job
from misc_format.batch.journal import rows
from misc_format.batch.stores import LocalStore, Store

GROUP = 8192  # rows that are in memory at a time
PARTS = "*"  # in a job's columns: the parts of an account, as many as the files have


def write(place: Store, job: Job, units: int) -> None:
    """Write the report, all or nothing. Raises `LostError`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "string": pa.string(),
        "json": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "strings": pa.list_(pa.string()),
    }
    columns = [("file", "string"), *_columns(place, job, units), ("error", "string"), ("error_id", "string")]
    schema = pa.schema([(name, types[kind]) for name, kind in columns])
    as_json = [name for name, kind in columns if kind == "json"]
    with tempfile.TemporaryDirectory() as folder:
        path = place.temporary() if isinstance(place, LocalStore) else Path(folder) / REPORT
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for group in _groups(place, units):
                records = [_record(row, as_json) for row in group]
                writer.write_table(pa.Table.from_pylist(records, schema))
        place.put(path, REPORT)


def failures(place: Store, most: int) -> list[dict[str, str]]:
    """The first files that failed, each with its reason."""
    import pyarrow.parquet as pq

    found: list[dict[str, str]] = []
    with place.open(REPORT) as stream, pq.ParquetFile(stream) as report:
        for batch in report.iter_batches(columns=["file", "error"]):
            found += [row for row in batch.to_pylist() if row["error"] is not None]
            if len(found) >= most:
                break
    return found[:most]


def _columns(place: Store, job: Job, units: int) -> Iterator[tuple[str, str]]:
    for name, kind in job.columns:
        if name != PARTS:
            yield name, kind
            continue
        paths: dict[str, None] = {}
        for number in range(units):
            for row in rows(place, number):
                paths.update(dict.fromkeys(row.get("parts", ())))
        yield from ((path, kind) for path in paths)


def _groups(place: Store, units: int) -> Iterator[list[dict[str, Any]]]:
    waiting: list[dict[str, Any]] = []
    for number in range(units):
        waiting += rows(place, number)
        while len(waiting) >= GROUP:
            yield waiting[:GROUP]
            waiting = waiting[GROUP:]
    if waiting:
        yield waiting


def _record(row: dict[str, Any], as_json: list[str]) -> dict[str, Any]:
    """A row as the table has it: parts among the others, nested values as JSON."""
    record = {**row, **row.get("parts", {})}
    for name in as_json:
        if name in record:
            record[name] = json.dumps(record[name])
    return record
