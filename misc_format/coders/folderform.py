"""Content as a folder of plain files (clause 18.2): which files and options, and their values.

`misc_format.folder` reads and writes the files themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from misc_format.components import Content, Samples
from misc_format.errors import MiscError
from misc_format.limits import MAX_VARINT

ContentType = TypeVar("ContentType", bound=Content)
Check = Callable[[Any], bool]
MANIFEST = "manifest.json"


class Key(NamedTuple):
    """A key of a JSON object. `form` says in words which values it can have, and `check` decides it."""

    name: str
    form: str
    meaning: str
    check: Check


class Picture(NamedTuple):
    """The content of a picture file.

    `mode` is Pillow's name of its mode. `samples` is (height, width) or (height, width, channels). `grey` computes the grey picture,
    uint8 (height, width).
    """

    mode: str
    samples: NDArray[np.generic]
    grey: Callable[[], Samples]


class Files(NamedTuple):
    """The plain files of a content: their values by name, and the options in manifest.json.

    The ending of the name gives the type of the value. `.txt`: str. `.json`: a JSON value. `.npz`: arrays by name. `.png`: a `Picture` if
    the file is read, an array if it is written. Other endings: bytes. Files with the pixels of maps: bool (height, width).
    """

    values: Mapping[str, Any]
    options: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class FolderForm(Generic[ContentType]):
    """The plain files of one class of content.

    `read`: the content of files. `write`: the files of a content.
    `files`: the names that the files can have. A name that ends in "/" is a folder, all of whose files belong to the content.
    `one_file`: exactly one of these files is present.
    `arrays`: the names of the arrays in the .npz file, if another class of content has an .npz file of the same name.
    `section`: the key of manifest.json under which the options stand; `keys` are the options. Content without files is present if its
    section is.
    `extras`: additional files that a user can ask for, by the name of the option.
    """

    read: Callable[[Files], ContentType]
    write: Callable[[ContentType], Files]
    files: tuple[str, ...] = ()
    one_file: bool = False
    arrays: frozenset[str] = frozenset()
    section: str = ""
    section_meaning: str = ""
    keys: tuple[Key, ...] = ()
    extras: Mapping[str, Callable[[ContentType], Mapping[str, bytes]]] = field(default_factory=dict)


def split_name(path: str) -> tuple[str, str]:
    """The name of a file without its folder, split into stem and ending; the ending includes the dot."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if dot else (name, "")


def number_in(low: int, high: int) -> Check:
    """A check for an integer from `low` to `high`."""
    return lambda value: type(value) is int and low <= value <= high


def multiple_of(unit: int, high: float) -> Check:
    """A check for a number from 0 to `high` that is a multiple of 1 / `unit`."""

    def holds(value: Any) -> bool:
        if type(value) not in (int, float) or not 0 <= value <= high:
            return False
        scaled = Decimal(str(value)) * unit
        return scaled == scaled.to_integral_value()

    return holds


def of_type(kind: type) -> Check:
    """A check for a value of exactly this type."""
    return lambda value: type(value) is kind


def name_or_number(low: int) -> Check:
    """A check for a name, or a number from `low` to the largest varint."""
    number = number_in(low, MAX_VARINT)
    return lambda value: type(value) is str or number(value)


def check_keys(values: Any, keys: tuple[Key, ...], path: str) -> None:
    """Raise `MiscError` unless `values` is a JSON object with none but these keys, and each value passes its check."""
    if type(values) is not dict:
        raise MiscError("MISC-PCK-002", "it is not a JSON object", path=path)
    known = {key.name: key for key in keys}
    for name, value in values.items():
        if name not in known:
            raise MiscError("MISC-PCK-002", f"the key {name!r} is not one of {', '.join(known)}", path=path)
        if not known[name].check(value):
            raise MiscError(
                "MISC-PCK-002", f"{value!r} is not a value for {name} ({known[name].form})", path=f"{path}/{name}"
            )
