"""The report: a Parquet file with one row per file, in the order of the plan. It is made from the journals, part by part.

pyarrow reads the JSON of the journals, so that a row costs little. A part has the rows of some units.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from misc_format.batch import REPORT
from misc_format.batch.journal import Journals, Tally
from misc_format.engine.jobs import Job
from misc_format.engine.rows import (
    COMPONENTS,
    ERROR,
    FILE,
    ROWS_PER_BATCH,
    Columns,
    arrow_schema,
    flat_columns,
    path_order,
)
from misc_format.engine.stores import LocalStore, Store, in_parallel

if TYPE_CHECKING:
    import pyarrow as pa

PART_BYTES: Final = 2**22  # of JSON
SMALL: Final = 10_000  # rows of a journal that is read at once
MIN_BLOCK: Final = 2**20  # bytes of JSON that one thread reads


def write(output: Store, journals: Journals, job: Job) -> None:
    """Write the report of a finished batch completely, or not at all. Raises `UnavailableError`."""
    import pyarrow.parquet as pq

    finished = journals.finished()
    tallies = [finished[number] for number in sorted(finished)]
    has_components = any(name == COMPONENTS for name, _ in job.columns)
    known = (*FILE, *job.columns, *ERROR)
    paths = _paths(output, journals, known, tallies) if has_components else []
    schema = arrow_schema(flat_columns(known, paths))
    with tempfile.TemporaryDirectory() as folder:
        path = output.temporary() if isinstance(output, LocalStore) else Path(folder) / REPORT
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for table in _batches(_tables(output, journals, known, tallies), schema, paths):
                writer.write_table(table)
        output.put(path, REPORT)
        output.sync([REPORT])


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


def _parts(output: Store, journals: Journals, tallies: list[Tally]) -> Iterator[tuple[list[int], bytes]]:
    """The rows of all units, as lines of JSON, with the numbers of their units."""
    numbers: list[int] = []
    waiting: list[bytes] = []
    size = 0
    for number, text in _texts(output, journals, tallies):
        numbers.append(number)
        waiting.append(text)
        size += len(text)
        if size >= PART_BYTES:
            yield numbers, b"".join(waiting)
            numbers, waiting, size = [], [], 0
    if size:
        yield numbers, b"".join(waiting)


def _texts(output: Store, journals: Journals, tallies: list[Tally]) -> Iterator[tuple[int, bytes]]:
    """The rows of all units. Several small journals of a remote store are read at once."""
    for is_small, numbers in groupby(range(len(tallies)), lambda number: tallies[number].files <= SMALL):
        if is_small and output.remote:
            units = list(numbers)
            yield from zip(units, in_parallel(lambda number: b"".join(journals.parts(number)), units), strict=True)
        else:
            yield from ((number, part) for number in numbers for part in journals.parts(number))


def _tables(output: Store, journals: Journals, known: Columns, tallies: list[Tally]) -> Iterator[pa.Table]:
    """The rows of all units, with a column `row` of structures."""
    import pyarrow as pa

    for numbers, text in _parts(output, journals, tallies):
        try:
            yield _table(known, text)
        except pa.ArrowInvalid:
            for number in numbers:
                journals.read(number)  # says which one is damaged
            raise


def _table(known: Columns, text: bytes) -> pa.Table:
    import pyarrow as pa
    from pyarrow import json as reader

    fields = [field for field in arrow_schema(known) if field.name != COMPONENTS]
    schema = pa.schema([("row", pa.struct(fields))])
    options = reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="infer")
    block = max(MIN_BLOCK, 2 * max(map(len, text.split(b"\n"))))
    table = reader.read_json(io.BytesIO(text), reader.ReadOptions(block_size=block), options)
    return table.select(["row"]).combine_chunks()


def _paths(output: Store, journals: Journals, known: Columns, tallies: list[Tally]) -> list[str]:
    """The paths of the components of all files, in the order of a file."""
    paths: set[str] = set()
    for table in _tables(output, journals, known, tallies):
        row = table.schema.field("row").type
        place = row.get_field_index(COMPONENTS)
        if place >= 0:
            paths.update(field.name for field in row.field(place).type)
    return sorted(paths, key=path_order)


def _batches(tables: Iterable[pa.Table], schema: pa.Schema, paths: list[str]) -> Iterator[pa.Table]:
    """The flat rows, `ROWS_PER_BATCH` at a time."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        waiting.append(_flat(table, schema, paths))
        rows += waiting[-1].num_rows
        if rows >= ROWS_PER_BATCH:
            joined = pa.concat_tables(waiting)
            whole = rows - rows % ROWS_PER_BATCH
            yield from (joined.slice(begin, ROWS_PER_BATCH) for begin in range(0, whole, ROWS_PER_BATCH))
            waiting, rows = [joined.slice(whole)], rows - whole
    if rows:
        yield pa.concat_tables(waiting)


def _flat(table: pa.Table, schema: pa.Schema, paths: list[str]) -> pa.Table:
    """The columns of `schema`. A file that was counted has 0 bits of a component that it lacks."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = table.column("row").combine_chunks()
    rows = rows.chunk(0) if isinstance(rows, pa.ChunkedArray) else rows
    components = _field(rows, COMPONENTS)
    columns = []
    for field in schema:
        if field.name in paths:
            bits = _field(components, field.name) if components is not None else None
            values = pa.nulls(len(rows), field.type) if bits is None else bits.cast(field.type)
            if components is not None:
                values = pc.if_else(components.is_valid(), pc.fill_null(values, 0), values)
        else:
            values = _field(rows, field.name)
            values = pa.nulls(len(rows), field.type) if values is None else values.cast(field.type)
        columns.append(values)
    return pa.table(columns, schema=schema)


def _field(array: Any, name: str) -> Any:
    """A field of an array of structures; None if there is none."""
    import pyarrow.compute as pc

    return pc.struct_field(array, name) if array.type.get_field_index(name) >= 0 else None
