"""Options that several commands share. A function declares them as its parameters, and `with_options_of` copies them to a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from misc_format.system.paths import resolved

if TYPE_CHECKING:
    from misc_format.engine.pool import Limits

T = TypeVar("T")
SOURCES = ".misc files, folders of them at any depth, globs, tar shards or URLs; - for standard input."
MaxMemory = Annotated[
    float | None,
    typer.Option(min=1, help="Memory limit per file in MiB, in addition to what the program itself needs."),
]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Time limit per file in seconds.")]


def limits_of(max_memory: float | None, timeout: float | None) -> Limits:
    """The limits for one file. `max_memory` is in MiB, `timeout` in seconds; None means no limit."""
    from misc_format.engine.pool import MEBIBYTE, Limits

    return Limits(None if max_memory is None else round(max_memory * MEBIBYTE), timeout)


def check_sources(sources: Sequence[str]) -> None:
    """Raises `typer.BadParameter` if more than one source is standard input, which can be read only once, or if a URL has a password."""
    from misc_format.engine.stores import require_no_password

    if sum(source == "-" for source in sources) > 1:
        raise typer.BadParameter("standard input can be read only once; name - once")
    for source in sources:
        try:
            require_no_password(source)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None


def require_other_file(output: Path, *inputs: Path | None, option: str = "--output") -> Path:
    """The output. Raises `BadParameter` about `option` if it is one of the inputs, or lies in an input that is a folder."""
    for path in inputs:
        if path is None or not path.exists():
            continue
        if output.exists() and output.samefile(path):
            raise typer.BadParameter(f"{output} is the input; name another file to write", param_hint=option)
        if path.is_dir() and resolved(output).is_relative_to(resolved(path)):
            raise typer.BadParameter(f"{output} is in the folder that is read; write elsewhere", param_hint=option)
    return output


def with_options_of(*others: Callable[..., Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A decorator that replaces the `**options` parameter of a function with the parameters of `others`."""

    def extend(function: Callable[..., T]) -> Callable[..., T]:
        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for source in (function, *others)
            for parameter in inspect.signature(source, eval_str=True).parameters.values()
            if parameter.kind is not parameter.VAR_KEYWORD
        ]

        @wraps(function)
        def call(**options: Any) -> T:
            return function(**options)

        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return call

    return extend


def parameter_names(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)
