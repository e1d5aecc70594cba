"""The logs of training runs: CSV files with one row per logged step, whose first column is the step."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from rich.console import Console

from misc_format.system.files import replacing


def append(path: Path, row: dict[str, Any], console: Console) -> None:
    """Add a row to a log, and print it."""
    console.print(
        f"{path.stem}:", *(f"{name} {value} " for name, value in row.items()), highlight=False, soft_wrap=True
    )
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def truncate(path: Path, step: int) -> None:
    """Remove the rows of a log after a step. A run wrote them that ended before its next checkpoint."""
    if not path.exists():
        return
    header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if int(row.split(",", 1)[0]) <= step]
    with replacing(path) as temporary:
        temporary.write_text("".join([header, *kept]), encoding="utf-8")
