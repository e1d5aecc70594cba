"""The jobs: what to do with each file. A job is data. `prepare` loads its models and tables, once per worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from misc_format.document import FILES_PER_GROUP
from misc_format.engine.problems import problem_of_report
from misc_format.engine.rows import ACCOUNT, Columns, Row
from misc_format.engine.sources import MISC_ENDINGS
from misc_format.engine.stores import UnavailableError
from misc_format.engine.warmup import warm
from misc_format.structure.container import SIGNATURE
from misc_format.system.reading import MAX_FILE_BYTES
from misc_format.validation.validator import ValidationOptions

Task = Callable[[Sequence[tuple[bytes, str]]], "list[Row | Exception]"]


class Job(Protocol):
    """A job.

    `columns`: the columns of its rows in a table, besides `file` and `error`. `endings`: of the input files, if the user gives no
    pattern. `suffix`: of the output files; None if there are none. `max_bytes`: the largest size of an input file. `signature`: the
    first bytes of an input file; if a file begins otherwise, the task gets only as many bytes as the signature has. `group`: the number
    of files that a task gets at a time. `light`: the job takes less time than handing a file to another process, and cannot crash.
    """

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
    def signature(self) -> bytes: ...
    @property
    def group(self) -> int: ...
    @property
    def light(self) -> bool: ...

    def prepare(self, limited: bool = False) -> Task:
        """Load what the job needs, and return its task. A task takes contents and names of files, and returns one row per file.

        For a file that failed, a task returns the error instead of a row. It raises `UnavailableError` or `ModuleNotFoundError` for a
        fault that concerns every file. If it raises another error, the files are done again one by one. `limited`: each file has a
        limit of time or memory, so everything should be loaded now and not with the first file.
        """

    def identity(self) -> dict[str, Any]:
        """The options that decide the results, as JSON. A run can be resumed only with the same ones."""


def file_by_file(process: Callable[[bytes, str], Row]) -> Task:
    """A task that does its files one by one. An error of `process` is the result of that file."""

    def task(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
        return [_attempt(process, *file) for file in files]

    return task


def _attempt(process: Callable[[bytes, str], Row], data: bytes, name: str) -> Row | Exception:
    try:
        return process(data, name)
    except (UnavailableError, ModuleNotFoundError, MemoryError):
        raise
    except Exception as error:  # any other error belongs to this file
        return error


@dataclass(frozen=True)
class Bpp:
    """The exact bits of every component."""

    deep: bool = False
    name: str = "bpp"
    endings: tuple[str, ...] = MISC_ENDINGS
    suffix: None = None
    columns: Columns = ACCOUNT
    max_bytes: int = MAX_FILE_BYTES
    signature: bytes = SIGNATURE.to_bytes(3, "big")
    group: int = FILES_PER_GROUP

    @property
    def light(self) -> bool:
        """Without `deep`, no payload is decoded."""
        return not self.deep

    def prepare(self, limited: bool = False) -> Task:
        """The task; it loads a model when a payload first needs it."""
        import misc_format

        if not self.deep:
            return file_by_file(lambda data, _: Row(account=misc_format.account(data)))
        if limited:
            warm()

        def count(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
            accounts = misc_format.account_many([data for data, _ in files])
            return [result if isinstance(result, Exception) else Row(account=result) for result in accounts]

        return count

    def identity(self) -> dict[str, Any]:
        """The option `deep`."""
        return {"deep": self.deep}


@dataclass(frozen=True)
class Validate:
    """The rules that a file breaks. A file that does not conform counts as failed."""

    options: ValidationOptions = field(default_factory=ValidationOptions)
    name: str = "validate"
    endings: tuple[str, ...] = MISC_ENDINGS
    suffix: None = None
    columns: Columns = (("verdict", "string"), ("issues", "json"))
    max_bytes: int = MAX_FILE_BYTES
    signature: bytes = b""
    group: int = FILES_PER_GROUP
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        """The task; it runs the validator on the files."""
        import misc_format

        if limited:
            warm()

        def check(files: Sequence[tuple[bytes, str]]) -> list[Row | Exception]:
            reports = misc_format.validate_many([data for data, _ in files], self.options)
            return [
                report if isinstance(report, Exception) else Row(report=report, problem=problem_of_report(report))
                for report in reports
            ]

        return check

    def identity(self) -> dict[str, Any]:
        """Nothing: no option decides the results."""
        return {}
