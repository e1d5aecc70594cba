"""The page of every command: the program's own help, so that what a command takes is said once, in the code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

WIDTH = 110
BEGIN = "# Every command\n\nWhat `misc COMMAND --help` prints; the exit codes are those of every command.\n"


def commands() -> str:
    """The page, in Markdown."""
    os.environ |= {"TYPER_USE_RICH": "0", "COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH)}
    import typer
    from typer.testing import CliRunner

    from misc_format.cli.app import EPILOG, app

    parts = [BEGIN, EPILOG]
    for names in sorted(leaves(typer.main.get_command(app))):
        shown = CliRunner().invoke(app, [*names, "--help"], prog_name="misc", terminal_width=WIDTH)
        parts += [f"\n## misc {' '.join(names)}\n", f"```text\n{shown.stdout.strip()}\n```"]
    return "\n".join(parts) + "\n"


def leaves(command: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names of all commands that have none below them."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield names
        return
    for name, each in inner.items():
        yield from leaves(each, (*names, name))
