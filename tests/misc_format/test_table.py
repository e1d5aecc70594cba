"""A table in memory: a row per source, whatever the sources are, with the columns of the CSV report."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import misc_format
from misc_format import Grid, Maps, MiscError, Stream, Text, account, account_many, table
from misc_format.cli.app import app
from misc_format.document import FILES_PER_GROUP
from tests.needs import extra, needs

GRID = misc_format.write(Stream(9, 9, image=Grid(np.arange(9, dtype=np.uint8).reshape(3, 3))))
WORDS = misc_format.write(Stream(8, 4, text=Text("a cup"), maps=Maps([np.eye(3)]), methods={"text": "huffman"}))  # type: ignore[arg-type]


def test_a_row_is_flat_and_all_rows_have_the_same_columns() -> None:
    rows = table([GRID, WORDS, b""])
    assert len({tuple(row) for row in rows}) == 1
    assert [row["file"] for row in rows] == ["0", "1", "2"]
    for row, data in zip(rows[:2], (GRID, WORDS), strict=True):
        parts = {part.path: part.bits for part in account(data, deep=True).components}
        assert row.items() >= parts.items() and row["file_bits"] == 8 * len(data) == sum(parts.values())
        assert row["error"] is row["error_id"] is None
    assert rows[0]["text/overall"] == 0
    assert rows[2]["error_id"] == "MISC-CON-007" and rows[2]["file_bits"] is rows[2]["text/overall"] is None


@pytest.mark.parametrize("deep", [False, True])
def test_the_columns_are_those_of_the_csv_report(tmp_path: Path, deep: bool) -> None:
    for name, data in (("a", GRID), ("b", WORDS), ("c", GRID[:5])):
        (tmp_path / f"{name}.misc").write_bytes(data)
    paths = sorted(tmp_path.glob("*.misc"))
    report = tmp_path / "report.csv"
    arguments = ["bpp", *map(str, paths), "-o", str(report), *(["--deep"] if deep else [])]
    assert CliRunner().invoke(app, arguments).exit_code == 1
    text = io.StringIO()
    rows = table(paths, deep=deep)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    assert text.getvalue() == report.read_text()


def test_sources_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.misc"
    path.write_bytes(GRID)
    with path.open("rb") as stream:
        sources: list[Any] = [
            GRID, bytearray(GRID), memoryview(GRID), np.frombuffer(GRID, np.uint8), path, str(path), stream, io.BytesIO(GRID),
            misc_format.Document(GRID),
        ]  # fmt: skip
        accounts = account_many(sources)
    assert accounts == [account(GRID, deep=True)] * len(sources)
    assert [row["file"] for row in table([path, str(path), GRID])] == [str(path), str(path), "2"]


@needs(extra("torch"))
def test_a_tensor_is_a_source() -> None:
    import torch

    assert account(torch.frombuffer(bytearray(GRID), dtype=torch.uint8)) == account(GRID)


@pytest.mark.parametrize("source", [3, None, [1, 2], np.zeros(4), io.StringIO("text"), np.zeros((2, 2), np.uint8)])
def test_what_is_no_source_is_refused_by_rule(source: Any) -> None:
    with pytest.raises(MiscError, match="MISC-ARG-001") as caught:
        misc_format.read(source)
    assert caught.value.fault == "caller"
    [result] = account_many([source])
    assert isinstance(result, MiscError)


def test_each_source_has_a_result_or_a_reason(tmp_path: Path) -> None:
    results = account_many([GRID, tmp_path / "none.misc", tmp_path, b"?", WORDS])
    assert [type(result).__name__ for result in results] == [
        "Account", "FileNotFoundError", "IsADirectoryError", "TruncatedError", "Account",
    ]  # fmt: skip
    rows = table([tmp_path / "none.misc"])
    assert "No such file" in rows[0]["error"]


def test_progress_counts_finished_files_and_sources_may_be_an_iterator() -> None:
    count = 2 * FILES_PER_GROUP + 3
    calls: list[int] = []
    results = account_many((GRID for _ in range(count)), progress=calls.append)
    assert len(results) == count
    assert calls == [FILES_PER_GROUP, 2 * FILES_PER_GROUP, count]


def test_names_are_one_per_source() -> None:
    assert [row["file"] for row in table([GRID, b""], names=["x", "y"])] == ["x", "y"]
    with pytest.raises(MiscError, match="1 names for 2 sources"):
        table([GRID, GRID], names=["x"])
    assert table([]) == []
