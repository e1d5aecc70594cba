"""Commands are called, with a file of the checkout: what they print as JSON, and how they end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .failures import guarded

SAMPLE = "examples/coffee.misc"
BROKEN = "build/broken.misc"
# Commands that print JSON, by the name under which their keys are compared; SAMPLE and BROKEN stand for files.
REPORTS = {
    "misc bpp --json": ("bpp", SAMPLE, "--json"),
    "misc bpp --deep --json": ("bpp", SAMPLE, "--deep", "--json"),
    "misc inspect --json": ("inspect", SAMPLE, "--json"),
    "misc validate --json": ("validate", SAMPLE, BROKEN, "--json"),
    "misc validate --list --format json": ("validate", "--list", "--format", "json"),
}
TABLE = "misc_format.table"
COLUMNS = "columns"  # the key of the columns of a table in their order
# Commands whose exit code is compared. They show values of options that the code checks, and what a fault of each kind gives.
CALLS = (
    "bpp coffee.misc",
    *(f"bpp coffee.misc --group {name}" for name in ("none", "folder", "profile")),
    *(f"bpp coffee.misc --output report{ending}" for ending in (".csv", ".json", ".md", ".parquet", ".tex")),
    *(f"bpp coffee.misc --title {name}=x" for name in ("overhead", "total")),
    "validate coffee.misc",
    "validate broken.misc",
    "validate no-such-file.misc",
    "validate --no-such-option",
)
WORSE = 2  # exit codes from here on: the command did not do its work
DECORATION = re.compile(r"[^\w\s.,:;'\"()/<>=*+-]+")  # frames around messages


class CommandError(RuntimeError):
    """A command did not do its work."""


def reports(home: Path) -> dict[str, Any]:
    """The keys and the types of what commands print as JSON, and the columns of `misc_format.table`."""
    with _samples(home):
        found = {name: guarded(partial(_report, arguments)) for name, arguments in REPORTS.items()}
        return found | {TABLE: guarded(_table)}


def calls(home: Path) -> dict[str, Any]:
    """The exit codes of commands."""
    with _samples(home) as invoke:
        for path in (SAMPLE, BROKEN):
            Path(Path(path).name).write_bytes(Path(path).read_bytes())
        return {f"misc {call}": invoke(*call.split()).exit_code for call in CALLS}


def _report(arguments: tuple[str, ...]) -> dict[str, Any]:
    result = _invoke(*arguments)
    if result.exit_code >= WORSE:
        raise CommandError(f"the command failed: {_message(result)}")
    return shape(json.loads(result.stdout))


def _table() -> dict[str, Any]:
    """The order of columns is a promise, too."""
    rows = import_module("misc_format").table([SAMPLE])
    return {**shape(rows), COLUMNS: list(rows[0])}


@contextmanager
def _samples(home: Path) -> Iterator[Callable[..., Any]]:
    """A folder with a file and a broken one, in which commands are called."""
    sample = (home / SAMPLE).read_bytes()
    with TemporaryDirectory() as folder, chdir(folder):
        for name, data in ((SAMPLE, sample), (BROKEN, sample[:9])):
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_bytes(data)
        yield _invoke


def _invoke(*arguments: str) -> Any:
    from typer.testing import CliRunner

    return CliRunner().invoke(import_module("misc_format.cli.app").app, list(arguments))


def _message(result: Any) -> str:
    """The last line that a command printed, or the error that ended it."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return repr(result.exception)
    lines = (" ".join(DECORATION.sub(" ", line).split()) for line in result.output.splitlines())
    return ([line for line in lines if line] or [f"exit code {result.exit_code}"])[-1]


def shape(value: object) -> dict[str, list[str]]:
    """The types of the values at each path of keys, in the order in which they stand. The members of a list share a path."""
    found: dict[str, set[str]] = {}

    def walk(path: str, inner: object) -> None:
        found.setdefault(path or "/", set()).add(type(inner).__name__)
        members = inner.items() if isinstance(inner, dict) else ()
        for key, member in members:
            walk(f"{path}/{key}", member)
        for member in inner if isinstance(inner, list) else ():
            walk(f"{path}[]", member)

    walk("", value)
    return {path: sorted(types) for path, types in found.items()}
