"""Files of arrays, the form of every shipped model: one zlib stream of a signature, named sizes and arrays, declared as data.

A file's content is its signature, the header's sizes as unsigned 16-bit numbers, and the arrays one after the other without padding, row
by row; all numbers are little-endian, and nothing follows the last. `parse` and `build` follow the declaration, and so does the table
of arrays that the specification prints.
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
    """A size in the header, a single word, and the bounds that it keeps."""

    name: str
    least: int
    most: int


class Array(NamedTuple):
    """A row of a file's table.

    `dtype` as numpy writes it, without the order of bytes. Each of `sizes` is a number, the name of a size, `NAME + NUMBER`,
    `NAME - NUMBER`, `NUMBER * NAME`, or `sum of ARRAY`, of an array that stands before this one.
    """

    name: str
    dtype: str
    sizes: tuple[str, ...]
    meaning: str


class Group(NamedTuple):
    """Arrays that stand together once for each member: all of the first, then all of the second.

    `members` gives, from the header's sizes, the name of each member and the sizes that are its own. An array has the key MEMBER/NAME.
    """

    each: str
    arrays: tuple[Array, ...]
    members: Callable[[Sizes], Mapping[str, Sizes]]


class Form(NamedTuple):
    """The declaration of a kind of file. `title` names it in messages; a file's content is at most `most_bytes` long."""

    title: str
    signature: bytes
    header: tuple[Size, ...]
    rows: tuple[Array | Group, ...]
    most_bytes: int


def parse(form: Form, data: bytes) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """The header's sizes and the arrays by key, read-only; raises `TableError` for bytes that are no such file."""
    content = _inflate(form, data)
    start = len(form.signature)
    place = start + 2 * len(form.header)
    if len(content) < place or not content.startswith(form.signature):
        raise TableError(f"the file is not a {form.title} of this version")
    values = struct.unpack_from(f"<{len(form.header)}H", content, start)
    for size, value in zip(form.header, values, strict=True):
        if not size.least <= value <= size.most:
            raise TableError(f"the {form.title} has {size.name} {value}, which can be {size.least} to {size.most}")
    sizes = {size.name: value for size, value in zip(form.header, values, strict=True)}
    arrays: dict[str, NDArray[Any]] = {}
    for key, array, known in layout(form, sizes):
        shape = shape_of(array, known, arrays)
        if len(content) - place < prod(shape) * np.dtype(array.dtype).itemsize:
            raise TableError(f"the file of the {form.title} ends within {key}")
        arrays[key] = np.frombuffer(content, f"<{array.dtype}", prod(shape), place).reshape(shape)
        place += arrays[key].nbytes
    if place != len(content):
        raise TableError(f"the file of the {form.title} goes on behind its last array")
    return sizes, arrays


def build(form: Form, sizes: Sizes, arrays: Mapping[str, Any]) -> bytes:
    """The file; arrays are converted to their types exactly or refused with `ValueError`."""
    parts = [form.signature, struct.pack(f"<{len(form.header)}H", *(sizes[size.name] for size in form.header))]
    for key, array, known in layout(form, sizes):
        values = np.asarray(arrays[key])
        if values.shape != shape_of(array, known, arrays):
            raise ValueError(f"{key} has shape {values.shape}")
        converted = values.astype(f"<{array.dtype}")
        if not np.array_equal(converted, values):
            raise ValueError(f"{key} does not fit {array.dtype}")
        parts.append(converted.tobytes())
    return zlib.compress(b"".join(parts), 9)


def layout(form: Form, sizes: Sizes) -> Iterator[tuple[str, Array, Sizes]]:
    """The arrays in file order: key, declaration, and the sizes known to it."""
    for row in form.rows:
        if isinstance(row, Array):
            yield row.name, row, sizes
        else:
            for member, own in row.members(sizes).items():
                yield from ((f"{member}/{array.name}", array, {**sizes, **own}) for array in row.arrays)


def shape_of(array: Array, sizes: Sizes, arrays: Mapping[str, Any]) -> tuple[int, ...]:
    """The sizes of an array as numbers; `arrays` are those that stand before it."""
    return tuple(_number(text, sizes, arrays) for text in array.sizes)


def _number(text: str, sizes: Sizes, arrays: Mapping[str, Any]) -> int:
    if text.startswith("sum of "):
        return int(np.sum(arrays[text.removeprefix("sum of ")], dtype=np.int64))
    match [sizes.get(word, word) for word in text.split()]:
        case [one]:
            return int(one)
        case [left, "+", right]:
            return int(left) + int(right)
        case [left, "-", right]:
            return int(left) - int(right)
        case [left, "*", right]:
            return int(left) * int(right)
    raise ValueError(f"{text} is no size")


def _inflate(form: Form, data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(data, form.most_bytes)
    except zlib.error as error:
        raise TableError(f"the file of the {form.title} is not a zlib stream ({error})") from None
    if not inflater.eof or inflater.unused_data:
        raise TableError(f"the file of the {form.title} is cut, too large, or has something behind its end")
    return content
