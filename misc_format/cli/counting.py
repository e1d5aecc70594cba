"""`misc inspect` and `misc bpp`: what is in a file, and how many bits each part of it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from misc_format import accounting
from misc_format.cli import render
from misc_format.cli.outcome import Code, code_of, complain, error_document, guarded, read_input

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@guarded
def inspect(
    file: Annotated[Path, typer.Argument(readable=False, help="A .misc file; - for standard input.")],
    as_json: JsonFlag = False,
) -> None:
    """Show every field of a file: where it is, how long, its value, and the clause that defines it."""
    data = read_input(file)
    leaves = accounting.inspect(data)
    if as_json:
        render.emit([leaf._asdict() for leaf in leaves])
    else:
        render.show(render.leaves_table(leaves, f"{file}: {len(data):,} bytes"))


@guarded
def bpp(
    files: Annotated[
        list[Path], typer.Argument(readable=False, help=".misc files; - for standard input.", metavar="FILE...")
    ],
    deep: Annotated[bool, typer.Option("--deep", help="Decode the payloads and split them by field.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Count the bits of every component, exactly: they add up to the file. Bpp divides by the original width x height."""
    found = []
    documents = []
    worst = Code.DONE
    for file in files:
        try:
            account = accounting.account(read_input(file), deep)
        except Exception as error:
            worst = max(worst, code_of(error))
            documents.append({"file": str(file), "error": error_document(error)})
            complain(error, file)
            continue
        found.append((str(file), account))
        documents.append({"file": str(file), **account.as_dict()})
    if as_json:
        render.emit(documents)
    elif len(files) == 1 or deep:
        for name, account in found:
            render.show(render.account_table(account, f"{name}, {account.width}x{account.height}"))
    elif found:
        render.show(render.accounts_table(found))
    raise typer.Exit(worst)
