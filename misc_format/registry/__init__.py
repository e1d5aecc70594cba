"""The registry (clause 4.5): every number in a file that stands for a name.

The tables are the CSV files beside this module. `spec/registry/` has copies of them, for readers without the package. Rows are added. No
number is changed or used again. A number without a row is reserved; rows named "private" are for private use. docs/registry.md says how a
row is asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_type_hints

from misc_format.system.packaged import packaged_file


class Method(NamedTuple):
    """A coding method of a component.

    `kind`: the kind of component. `id`: the number in the file.
    `module`: the module that defines its `CODER`; a name with a dot in front is relative to `misc_format.coders`.
    `everywhere`: whether every decoder can read it without a file of the user's. Only such a method is chosen automatically.
    `slow`: whether encoding takes tens of milliseconds, so that a writer in a hurry tries the other methods first.
    `self_declared`: whether a decoder of this document cannot tell from the payload that it is whole. Its frame has its length, and may
    have a check.
    `deprecated`: the format version since which another method is better; empty: it is not deprecated. Every decoder reads it, and it is
    not chosen automatically.
    """

    kind: str
    id: int
    name: str
    module: str
    clause: str
    meaning: str
    everywhere: bool = True
    slow: bool = False
    self_declared: bool = False
    deprecated: str = ""


class Methods:
    """The table of methods, in order. `by_id` has (kind, number) as its keys, `by_name` has (kind, name)."""

    def __init__(self, rows: Iterable[Method]) -> None:
        self.by_id: dict[tuple[str, int], Method] = {}
        self.by_name: dict[tuple[str, str], Method] = {}
        for row in rows:
            self._add(row)

    def __iter__(self) -> Iterator[Method]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def of_kind(self, kind: str) -> list[Method]:
        """The methods of a kind of component."""
        return [row for row in self if row.kind == kind]

    @contextmanager
    def including(self, row: Method) -> Iterator[None]:
        """Add a row to the table while the `with` block runs: for experiments with a method that is not registered.

        Raises `ValueError` if the number or the name of the row is taken.
        """
        self._add(row)
        try:
            yield
        finally:
            del self.by_id[row.kind, row.id], self.by_name[row.kind, row.name]

    def _add(self, row: Method) -> None:
        if (row.kind, row.id) in self.by_id or (row.kind, row.name) in self.by_name:
            raise ValueError(f"{row.kind} method {row.id}, {row.name}: the number or the name is taken; choose another")
        self.by_id[row.kind, row.id] = self.by_name[row.kind, row.name] = row


class Entry(NamedTuple):
    """A registered number."""

    id: int
    name: str
    meaning: str


class Architecture(NamedTuple):
    """An architecture of CompressAI.

    `strings`: how many strings `compress()` returns. `pixels`: the side, in pixels, of the square for one element of `shape`.
    """

    id: int
    name: str
    strings: int
    pixels: int
    meaning: str


class AncillaryType(NamedTuple):
    """A type of the ancillary list. `form`: what the payload is. Types below FIRST_ANCILLARY are critical."""

    id: int
    name: str
    form: str
    meaning: str


Row = TypeVar("Row", Entry, Architecture, AncillaryType)

AUTO = "auto"  # in the place of a method name: all methods are tried, and the smallest payload is kept
PRIVATE_METHOD = 15
PARTS_METHOD = 4
PRIVATE_PROFILE = 15
FIRST_ANCILLARY = 6
NAME_FORM = "[a-z0-9][a-z0-9_-]{0,31}"  # names of one's own, of parts and of texts

# In file order. The last component needs no length, so the largest one comes last.
CORE_KINDS = ("text", "maps", "generation", "image")

PRIVATE = "private"  # the name of rows for private use
READ: dict[type, Callable[[str], Any]] = {int: int, bool: {"yes": True, "no": False}.__getitem__, str: str}


def table_text(name: str) -> str:
    """The CSV file of a table. Raises `OSError` if the package lacks it."""
    return packaged_file(__name__, f"{name}.csv").decode()


def _cells(name: str, kind: type) -> Iterator[dict[str, Any]]:
    """The rows of a table, each cell with the type of its field. The first line names the fields."""
    readers = _readers(kind)
    for line in csv.DictReader(table_text(name).splitlines(), strict=True):
        yield {field: readers[field](cell) for field, cell in line.items()}


@cache
def _readers(kind: type) -> dict[str, Callable[[str], Any]]:
    return {field: READ[type_] for field, type_ in get_type_hints(kind).items()}


def _rows(name: str, kind: type[Row]) -> tuple[Row, ...]:
    return tuple(kind(**cells) for cells in _cells(name, kind))


def _methods() -> Iterator[Method]:
    """The table of methods. The module of a method has its name, below the kind of its component; private use needs only one."""
    for cells in _cells("methods", Method):
        module = PRIVATE if cells["name"] == PRIVATE else f"{cells['kind']}.{cells['name'].replace('-', '_')}"
        yield Method(module=f".{module}", **cells)


# By the names of their files.
TABLES = (
    "methods", "profiles", "ancillary-types", "models", "roles", "entropy-coders", "named-texts", "architectures", "metrics", "samplers",
)  # fmt: skip
METHODS = Methods(_methods())
PROFILES = _rows("profiles", Entry)
ANCILLARY_TYPES = _rows("ancillary-types", AncillaryType)
MODELS = _rows("models", Entry)
ROLES = _rows("roles", Entry)
ENTROPY_CODERS = _rows("entropy-coders", Entry)
NAMED_TEXTS = _rows("named-texts", Entry)
ARCHITECTURES = _rows("architectures", Architecture)
METRICS = _rows("metrics", Entry)
SAMPLERS = _rows("samplers", Entry)

ROLE_NAME = {row.id: row.name for row in ROLES}
ROLE_ID = {row.name: row.id for row in ROLES}
ARCHITECTURE_BY_ID = {row.id: row for row in ARCHITECTURES}
ARCHITECTURE_BY_NAME = {row.name: row for row in ARCHITECTURES}
METHOD_BY_ID = METHODS.by_id
METHOD_BY_NAME = METHODS.by_name
PROFILE_NAME = {row.id: row.name for row in PROFILES}
PROFILE_ID = {row.name: row.id for row in PROFILES}
MODEL_NAMES = frozenset(row.name for row in MODELS)
ANCILLARY_BY_ID = {row.id: row for row in ANCILLARY_TYPES}
ANCILLARY_BY_NAME = {row.name: row for row in ANCILLARY_TYPES}
