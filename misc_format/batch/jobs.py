"""What is done with each file. A job is data; what it needs (models, tables) is loaded once a worker, by `prepare`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from misc_format.batch.stores import LostError
from misc_format.errors import MiscError

MISC_BYTES = 2**26  # of a .misc file that is read; the largest that conforms has far fewer
GROUP = 64  # files whose texts are decoded side by side
Task = Callable[[Sequence[tuple[bytes, str]]], "list[Result]"]


class Result(NamedTuple):
    """What became of a file: its row in the report, and what is written. `good`: whether it counts as done; else the row says why."""

    row: dict[str, Any]
    output: bytes | None = None
    good: bool = True


class Job(Protocol):
    """`columns`: name and type (string, int, float, strings or json) of what a row has beside `file` and `error`; "*" are the parts of
    an account. `endings`: of the files that are taken, where the user names no pattern. `suffix`: of what is written, None for nothing.
    `most`: bytes of an input file. `group`: files that a task is given at a time."""

    @property
    def name(self) -> str: ...
    @property
    def endings(self) -> tuple[str, ...]: ...
    @property
    def suffix(self) -> str | None: ...
    @property
    def columns(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def most(self) -> int: ...
    @property
    def group(self) -> int: ...

    def prepare(self) -> Task:
        """Load what is needed, once: a function of contents with their names. Raises what would be the same for every file."""

    def identity(self) -> dict[str, Any]:
        """What decides the results, as JSON: a run goes on only under the same."""


def each(one: Callable[[bytes, str], Result]) -> Task:
    """A task that does its files one by one; what goes wrong with one is that one's result."""

    def task(files: Sequence[tuple[bytes, str]]) -> list[Result]:
        return [_done(one, *file) for file in files]

    return task


def _done(one: Callable[[bytes, str], Result], data: bytes, name: str) -> Result:
    try:
        return one(data, name)
    except (LostError, ModuleNotFoundError):
        raise
    except Exception as error:  # whatever a file does to the code that reads it, it is its own fault
        return failure(error)


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
    names = ("profile", "width", "height", "file_bits", "bpp")
    return {**{name: getattr(account, name) for name in names}, "parts": parts}


@dataclass(frozen=True)
class Bpp:
    """The exact bits of every component."""

    deep: bool = False
    name: str = "bpp"
    endings: tuple[str, ...] = (".misc",)
    suffix: None = None
    columns: tuple[tuple[str, str], ...] = ACCOUNT
    most: int = MISC_BYTES
    group: int = GROUP

    def prepare(self) -> Task:
        """Nothing is loaded before a payload needs it."""
        from misc_format.accounting import account, account_many

        alone = each(lambda data, _: Result(account_row(account(data, self.deep))))

        def together(files: Sequence[tuple[bytes, str]]) -> list[Result]:
            try:
                found = account_many([data for data, _ in files])
            except Exception:  # no violation of a rule: it is one file's, and the others are counted without it
                return alone(files)
            return [failure(one) if isinstance(one, Exception) else Result(account_row(one)) for one in found]

        return together if self.deep else alone

    def identity(self) -> dict[str, Any]:
        """Whether payloads are split."""
        return {"deep": self.deep}


@dataclass(frozen=True)
class Validate:
    """The rules that a file breaks; one that does not conform counts as failed."""

    name: str = "validate"
    endings: tuple[str, ...] = (".misc",)
    suffix: None = None
    columns: tuple[tuple[str, str], ...] = (("verdict", "string"), ("issues", "json"))
    most: int = MISC_BYTES
    group: int = 1

    def prepare(self) -> Task:
        """The validator."""
        from misc_format.validation.validator import validate

        def one(data: bytes, _: str) -> Result:
            report = validate(data)
            errors = [issue for issue in report.issues if issue.severity == "error"]
            reason = {"error": f"{errors[0].id}: {errors[0].message}", "error_id": errors[0].id} if errors else {}
            return Result({**report.as_dict(), **reason}, good=not errors)

        return each(one)

    def identity(self) -> dict[str, Any]:
        """There is nothing to choose."""
        return {}


def failure(error: Exception) -> Result:
    """The result of a file with which something is wrong: its row says what."""
    if isinstance(error, MiscError):
        return Result({"error": str(error), "error_id": error.rule}, good=False)
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    elif not isinstance(error, OSError):
        text = f"{type(error).__name__}: {error}"
    return Result({"error": text, "error_id": None}, good=False)


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
