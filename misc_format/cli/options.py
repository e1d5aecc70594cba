"""Options that commands share, declared once: as the parameters of a function, which a command takes beside its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from misc_format.engine.pool import Limits

T = TypeVar("T")
SOURCES = ".misc files, folders of them at any depth, globs, tar shards or URLs; - for standard input."
MaxMemory = Annotated[float | None, typer.Option(min=1, help="MiB that one file may take beyond the program's own.")]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Seconds that one file may take.")]


def limits_of(max_memory: float | None, timeout: float | None) -> Limits:
    """What one file may take, of options in MiB and in seconds."""
    from misc_format.engine.pool import MEBIBYTE, Limits

    return Limits(None if max_memory is None else round(max_memory * MEBIBYTE), timeout)


def taking(*others: Callable[..., Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """A function that ends in **options, with the parameters of other functions in the place of that."""

    def extend(function: Callable[..., T]) -> Callable[..., T]:
        parameters = [
            parameter
            for each in (function, *others)
            for parameter in inspect.signature(each, eval_str=True).parameters.values()
        ]
        named = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in parameters
            if parameter.kind is not parameter.VAR_KEYWORD
        ]

        @wraps(function)
        def call(**options: Any) -> T:
            return function(**options)

        call.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in named}
        return call

    return extend


def names(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)
