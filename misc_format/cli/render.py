"""Output on stdout: tables and lines for people, and JSON documents for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from misc_format.accounting import Account
from misc_format.reports.tables import Table as Plain
from misc_format.rules import RULES, Duty, Rule
from misc_format.structure.bits import Leaf
from misc_format.structure.container import FORMAT_VERSION
from misc_format.system.text import as_json, visible
from misc_format.validation.validator import Report

BAR_WIDTH = 16  # characters
VALUE_WIDTH = 60  # characters
MIN_WIDTH = 80  # columns of a table in a terminal
WIDTH = 160  # columns of a table without a terminal


def emit(document: Any) -> None:
    """Print a JSON document, in ASCII if the encoding of stdout does not have all of Unicode."""
    typer.echo(as_json(document, ascii_only=ascii_only()))


def ascii_only() -> bool:
    """Whether the encoding of stdout does not have all of Unicode."""
    return "utf" not in (sys.stdout.encoding or "").lower()


def say(text: str, colour: str | None = None, then: str = "") -> None:
    """Print a line: `text`, in a colour if there is one, and `then`. Invisible characters are written as escapes."""
    text = visible(text)
    typer.echo((typer.style(text, fg=colour) if colour else text) + visible(then))


def cell(text: str) -> str:
    """Text for a cell or a title of a table of Rich: no part of it is markup or controls the terminal."""
    return escape(visible(text))


def show(table: Table) -> None:
    """Print a table, at least MIN_WIDTH columns wide in a terminal, and WIDTH columns wide elsewhere."""
    console = Console()
    Console(width=max(console.width, MIN_WIDTH) if console.is_terminal else WIDTH).print(table)


def account_table(account: Account, title: str) -> Table:
    """The parts of one file, and their sum."""
    deep = any(
        part.information_bits is not None and part.kind not in ("header", "framing") for part in account.components
    )
    table = Table(title=cell(title), title_justify="left", show_footer=True)
    pixels = account.width * account.height
    table.add_column("component", "file")
    table.add_column("bits", f"{account.file_bits:,}", justify="right")
    table.add_column("bytes", f"{account.file_bits / 8:,.0f}", justify="right")
    table.add_column("bpp", f"{account.bpp:.5f}", justify="right")
    table.add_column("share", "", justify="left")
    if deep:
        table.add_column("information bits", "", justify="right")
    if account.self_declared_bits:
        table.add_column("status", "", justify="left")
    for part in account.components:
        fraction = part.bits / account.file_bits
        row = [part.path, f"{part.bits:,}", f"{part.bits / 8:,.1f}", f"{part.bits / pixels:.5f}"]
        row.append(f"{'█' * round(BAR_WIDTH * fraction):<{BAR_WIDTH}} {fraction:6.1%}")
        if deep:
            row.append("" if part.information_bits is None else f"{part.information_bits:,.1f}")
        if account.self_declared_bits:
            row.append(part.status)
        table.add_row(*row)
    table.caption, table.caption_justify = cell("\n".join(outside_lines(account))), "left"
    return table


def outside_lines(account: Account) -> list[str]:
    """A line for each thing that a decoder needs beside the file."""
    return [
        f"outside the file: {need.what} {need.name}" + ("" if need.size is None else f", {need.size:,} bytes")
        for need in account.outside
    ]


def accounts_table(rows: Sequence[tuple[str, Account]]) -> Table:
    """One row per file: its size, and its bits by kind of component. The parts of an image are one kind, and its column says so."""
    kinds = sorted({part.kind for _, account in rows for part in account.components}, key=_kind_order)
    table = Table(title="bits by kind of component", title_justify="left")
    has_parts = any(part.owner.startswith("image/") for _, account in rows for part in account.components)
    titles = ("image, all parts" if kind == "image" and has_parts else kind for kind in kinds)
    for name in ("file", "size", *titles, "total", "bpp"):
        table.add_column(name, justify="left" if name == "file" else "right")
    for name, account in rows:
        bits = {kind: sum(part.bits for part in account.components if part.kind == kind) for kind in kinds}
        cells = [f"{value:,}" if value else "" for value in bits.values()]
        table.add_row(
            cell(name), f"{account.width}x{account.height}", *cells, f"{account.file_bits:,}", f"{account.bpp:.5f}"
        )
    return table


def plain_table(plain: Plain) -> Table:
    """A table of a report."""
    table = Table(title=cell(plain.title), title_justify="left")
    for place, name in enumerate(plain.header):
        is_text = place < plain.text_columns
        table.add_column(cell(name), justify="left" if is_text else "right", overflow="fold" if is_text else "ellipsis")
    previous: tuple[str, ...] = ()
    for row in plain.rows:
        grouped = plain.text_columns > 1 and previous
        if grouped and row[0] != previous[0]:
            table.add_section()
        # The name of a group stands in its first row.
        cells = ("", *row[1:]) if grouped and row[0] == previous[0] else row
        table.add_row(*(cell(text) for text in cells))
        previous = row
    return table


def leaves_table(leaves: Sequence[Leaf], title: str) -> Table:
    """The leaves of one file."""
    table = Table(title=cell(title), title_justify="left")
    for name in ("bit", "bits", "field", "value", "clause"):
        table.add_column(name, justify="right" if name in ("bit", "bits") else "left", overflow="fold")
    for leaf in leaves:
        value = "" if leaf.value is None else str(leaf.value)
        shown = value if len(value) <= VALUE_WIDTH else value[: VALUE_WIDTH - 1] + "…"
        table.add_row(f"{leaf.bit_offset:,}", f"{leaf.bit_length:,}", leaf.path, cell(shown), leaf.clause)
    return table


def issues_table(report: Report, title: str) -> Table:
    """The issues of one file."""
    table = Table(title=cell(title), title_justify="left")
    table.add_column("rule", no_wrap=True)
    for name in ("severity", "clause", "where", "what is wrong, and what to do"):
        table.add_column(name, overflow="fold")
    for issue in report.issues:
        where = issue.path if issue.bit_offset is None else f"{issue.path}, bit {issue.bit_offset:,}"
        table.add_row(
            issue.id, issue.severity, issue.clause, cell(where), f"{cell(issue.message)}. {RULES[issue.id].hint}"
        )
    return table


def rules_table(rows: Sequence[Rule | Duty]) -> Table:
    """The catalogue of requirements."""
    table = Table(title=f"requirements of format version {FORMAT_VERSION}", title_justify="left")
    table.add_column("id", no_wrap=True)
    for name in ("severity", "class", "clause", "requirement"):
        table.add_column(name, overflow="fold")
    for row in rows:
        severity = row.severity if isinstance(row, Rule) else ""
        table.add_row(row.id, severity, row.conformance_class, row.clause, cell(row.requirement))
    return table


def _kind_order(kind: str) -> int:
    return ("header", "framing", "text", "maps", "generation", "image", "ancillary", "padding").index(kind)
