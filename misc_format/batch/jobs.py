"""What is done with each file. A job is data; what it needs (models, tables) is loaded once a worker, by `prepare`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from misc_format.errors import MiscError

MISC_BYTES = 2**26  # of a .misc file that is read; the largest that conforms has far fewer
Task = Callable[[bytes, str], "Result"]


class Result(NamedTuple):
    """What became of a file: its row in the report, and what is written. `good`: whether it counts as done; else the row says why."""

    row: dict[str, Any]
    output: bytes | None = None
    good: bool = True


class Job(Protocol):
    """`columns`: name and type (string, int, float, strings or json) of what a row has beside `file` and `error`; "*" are the parts of
    an account. `endings`: of the files that are taken, where the user names no pattern. `suffix`: of what is written, None for nothing.
    `most`: bytes of an input file."""

    name: str
    endings: tuple[str, ...]
    suffix: str | None
    columns: tuple[tuple[str, str], ...]
    most: int

    def prepare(self) -> Task:
        """Load what is needed, once. Raises what would be the same for every file."""

    def identity(self) -> dict[str, Any]:
        """What decides the results, as JSON: a run goes on only under the same."""


ACCOUNT = (
    ("profile", "string"),
    ("width", "int"),
    ("height", "int"),
    ("file_bits", "int"),
    ("bpp", "float"),
    ("*", "int"),
)


def account_row(account: Any) -> dict[str, Any]:
    """The part of a row that says how many bits a file has, and where."""
    parts: dict[str, int] = {}
    for part in account.components:
        parts[part.path] = parts.get(part.path, 0) + part.bits
    figures = {"width": account.width, "height": account.height, "file_bits": account.file_bits, "bpp": account.bpp}
    return {**figures, "parts": parts}


@dataclass(frozen=True)
class Bpp:
    """The exact bits of every component."""

    deep: bool = False
    name: str = "bpp"
    endings: tuple[str, ...] = (".misc",)
    suffix: None = None
    columns: tuple[tuple[str, str], ...] = ACCOUNT
    most: int = MISC_BYTES

    def prepare(self) -> Task:
        from misc_format.accounting import account
        from misc_format.container import read_structure

        def task(data: bytes, _: str) -> Result:
            return Result({"profile": read_structure(data).profile, **account_row(account(data, self.deep))})

        return task

    def identity(self) -> dict[str, Any]:
        return {"deep": self.deep}


@dataclass(frozen=True)
class Validate:
    """The rules that a file breaks; one that does not conform counts as failed."""

    name: str = "validate"
    endings: tuple[str, ...] = (".misc",)
    suffix: None = None
    columns: tuple[tuple[str, str], ...] = (("verdict", "string"), ("issues", "json"))
    most: int = MISC_BYTES

    def prepare(self) -> Task:
        from misc_format.validator import validate

        def task(data: bytes, _: str) -> Result:
            report = validate(data)
            document = report.as_dict()
            errors = [issue for issue in report.issues if issue.severity == "error"]
            reason = {"error": f"{errors[0].id}: {errors[0].message}", "error_id": errors[0].id} if errors else {}
            return Result({**document, **reason}, good=not errors)

        return task

    def identity(self) -> dict[str, Any]:
        return {}


def failed(error: Exception) -> dict[str, Any]:
    """The part of a row that says why there is nothing else in it."""
    if isinstance(error, MiscError):
        return {"error": str(error), "error_id": error.rule}
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    elif not isinstance(error, OSError):
        text = f"{type(error).__name__}: {error}"
    return {"error": text, "error_id": None}


@dataclass(frozen=True)
class Setup:
    """All that a worker must know; it travels to other processes and machines.

    `shards`: whether outputs are packed into a tar a unit. `run`: names this run among those that share the journals.
    """

    source: str
    output: str
    job: Job
    shards: bool = False
    fail_fast: bool = False
    run: str = ""
    paths: Sequence[str] = field(default=())
