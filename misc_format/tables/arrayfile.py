"""Files of arrays: the file form of every shipped model, declared as data.

A file is one zlib stream. Its content is a signature, the header's sizes as unsigned 16-bit numbers, and the arrays one after the other,
row by row, without padding. All numbers are little-endian. Nothing follows the last array. `parse`, `build` and the table of arrays in
the specification all come from the declaration.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.tables import TableError

Sizes = Mapping[str, int]
Arrays = Mapping[str, NDArray[Any]]


class Size(NamedTuple):
    """A size in the header, a single word, with its smallest and largest value."""

    name: str
    min_value: int
    max_value: int


class Array(NamedTuple):
    """A row of a file's table.

    `dtype` is numpy's name of the type, without the byte order. `sizes` is the shape. Each size is a number, the name of a size,
    `NAME + NUMBER`, `NAME - NUMBER`, `NUMBER * NAME`, or `sum of ARRAY` for an array earlier in the file. `bounds` are the smallest and
    largest element allowed; None allows every value of the type.
    """

    name: str
    dtype: str
    sizes: tuple[str, ...]
    meaning: str
    bounds: tuple[int, int] | None = None


class Group(NamedTuple):
    """Arrays that are repeated for each member: all arrays of the first member, then all of the second, and so on.

    `each` is the word for a member. `members` takes the header's sizes and returns the name of each member with the sizes that only
    this member has. The key of an array is MEMBER/NAME.
    """

    each: str
    arrays: tuple[Array, ...]
    members: Callable[[Sizes], Mapping[str, Sizes]]


class Form(NamedTuple):
    """The declaration of a kind of file. `title` names it in messages; the inflated content has at most `max_bytes` bytes."""

    title: str
    signature: bytes
    header: tuple[Size, ...]
    rows: tuple[Array | Group, ...]
    max_bytes: int


def parse(form: Form, data: bytes) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """The header's sizes, and the arrays by key, read-only. Raises `TableError` for bytes that are not a file of this form."""
    content = _inflate(form, data)
    sizes = _parse_sizes(form, content)
    position = len(form.signature) + 2 * len(form.header)
    arrays: dict[str, NDArray[Any]] = {}
    for key, array, known_sizes in layout(form, sizes):
        shape = shape_of(array, known_sizes, arrays)
        if len(content) - position < prod(shape) * np.dtype(array.dtype).itemsize:
            raise TableError(f"the file of the {form.title} ends within {key}")
        arrays[key] = np.frombuffer(content, f"<{array.dtype}", prod(shape), position).reshape(shape)
        position += arrays[key].nbytes
        _check_bounds(form, key, array, arrays[key])
    if position != len(content):
        raise TableError(f"the file of the {form.title} goes on behind its last array")
    return sizes, arrays


def build(form: Form, sizes: Sizes, arrays: Mapping[str, Any]) -> bytes:
    """The file. Arrays are converted to their declared types exactly; raises `ValueError` for a wrong shape or an inexact conversion."""
    chunks = [form.signature, struct.pack(f"<{len(form.header)}H", *(sizes[size.name] for size in form.header))]
    for key, array, known_sizes in layout(form, sizes):
        values = np.asarray(arrays[key])
        if values.shape != shape_of(array, known_sizes, arrays):
            raise ValueError(f"{key} has shape {values.shape}")
        converted = values.astype(f"<{array.dtype}")
        if not np.array_equal(converted, values):
            raise ValueError(f"{key} does not fit {array.dtype}")
        chunks.append(converted.tobytes())
    return zlib.compress(b"".join(chunks), 9)


def layout(form: Form, sizes: Sizes) -> Iterator[tuple[str, Array, Sizes]]:
    """The arrays in file order: the key, the declaration, and the sizes that its shape may name."""
    for row in form.rows:
        if isinstance(row, Array):
            yield row.name, row, sizes
        else:
            for member, member_sizes in row.members(sizes).items():
                yield from ((f"{member}/{array.name}", array, {**sizes, **member_sizes}) for array in row.arrays)


def shape_of(array: Array, sizes: Sizes, arrays: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of an array in numbers; `arrays` holds at least the arrays earlier in the file."""
    return tuple(_number(text, sizes, arrays) for text in array.sizes)


def _parse_sizes(form: Form, content: bytes) -> dict[str, int]:
    start = len(form.signature)
    if len(content) < start + 2 * len(form.header) or not content.startswith(form.signature):
        raise TableError(f"the file is not a {form.title} of this version")
    values = struct.unpack_from(f"<{len(form.header)}H", content, start)
    for size, value in zip(form.header, values, strict=True):
        if not size.min_value <= value <= size.max_value:
            bounds = f"{size.min_value} to {size.max_value}"
            raise TableError(f"the {form.title} has {size.name} {value}, which can be {bounds}")
    return {size.name: value for size, value in zip(form.header, values, strict=True)}


def _check_bounds(form: Form, key: str, array: Array, values: NDArray[Any]) -> None:
    if array.bounds is None or not values.size:
        return
    smallest, largest = array.bounds
    if values.min() < smallest or values.max() > largest:
        raise TableError(f"the {form.title} has a number out of bounds in {key}, which can be {smallest} to {largest}")


def _number(text: str, sizes: Sizes, arrays: Mapping[str, Any]) -> int:
    if text.startswith("sum of "):
        return int(np.sum(arrays[text.removeprefix("sum of ")], dtype=np.int64))
    match [sizes.get(word, word) for word in text.split()]:
        case [number]:
            return int(number)
        case [left, "+", right]:
            return int(left) + int(right)
        case [left, "-", right]:
            return int(left) - int(right)
        case [left, "*", right]:
            return int(left) * int(right)
    raise ValueError(f"{text!r} is not a size")


def _inflate(form: Form, data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, form.max_bytes)
    except zlib.error as error:
        raise TableError(f"the file of the {form.title} is not a zlib stream ({error})") from None
    if not inflater.eof or inflater.unused_data:
        raise TableError(f"the file of the {form.title} is cut, too large, or has something behind its end")
    return content
