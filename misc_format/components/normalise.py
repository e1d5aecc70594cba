"""Converters of values of any library to the types of content.

A converter takes a value and its path. It returns the value as its documented type, or raises `MiscError` (MISC-ARG-001) at the path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import index
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from misc_format.errors import MiscError

Converter = Callable[[Any, str], Any]
RULE = "MISC-ARG-001"


def fields(content: Any, path: str, **converters: Converter) -> None:
    """Replace each named field of a frozen dataclass by its converted value. `path`: the path of the content."""
    for name, convert in converters.items():
        value = getattr(content, name)
        converted = convert(value, f"{path}/{name}" if path else name)
        if converted is not value:
            object.__setattr__(content, name, converted)


def integer(value: Any, path: str) -> int:
    """An integer of any library, but no float and no truth value."""
    if type(value) is int:
        return value
    if isinstance(value, bool | np.bool_):
        _refuse(value, path, "an integer")
    try:
        return index(value)
    except TypeError:
        _refuse(value, path, "an integer")


def boolean(value: Any, path: str) -> bool:
    """A truth value of Python or NumPy."""
    if not isinstance(value, bool | np.bool_):
        _refuse(value, path, "True or False")
    return bool(value)


def string(value: Any, path: str) -> str:
    """A string."""
    if not isinstance(value, str):
        _refuse(value, path, "a string")
    return value


def octets(value: Any, path: str) -> bytes:
    """Bytes, from `bytes`, a `bytearray`, a `memoryview` or a uint8 array of one dimension, of any library."""
    if type(value) is bytes:
        return value
    if hasattr(value, "__array__"):
        value = _numbers(value, path)
    is_byte_array = isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 1
    if not (is_byte_array or isinstance(value, bytes | bytearray | memoryview)):
        _refuse(value, path, "bytes")
    return bytes(value)


def name_or_number(value: Any, path: str) -> str | int:
    """A registered name, or a number."""
    return value if isinstance(value, str) else integer(value, path)


def optional(convert: Converter) -> Converter:
    """A converter that keeps None and applies `convert` to any other value."""
    return lambda value, path: None if value is None else convert(value, path)


def each(convert: Converter, count: int | None = None) -> Converter:
    """A converter of sequences to tuples that applies `convert` to each element. `count`: the required number of elements."""

    def tuple_of_each(value: Any, path: str) -> tuple[Any, ...]:
        values = tuple(convert(element, f"{path}/{place}") for place, element in enumerate(_elements(value, path)))
        if count is not None and len(values) != count:
            raise MiscError(RULE, f"there are {len(values)} elements, not {count}", path=path)
        return values

    return tuple_of_each


def tuple_of(kind: type, *, optional: bool = False) -> Converter:
    """A converter to a tuple of objects of a class. `optional`: an element may also be None."""

    def instance(value: Any, path: str) -> Any:
        if not isinstance(value, kind) and not (optional and value is None):
            _refuse(value, path, f"of class {kind.__name__}")
        return value

    return each(instance)


def names_by(keys: Collection[str]) -> Converter:
    """A converter that accepts a mapping from some of the keys to strings."""

    def mapping(value: Any, path: str) -> Mapping[str, str]:
        if not isinstance(value, Mapping):
            _refuse(value, path, "a mapping")
        for key, name in value.items():
            if key not in keys:
                raise MiscError(RULE, f"{key!r} is not one of {', '.join(keys)}", path=path)
            string(name, f"{path}/{key}")
        return value

    return mapping


def array(dtype: type[np.generic], dimensions: tuple[int, ...]) -> Converter:
    """A converter of nested lists and arrays of any library to arrays of an integer dtype.

    `dimensions`: the allowed numbers of dimensions. An array of the dtype is not copied.
    """
    limits = np.iinfo(dtype)  # type: ignore[type-var]

    def convert(value: Any, path: str) -> NDArray[Any]:
        values = _numbers(value, path)
        if values.ndim not in dimensions or not values.size:
            raise MiscError(
                RULE,
                f"the array has shape {values.shape}; give {_ranks(dimensions)} and at least one element",
                path=path,
            )
        if values.dtype == dtype:
            return values
        if values.dtype.kind not in "biu":
            raise MiscError(RULE, f"the elements are {values.dtype}, not integers", path=path)
        if values.min() < limits.min or values.max() > limits.max:
            raise MiscError(RULE, f"an element is outside {limits.min} to {limits.max}", path=path)
        return values.astype(dtype)

    return convert


def bool_map(value: Any, path: str) -> NDArray[np.bool_]:
    """A bool array of shape (height, width), from an array of truth values, of 0 and 1, or of 0 and 255."""
    values = _numbers(value, path)
    if values.ndim != 2:
        raise MiscError(RULE, f"the map has shape {values.shape}, not two dimensions", path=path)
    if values.dtype == np.bool_:
        return values
    levels = np.unique(values) if values.dtype.kind in "biuf" else np.array([])
    if not any(set(levels.tolist()) <= allowed for allowed in ({0, 1}, {0, 255})) or not levels.size:
        shown = ", ".join(map(str, levels[:4].tolist())) + (", ..." if levels.size > 4 else "")
        raise MiscError(
            RULE,
            f"a map has truth values, or the numbers 0 and 1, or 0 and 255, not {shown or values.dtype}",
            path=path,
        )
    mask: NDArray[np.bool_] = values != 0
    return mask


def bool_maps(value: Any, path: str) -> tuple[NDArray[np.bool_], ...]:
    """A tuple of maps. The path of a map is `maps/` and its index."""
    return tuple(bool_map(element, f"maps/{place}") for place, element in enumerate(_elements(value, path)))


def _elements(value: Any, path: str) -> Iterable[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        _refuse(value, path, "a sequence")
    return value


def _numbers(value: Any, path: str) -> NDArray[Any]:
    """An array of any library as a NumPy array, copied from an accelerator if necessary."""
    if type(value) is np.ndarray:
        return value
    try:
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise MiscError(RULE, f"the value is not an array of numbers: {error}", path=path) from None


def _ranks(dimensions: tuple[int, ...]) -> str:
    return f"{dimensions[0]} to {dimensions[-1]} dimensions" if len(dimensions) > 1 else f"{dimensions[0]} dimensions"


def _refuse(value: Any, path: str, expected: str) -> NoReturn:
    raise MiscError(RULE, f"the value must be {expected}, not {type(value).__name__} {str(value)[:60]!r}", path=path)
