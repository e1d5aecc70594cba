"""`misc validate`: the rules that files break, for people and for machines."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from misc_format import __version__
from misc_format.cli import render
from misc_format.cli.options import SOURCES, MaxMemory, Timeout, check_sources, limits_of
from misc_format.cli.outcome import CODES, Code, guarded
from misc_format.engine.jobs import Validate
from misc_format.engine.problems import Problem
from misc_format.engine.rows import Row
from misc_format.rules import DUTIES, RULES, Duty, Rule
from misc_format.validation import verdicts
from misc_format.validation.validator import CONFORMING, ERROR, Issue, Report, ValidationOptions
from misc_format.validation.verdicts import Checked

if TYPE_CHECKING:
    from misc_format.engine.pool import Limits

WORST_FIRST = (Code.INTERNAL, Code.NON_CONFORMING, Code.FILE, Code.LIMIT, Code.DONE)


class Format(StrEnum):
    """The format of a report."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


@guarded
def validate(
    sources: Annotated[list[str] | None, typer.Argument(help=SOURCES, metavar="SOURCE...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to write the report.")] = Format.TABLE,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Ignore a rule, or all rules whose id begins like this, such as MISC-PRO. Can be repeated.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Check only this rule, or the rules whose id begins like this. Can be repeated."
        ),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=SEVERITY", help="Change the severity of a rule to error, warning or info. Can be repeated."
        ),
    ] = None,
    max_issues: Annotated[int | None, typer.Option(min=0, help="Report at most this many issues per file.")] = None,
    max_memory: MaxMemory = None,
    timeout: Timeout = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Number of processes. Default: one per core for many files.")
    ] = None,
    explain: Annotated[str | None, typer.Option(metavar="ID", help="Explain a rule, and stop.")] = None,
    list_rules: Annotated[bool, typer.Option("--list", help="List all rules, and stop.")] = False,
) -> None:
    """Check files against the specification and their profiles, and explain every fault."""
    form = Format.JSON if as_json else form
    if list_rules or explain is not None:
        _describe(explain, form)
        return
    if not sources:
        raise typer.BadParameter("name a file, or - for standard input", param_hint="SOURCE...")
    check_sources(sources)
    try:
        changed = dict(_pair(text) for text in severity or ())
        options = ValidationOptions(tuple(ignore or ()), tuple(only or ()), changed, max_issues)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    codes = {Code.DONE}
    checked = []
    for row in _rows(sources, Validate(options), jobs, limits_of(max_memory, timeout)):
        report = row.report or _unchecked(row.problem)
        if row.report is None and row.problem is not None:
            codes.add(CODES[row.problem.kind])
        elif report.verdict != CONFORMING:
            codes.add(Code.NON_CONFORMING)
        if form is Format.TABLE:
            _show(row)
        else:
            checked.append(Checked(row.path, report, row.seconds))
    if form is Format.JSON:
        render.emit(verdicts.as_json(checked, __version__))
    elif form is Format.SARIF:
        render.emit(verdicts.as_sarif(checked, __version__))
    elif form is Format.JUNIT:
        typer.echo(verdicts.as_junit(checked, __version__))
    raise typer.Exit(next(code for code in WORST_FIRST if code in codes))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is not ID=SEVERITY")
    return name, value


def _rows(sources: list[str], job: Validate, jobs: int | None, limits: Limits) -> Iterator[Row]:
    """The row of each file: source by source, and in the order of the paths within a source."""
    from misc_format.engine.run import Extent, rows
    from misc_format.engine.sources import find

    entries = sorted(find(sources, job.endings), key=lambda entry: (entry.source_index, os.fsencode(entry.path)))
    return rows(entries, job, Extent.of(entries), jobs, limits)


def _unchecked(problem: Problem | None) -> Report:
    """The report on a file that could not be checked."""
    assert problem is not None  # a row without a report has a problem
    rule = RULES.get(problem.id or "")
    clause = rule.clause if rule else ""
    issue = Issue(problem.id, "error", clause, problem.bit_offset, problem.path, problem.message)  # type: ignore[arg-type]
    return Report(ERROR, (issue,))


def _show(row: Row) -> None:
    if row.report is None:
        assert row.problem is not None
        sentence = row.problem.sentence
        render.say(ERROR, "red", f"  {sentence}" if row.path in sentence else f"  {row.path}: {sentence}")
        return
    conforming = row.report.verdict == CONFORMING
    truncated = f", {len(row.report.issues)} issues shown, there are more" if row.report.truncated else ""
    render.say(row.report.summary, "green" if conforming else "red", f"  {row.path}{truncated}")
    if row.report.issues:
        render.show(render.issues_table(row.report, ""))


def _describe(name: str | None, form: Format) -> None:
    """Print the catalogue of requirements, or one requirement."""
    catalogue: dict[str, Rule | Duty] = {**RULES, **DUTIES}
    if form not in (Format.TABLE, Format.JSON):
        raise typer.BadParameter("the catalogue is printed as table or json", param_hint="--format")
    if name is not None and name not in catalogue:
        raise typer.BadParameter(f"{name!r} is not a rule; --list shows all rules", param_hint="--explain")
    rows = list(catalogue.values()) if name is None else [catalogue[name]]
    if form is Format.JSON:
        render.emit([_described(row) for row in rows])
    elif name is None:
        render.show(render.rules_table(rows))
    else:
        for key, value in _described(rows[0]).items():
            if value:
                render.say(f"{key}: ", then=str(value))


def _described(row: Rule | Duty) -> dict[str, str]:
    """A requirement as a flat object, with the conformance class that it binds."""
    return {**row._asdict(), "conformance_class": row.conformance_class}
