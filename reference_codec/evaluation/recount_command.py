"""The part of `misc eval` that recounts a published folder."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer

from misc_format.cli.outcome import Code


def finish(folder: Path, as_json: bool) -> NoReturn:
    """Recount a folder, and print the result as the whole result of the command. Raises `OSError` if there is no such folder."""
    from misc_format.cli import render
    from reference_codec.evaluation.recount import recount

    result = recount(folder)
    if as_json:
        differences = [difference._asdict() for difference in result.differences]
        document = {"files": result.files, "rows": result.rows, "differences": differences}
        render.emit({**document, "unchecked": list(result.unchecked)})
    else:
        for difference in result.differences:
            render.say(f"difference: {difference}")
        count = f"{len(result.differences):,} differences" if len(result.differences) != 1 else "1 difference"
        found = count if result.differences else "all that was recounted agrees"
        render.say(
            f"{result.rows:,} rows with {result.files:,} files: {found} (digests, bits, means, delta rates, overall scores, tables, page)"
        )
        for each in result.unchecked:
            render.say(f"not recounted: {each}")
    raise typer.Exit(Code.NON_CONFORMING if result.differences else Code.DONE)
