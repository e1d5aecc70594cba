"""`misc validate`: which rules files break."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from misc_format import validator
from misc_format.cli import render
from misc_format.cli.counting import JsonFlag
from misc_format.cli.outcome import Code, code_of, error_document, guarded, read_input, sentence


@guarded
def validate(
    files: Annotated[
        list[Path], typer.Argument(readable=False, help=".misc files; - for standard input.", metavar="FILE...")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Check files against the specification and their profiles, and explain what is wrong."""
    documents = []
    codes = {Code.DONE}
    for file in files:
        try:
            report = validator.validate(read_input(file))
        except Exception as error:
            codes.add(code_of(error))
            documents.append({"file": str(file), "verdict": "error", "issues": [_fault(error)]})
            if not as_json:
                render.say(
                    "error",
                    "red",
                    f"  {sentence(error)}" if isinstance(error, OSError) else f"  {file}: {sentence(error)}",
                )
            continue
        if report.verdict != "conforming":
            codes.add(Code.NON_CONFORMING)
        documents.append({"file": str(file), **report.as_dict()})
        if not as_json:
            _show(file, report)
    if as_json:
        render.emit(documents)
    raise typer.Exit(
        next(code for code in (Code.INTERNAL, Code.NON_CONFORMING, Code.FILE, Code.LIMIT, Code.DONE) if code in codes)
    )


def _show(file: Path, report: validator.Report) -> None:
    render.say(report.verdict, "green" if report.verdict == "conforming" else "red", f"  {file}")
    if report.issues:
        render.show(render.issues_table(report, ""))


def _fault(error: Exception) -> dict[str, Any]:
    return {"severity": "error", "clause": "", **error_document(error)}
