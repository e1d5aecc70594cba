"""`misc validate`: which rules files break, for people and for machines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from misc_format import __version__
from misc_format.cli import render
from misc_format.cli.outcome import Code, code_of, error_document, guarded, sentence
from misc_format.rules import DUTIES, RULES, Duty, Rule
from misc_format.validation import verdicts, workers
from misc_format.validation.validator import CONFORMING, ERROR, Issue, Report, ValidationOptions
from misc_format.validation.verdicts import Checked
from misc_format.validation.workers import Bounds, Result

FEW = 64  # files that are checked before other processes would have started
WORST_FIRST = (Code.INTERNAL, Code.NON_CONFORMING, Code.FILE, Code.LIMIT, Code.DONE)


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


@guarded
def validate(
    files: Annotated[
        list[Path] | None, typer.Argument(readable=False, help=".misc files; - for standard input.", metavar="FILE...")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Same as --format json.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.TABLE,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Leave out a rule, or all that begin so, like MISC-PRO.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="ID", help="Regard this rule alone, likewise.")] = None,
    severity: Annotated[
        list[str] | None, typer.Option(metavar="ID=SEVERITY", help="Regard a rule as error, warning or info.")
    ] = None,
    max_issues: Annotated[int | None, typer.Option(min=0, help="Report at most so many issues of a file.")] = None,
    max_memory: Annotated[
        float | None, typer.Option(min=1, help="MiB that checking a file may take beyond the program's own.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(min=0.001, help="Seconds that checking a file may take.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; all cores where there are many files.")] = None,
    explain: Annotated[str | None, typer.Option(metavar="ID", help="Say what a rule is and why, and stop.")] = None,
    list_rules: Annotated[bool, typer.Option("--list", help="List all rules, and stop.")] = False,
) -> None:
    """Check files against the specification and their profiles, and explain what is wrong."""
    form = Format.JSON if as_json else form
    if list_rules or explain is not None:
        _describe(explain, form)
        return
    if not files:
        raise typer.BadParameter("name a file, or - for standard input", param_hint="FILE...")
    try:
        changed = dict(_pair(text) for text in severity or ())
        wishes = ValidationOptions(tuple(ignore or ()), tuple(only or ()), changed, max_issues)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    bounds = Bounds(None if max_memory is None else round(max_memory * workers.MEBIBYTE), timeout)
    codes = {Code.DONE}
    rows = []
    for name, result, seconds in _results(files, wishes, bounds, jobs):
        report = result if isinstance(result, Report) else _unreached(result)
        if isinstance(result, Exception):
            codes.add(code_of(result))
        elif report.verdict != CONFORMING:
            codes.add(Code.NON_CONFORMING)
        if form is Format.TABLE:
            _show(name, result)
        else:
            rows.append(Checked(name, report, seconds))
    if form is Format.JSON:
        render.emit(verdicts.as_json(rows, __version__))
    elif form is Format.SARIF:
        render.emit(verdicts.as_sarif(rows, __version__))
    elif form is Format.JUNIT:
        typer.echo(verdicts.as_junit(rows, __version__))
    raise typer.Exit(next(code for code in WORST_FIRST if code in codes))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not ID=SEVERITY")
    return name, value


def _results(
    files: Sequence[Path], wishes: ValidationOptions, bounds: Bounds, jobs: int | None
) -> Iterator[tuple[str, Result, float]]:
    """Name, result and seconds of each file, in the order in which they were named."""
    names = [str(file) for file in files]
    sources = [sys.stdin.buffer.read() if name == "-" else name for name in names]
    if bounds == Bounds() and jobs is None and len(files) < FEW:
        for name, source in zip(names, sources, strict=True):
            begun = time.monotonic()
            result = workers.check_one(source, wishes)
            yield name, result, time.monotonic() - begun
        return
    early: dict[int, tuple[Result, float]] = {}
    following = 0
    for index, found, taken in workers.check_many(sources, wishes, bounds, jobs or os.cpu_count() or 1):
        early[index] = found, taken
        while following in early:
            yield names[following], *early.pop(following)
            following += 1


def _unreached(error: Exception) -> Report:
    """The report on a file that could not be checked."""
    fault = error_document(error)
    rule = RULES.get(fault["id"] or "")
    issue = Issue(
        fault["id"], "error", rule.clause if rule else "", fault["bit_offset"], fault["path"], fault["message"]
    )
    return Report(ERROR, (issue,))


def _show(name: str, result: Result) -> None:
    if isinstance(result, Exception):
        about = sentence(result)
        render.say(ERROR, "red", f"  {about}" if isinstance(result, OSError) else f"  {name}: {about}")
        return
    conforming = result.verdict == CONFORMING
    counted = f", {len(result.issues)} issues shown, there are more" if result.truncated else ""
    render.say(result.verdict, "green" if conforming else "red", f"  {name}{counted}")
    if result.issues:
        render.show(render.issues_table(result, ""))


def _describe(name: str | None, form: Format) -> None:
    """Print the catalogue, or one requirement of it."""
    known: dict[str, Rule | Duty] = {**RULES, **DUTIES}
    if form not in (Format.TABLE, Format.JSON):
        raise typer.BadParameter("the catalogue is printed as table or json", param_hint="--format")
    if name is not None and name not in known:
        raise typer.BadParameter(f"{name!r} is no rule; --list shows them all", param_hint="--explain")
    wanted = list(known.values()) if name is None else [known[name]]
    if form is Format.JSON:
        render.emit([row._asdict() for row in wanted])
    elif name is None:
        render.show(render.rules_table(wanted))
    else:
        for key, value in wanted[0]._asdict().items():
            if value:
                render.say(f"{key}: ", then=str(value))
