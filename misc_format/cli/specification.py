"""`misc spec`: the format as data for other programs, and the inspector, which is a page that is built from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from misc_format.cli import render
from misc_format.cli.counting import JsonFlag
from misc_format.cli.outcome import guarded
from misc_format.structure.container import FORMAT_VERSION
from misc_format.structure.grammar import table
from misc_format.system.files import write_file


@guarded
def spec(
    inspector: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="Write the page that shows .misc files in the browser, without a server.",
            metavar="OUT.html",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Print the syntax of the format, as its specification does.

    With --json, print all that is declared: syntax, rules, registered numbers, limits, profiles, and the steps of a reader. Its JSON
    Schema is format.schema.json in misc_format/schemas.
    """
    from misc_format import formatdata  # coders, and with them numba

    if inspector is not None:
        from misc_format.page import inspector as page

        write_file(inspector, page().encode())
    if as_json:
        render.emit(formatdata.document())
    elif inspector is not None:
        render.say(f"{inspector}: {inspector.stat().st_size:,} bytes")
    else:
        _print_syntax()


def _print_syntax() -> None:
    """Every syntax table, a row a line."""
    from misc_format.formatdata import syntaxes

    render.say(f"MISC bitstream, format version {FORMAT_VERSION}")
    for syntax in syntaxes.every():
        render.say("")
        render.say(f"{syntax.title} (clause {syntax.clause})")
        for text, descriptor, meaning in table(syntax):
            render.say(f"{text:<34}{descriptor:<8}{meaning}".rstrip())
