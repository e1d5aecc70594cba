"""`misc conformance`: any decoder against the vectors, and what the vectors cover."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from misc_format.cli import render
from misc_format.cli.outcome import Code, guarded
from misc_format.system.files import write_file

from .harness import reports
from .harness.decoder_process import DecoderProcess
from .harness.protocol import Fault
from .harness.run import ERRORED, FAILED, FAULT, SKIPPED, STATUSES, Outcome, Tally, run

if TYPE_CHECKING:
    from .authoring.coverage import Need

OWN = shlex.join([sys.executable, "-m", f"{__package__}.harness.adapter"])
MAX_SHOWN = 20  # wrong results in the table

app = typer.Typer(help="Test a decoder with the conformance vectors, and show what they cover.", no_args_is_help=True)


class Form(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    junit = "junit"


@app.command("run")
@guarded
def run_command(
    command: Annotated[
        str,
        typer.Option(
            "--cmd",
            metavar="COMMAND",
            show_default=False,
            help="The decoder: a program that speaks the protocol. Default: the reference decoder.",
        ),
    ] = OWN,
    only: Annotated[str, typer.Option(help="Only vectors whose names match this pattern, such as 'maps-*'.")] = "*",
    timeout: Annotated[float, typer.Option(help="Seconds per reply.", min=0.01)] = 60.0,
    form: Annotated[Form, typer.Option("--format", help="How to print the results.")] = Form.table,
    badge: Annotated[Path | None, typer.Option(readable=False, help="Write a badge to this SVG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Send every vector to a decoder, and compare its answers. Exit code 1: an answer was wrong; 3: an answer is missing."""
    from .suite import MODELS, vectors  # its imports take a second

    chosen = [vector for vector in vectors() if fnmatch(vector.name, only)]
    if not chosen:
        raise typer.BadParameter(f"no vector's name fits {only!r}", param_hint="--only")
    try:
        decoder = DecoderProcess(command, [path.read_bytes() for path in MODELS], timeout)
    except ValueError as error:
        raise typer.BadParameter(f"{command!r} is no command: {error}", param_hint="--cmd") from None
    try:
        outcome = run(decoder, chosen)
    except Fault as fault:
        raise ChildProcessError(f"harness fault, nothing was tried: {fault}") from None
    if badge:
        write_file(badge, reports.badge(outcome).encode())
    _print(outcome, Form.json if as_json else form)
    raise typer.Exit(_code(outcome))


def _code(outcome: Outcome) -> Code:
    counts = outcome.counts
    if counts[FAILED]:
        return Code.NON_CONFORMING
    return Code.FILE if counts[FAULT] + counts[ERRORED] else Code.DONE


def _print(outcome: Outcome, form: Form) -> None:
    if form is Form.json:
        render.emit(reports.document(outcome))
        return
    if form is Form.junit:
        typer.echo(reports.as_junit(outcome), nl=False)
        return
    render.show(_tallies("requirement", outcome.by_requirement()))
    render.show(_tallies("profile", outcome.by_profile()))
    render.show(_tallies("class", outcome.by_class()))
    wrong = [result for result in outcome.results if result.status in (FAILED, ERRORED, FAULT)]
    if wrong:
        render.show(_wrong(outcome))
    counts = ", ".join(f"{outcome.counts[status]:,} {status}" for status in STATUSES if outcome.counts[status])
    name = " ".join(str(outcome.info[key]) for key in ("name", "version", "class") if key in outcome.info)
    render.say(name, "red" if wrong else "green", f"  {counts}")
    if outcome.unclaimed:
        render.say(f"not compared, for it is not claimed: {', '.join(outcome.unclaimed)}")


def _tallies(what: str, tallies: list[Tally]) -> Table:
    table = Table()
    table.add_column(what, no_wrap=True)
    for status in STATUSES:
        table.add_column(status, justify="right")
    for tally in tallies:
        table.add_row(tally.name, *(f"{tally.counts[status]:,}" if tally.counts[status] else "" for status in STATUSES))
    return table


def _wrong(outcome: Outcome) -> Table:
    wrong = [result for result in outcome.results if result.status not in ("passed", SKIPPED)]
    table = Table(title=f"what went wrong, {min(len(wrong), MAX_SHOWN)} of {len(wrong)}", title_justify="left")
    for name in ("vector", "request", "status", "message"):
        table.add_column(name, overflow="fold")
    for result in wrong[:MAX_SHOWN]:
        table.add_row(result.vector.name, result.op, result.status, render.cell(result.message))
    return table


@app.command("coverage")
@guarded
def coverage_command(
    every: Annotated[
        bool, typer.Option("--all", help="Also show what is covered, with the number of vectors.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show which rules, branches, values, registered numbers and limits no vector covers. Exit code 1 if there is one."""
    from .authoring.coverage import needs
    from .suite import vectors

    every_need = needs(list(vectors()))
    missing = [need for need in every_need if need.vectors < 1]
    if as_json:
        render.emit({"needs": [need._asdict() for need in every_need], "missing": [need._asdict() for need in missing]})
    else:
        render.show(_summary(every_need))
        if every or missing:
            render.show(_needs(every_need if every else missing))
    raise typer.Exit(Code.NON_CONFORMING if missing else Code.DONE)


def _summary(needs: list[Need]) -> Table:
    table = Table()
    for name in ("what", "needed", "with a vector", "missing"):
        table.add_column(name, justify="left" if name == "what" else "right")
    needed, covered = Counter(need.kind for need in needs), Counter(need.kind for need in needs if need.vectors > 0)
    for kind, count in needed.items():
        table.add_row(kind, f"{count:,}", f"{covered[kind]:,}", f"{count - covered[kind]:,}")
    return table


def _needs(needs: list[Need]) -> Table:
    table = Table()
    for name in ("what", "name", "vectors"):
        table.add_column(name, justify="right" if name == "vectors" else "left", overflow="fold")
    for need in needs:
        table.add_row(need.kind, need.name, f"{need.vectors:,}")
    return table
