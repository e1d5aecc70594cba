"""The part of `misc eval` about data sets: the list of all, and the check of the originals."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer

from misc_format.cli.outcome import Code, remark
from reference_codec.evaluation.dataset_check import Check, check
from reference_codec.evaluation.datasets import DATASETS
from reference_codec.evaluation.sets import Unmeasured


def show_all(as_json: bool) -> None:
    """Print all rows."""
    from misc_format.cli import render
    from misc_format.reports.tables import Table

    if as_json:
        render.emit([row.as_dict() for row in DATASETS.values()])
        return
    header = ("name", "data set", "used by", "licence", "from", "pictures")
    rows = [(row.name, row.title, row.use, row.licence, row.source, f"{row.pictures:,}") for row in DATASETS.values()]
    render.show(render.plain_table(Table("data sets of the papers", header, rows, text_columns=5)))


def checked(name: str | None, originals: Path) -> Check | None:
    """What the originals are of the data set of this name; None without a name. Raises `BadParameter`, `OSError`."""
    if name is None:
        return None
    if name not in DATASETS:
        raise typer.BadParameter(f"{name}: not among {', '.join(DATASETS)}", param_hint="--dataset")
    if not originals.exists():
        raise FileNotFoundError(f"{originals} does not exist")
    return check(DATASETS[name], originals)


def show(found: Check) -> None:
    """Print a summary, and each difference as a note."""
    from misc_format.cli import render

    render.say(found.summary)
    for finding in found.findings:
        remark(f"{finding.file} ({finding.kind}): {finding.reason}")


def finish(found: Check, not_taken: list[Unmeasured], as_json: bool) -> NoReturn:
    """Print a check as the whole result of the command. `not_taken`: files of the folder that are no pictures."""
    from misc_format.cli import render
    from reference_codec.evaluation.command import remark_unmeasured

    if as_json:
        render.emit({"dataset": found.as_dict(), "unmeasured": [each._asdict() for each in not_taken]})
    else:
        show(found)
        remark_unmeasured(not_taken)
    raise typer.Exit(code(found))


def code(found: Check | None) -> Code:
    """The exit code for a check."""
    return Code.DONE if found is None or found.complete else Code.NON_CONFORMING
