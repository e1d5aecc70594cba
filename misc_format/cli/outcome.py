"""How a command ends: its exit code, and the sentence on stderr for an error."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import typer
from typer.core import TyperGroup

from misc_format.cli.render import emit
from misc_format.engine.problems import Kind, problem_of
from misc_format.system.reading import read_file, read_limited
from misc_format.system.text import has_surrogates, visible

P = ParamSpec("P")
FILE_ARGUMENTS = ("source", "sources", "against")  # of type str, because they can also be patterns and URLs


class Code(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NON_CONFORMING = 1
    USAGE = 2
    FILE = 3
    INTERNAL = 4
    LIMIT = 5


CODES: dict[Kind, Code] = {
    "rule": Code.NON_CONFORMING,
    "limit": Code.LIMIT,
    "file": Code.FILE,
    "option": Code.USAGE,
    "extra": Code.USAGE,
    "internal": Code.INTERNAL,
}


def code_of(error: Exception) -> Code:
    """The exit code for an error."""
    return CODES[problem_of(error).kind]


def complain(error: Exception | str, about: object = None) -> None:
    """Print an error, or a sentence, to stderr. With MISC_TRACEBACK, also print the traceback of an internal error.

    `about`: the name of the file.
    """
    if isinstance(error, str):
        _to_stderr(f"misc: {about}: {error}" if about else f"misc: {error}", typer.colors.RED)
        return
    prefix = f"{about}: " if about and not isinstance(error, OSError) else ""  # an OSError names its file
    _to_stderr(f"misc: {prefix}{problem_of(error).sentence}", typer.colors.RED)
    if code_of(error) is Code.INTERNAL and os.environ.get("MISC_TRACEBACK"):
        for line in "".join(traceback.format_exception(error)).split("\n"):
            typer.echo(visible(f"    {line}"), err=True)


def remark(text: str) -> None:
    """Print a note for the user to stderr."""
    _to_stderr(f"note: {text}", typer.colors.YELLOW)


def _to_stderr(text: str, colour: str) -> None:
    typer.secho(visible(text), err=True, fg=colour)


class Group(TyperGroup):
    """The commands of a program. What the user typed controls no terminal as a part of the message that it is wrong."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """The context of a command line. Raises a usage error."""
        with _visible_messages():
            return super().make_context(*arguments, **options)

    def invoke(self, *arguments: Any, **options: Any) -> Any:
        """Run a command. Raises a usage error."""
        with _visible_messages():
            return super().invoke(*arguments, **options)


@contextmanager
def _visible_messages() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if is_usage_error(error) and hasattr(error, "message"):
            error.message = visible(error.message)
        raise


def is_usage_error(error: Exception) -> bool:
    """Whether an error is Typer's: a usage error, or an exit. Typer has a copy of click under a private name."""
    return type(error).__module__.partition(".")[0] in ("click", "typer")


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """A decorator for commands. It turns an exception into a sentence on stderr and an exit code.

    Text arguments must be Unicode, because they go into reports and files. File names may have any bytes.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # print ? for a character that the encoding lacks
                stream.reconfigure(errors="replace")
        for name, value in kwargs.items():
            texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
            if name not in FILE_ARGUMENTS and any(map(has_surrogates, texts)):
                raise typer.BadParameter("the text is not Unicode; use UTF-8", param_hint=name)
        try:
            command(*args, **kwargs)
        except Exception as error:
            if is_usage_error(error):
                raise
            complain(error)
            if kwargs.get("as_json"):
                emit({"error": problem_of(error).as_dict()})
            raise typer.Exit(code_of(error)) from None

    return run


def read_input(path: Path) -> bytes:
    """The bytes of a file, or of standard input for -. Raises `OSError`."""
    return read_limited(sys.stdin.buffer) if str(path) == "-" else read_file(path)
