"""What is done with each file. A job is data; what it needs (models, tables) is loaded once in each worker, by `prepare`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from misc_format.engine.problems import problem_of_report
from misc_format.engine.rows import ACCOUNT, Columns, Row
from misc_format.engine.sources import MISC_ENDINGS
from misc_format.engine.stores import LostError
from misc_format.structure.container import SIGNATURE
from misc_format.validation.validator import ValidationOptions

MISC_BYTES = 2**30  # of a .misc file that is read: far more than there are in any but in hostile ones
GROUP = 64  # files whose texts are decoded side by side
Task = Callable[[Sequence[tuple[bytes, str]]], "list[Row | Exception]"]


class Job(Protocol):
    """`columns`: what its rows have in a table, beside `file` and `error`. `endings`: of the files that are taken, where the user names
    no pattern. `suffix`: of what is written, None for nothing. `max_bytes`: of an input file. `begin`: how an input file begins; of
    another one the task is given no more than these first bytes. `group`: files that a task is given at a time. `light`: it takes less
    time than to hand a file to another process, and cannot end the process that does it."""

    @property
    def name(self) -> str: ...
    @property
    def endings(self) -> tuple[str, ...]: ...
    @property
    def suffix(self) -> str | None: ...
    @property
    def columns(self) -> Columns: ...
    @property
    def max_bytes(self) -> int: ...
    @property
    def begin(self) -> bytes: ...
    @property
    def group(self) -> int: ...
    @property
    def light(self) -> bool: ...

    def prepare(self, limited: bool = False) -> Task:
        """Load what is needed, once: a function that makes a row of each of some files, given as contents and names.

        A task returns an error in the place of a row. It raises `LostError` and `ModuleNotFoundError` for what would be the same for
        every file; whatever else it raises is one file's, and the files are done again one by one. `limited`: time and memory of each
        file are, so that nothing should be left to be loaded with the first.
        """

    def identity(self) -> dict[str, Any]:
        """What decides the results, as JSON: a run goes on only under the same."""


def each(one: Callable[[bytes, str], Row]) -> Task:
    """A task that does its files one by one; what goes wrong with one is that one's result."""

    def task(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
        return [_done(one, *file) for file in files]

    return task


def _done(one: Callable[[bytes, str], Row], data: bytes, name: str) -> Row | Exception:
    try:
        return one(data, name)
    except (LostError, ModuleNotFoundError, MemoryError):
        raise
    except Exception as error:  # whatever a file does to the code that reads it, it is its own fault
        return error


@dataclass(frozen=True)
class Bpp:
    """The exact bits of every component."""

    deep: bool = False
    name: str = "bpp"
    endings: tuple[str, ...] = MISC_ENDINGS
    suffix: None = None
    columns: Columns = ACCOUNT
    max_bytes: int = MISC_BYTES
    begin: bytes = SIGNATURE.to_bytes(3, "big")
    group: int = GROUP

    @property
    def light(self) -> bool:
        """Without payloads, there is nothing to compute."""
        return not self.deep

    def prepare(self, limited: bool = False) -> Task:
        """Nothing is loaded before a payload needs it."""
        import misc_format

        if not self.deep:
            return each(lambda data, _: Row(account=misc_format.account(data)))
        if limited:
            warm()

        def together(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
            accounts = misc_format.account_many([data for data, _ in files])
            return [one if isinstance(one, Exception) else Row(account=one) for one in accounts]

        return together

    def identity(self) -> dict[str, Any]:
        """Whether payloads are split."""
        return {"deep": self.deep}


@dataclass(frozen=True)
class Validate:
    """The rules that a file breaks; one that does not conform counts as failed."""

    options: ValidationOptions = field(default_factory=ValidationOptions)
    name: str = "validate"
    endings: tuple[str, ...] = MISC_ENDINGS
    suffix: None = None
    columns: Columns = (("verdict", "string"), ("issues", "json"))
    max_bytes: int = MISC_BYTES
    begin: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """The validator."""
        import misc_format

        if limited:
            warm()

        def one(data: bytes, _: str) -> Row:
            report = misc_format.validate(data, self.options)
            return Row(report=report, problem=problem_of_report(report))

        return each(one)

    def identity(self) -> dict[str, Any]:
        """There is nothing to choose."""
        return {}


def warm() -> None:
    """Bring modules, models and compiled functions into memory, so that no file pays for them."""
    import numpy as np

    from misc_format import Grid, Maps, Stream, Text, read, write

    dot = np.zeros((8, 8), np.uint8)
    for side in (8, 80):  # small maps and large ones have functions of their own
        content = Stream(8, 8, text=Text(""), maps=Maps((np.eye(side, dtype=np.bool_),)), image=Grid(dot))
        read(write(content))  # writing tries every method
    for method in ("jbig2", "context"):
        read(write(Stream(8, 8, maps=Maps((np.eye(80, dtype=np.bool_),)), methods={"maps": method})))
