"""How content stands in a folder of plain files (clause 14.2), as values: `misc_format.folder` reads and writes the files themselves."""

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
    """A key of a JSON object: what a value must be, in words and as a check."""

    name: str
    form: str
    meaning: str
    check: Check


class Picture(NamedTuple):
    """A picture file: Pillow's name of its mode, its samples (height, width) or (height, width, channels), and the same as grey, uint8."""

    mode: str
    samples: NDArray[np.generic]
    grey: Callable[[], Samples]


class Files(NamedTuple):
    """Content as plain files, as values by name, and the options that manifest.json has for it.

    The ending of a name says what its value is. `.txt`: str. `.json`: what JSON holds. `.npz`: arrays by name. `.png`: a `Picture` where
    it was read, an array to be saved where it is written. Others: bytes.
    """

    values: Mapping[str, Any]
    options: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class FolderForm(Generic[ContentType]):
    """The plain files of one class of content.

    `files`: the names that it may have; one that ends in "/" is a folder, all of whose files belong to the content. `one_file`: only one
    of them is there. `arrays`: array names by which the content is known where another content has an .npz file of the same name.
    `section`: the key of manifest.json for options, with `keys` what may stand there; of content without files, its presence is the
    content's. `read` gives the content of files, and `write` the files of content. `extras`: files that a user may ask for beside
    these, by the name of the option.
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
    """The stem of a file's name, without its folder, and its ending with the dot."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if dot else (name, "")


def number_in(low: int, high: int) -> Check:
    """An integer from `low` to `high`."""
    return lambda value: type(value) is int and low <= value <= high


def multiple_of(unit: int, high: float) -> Check:
    """A number from 0 to `high` that is a multiple of 1 / unit."""

    def holds(value: Any) -> bool:
        if type(value) not in (int, float) or not 0 <= value <= high:
            return False
        scaled = Decimal(str(value)) * unit
        return scaled == scaled.to_integral_value()

    return holds


def of_type(kind: type) -> Check:
    """A value of just this type."""
    return lambda value: type(value) is kind


def name_or_number(low: int) -> Check:
    """A name, or a number from `low` to the largest varint."""
    number = number_in(low, MAX_VARINT)
    return lambda value: type(value) is str or number(value)


def check_keys(values: Any, keys: tuple[Key, ...], path: str) -> None:
    """Raise `MiscError` unless `values` is an object with only these keys and fitting values."""
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
