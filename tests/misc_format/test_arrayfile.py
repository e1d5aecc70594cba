"""Files of arrays: a declaration of every kind of size there and back, and what a broken file is told."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Form, Group, Size, build, parse

FORM = Form(
    "toy model",
    b"TOY1",
    (Size("planes", 1, 3), Size("width", 2, 9)),
    (
        Array("lengths", "u1", ("planes",), "a number of planes"),
        Array("values", "i2", ("sum of lengths", "width - 1"), "as many rows as the lengths add up to"),
        Group(
            "plane",
            (
                Array("weights", "i1", ("2 * width", "inputs"), "inputs are the plane's number"),
                Array("bias", "u4", ("width + 1",), "one more"),
            ),
            lambda sizes: {f"p{plane}": {"inputs": plane} for plane in range(sizes["planes"])},
        ),
        Array("last", "u2", ("3",), "a fixed number"),
    ),
    max_bytes=1 << 12,
)
SIZES = {"planes": 2, "width": 3}
ARRAYS = {
    "lengths": np.array([1, 2]),
    "values": np.arange(6).reshape(3, 2) - 3,
    "p0/weights": np.zeros((6, 0)),
    "p0/bias": np.full(4, 2**32 - 1),
    "p1/weights": np.arange(6).reshape(6, 1) - 128,
    "p1/bias": np.zeros(4),
    "last": np.array([1, 2, 3]),
}
# Little-endian, row by row: header, lengths, values, the two planes, last.
CONTENT = (
    b"TOY1" + struct.pack("<2H2B6h", 2, 3, 1, 2, *range(-3, 3)) + b"\xff" * 16
    + struct.pack("<6b4I3H", *range(-128, -122), 0, 0, 0, 0, 1, 2, 3)
)  # fmt: skip


def test_the_content_is_that_of_the_declaration() -> None:
    data = build(FORM, SIZES, ARRAYS)
    assert zlib.decompress(data) == CONTENT
    sizes, arrays = parse(FORM, data)
    assert sizes == SIZES
    assert list(arrays) == list(ARRAYS)
    assert all(np.array_equal(arrays[key], values) for key, values in ARRAYS.items())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (CONTENT[:-1], "ends within last"),
        (CONTENT[:30], "ends within p0/bias"),
        (CONTENT + b"\0", "goes on"),
        (b"TOY2" + CONTENT[4:], "not a toy model of this version"),
        (CONTENT[:7], "not a toy model of this version"),
        (CONTENT[:4] + b"\4" + CONTENT[5:], "planes 4, which can be 1 to 3"),
        (CONTENT + bytes(1 << 12), "too large"),
    ],
)
def test_broken_content_is_named(content: bytes, message: str) -> None:
    with pytest.raises(TableError, match=message):
        parse(FORM, zlib.compress(content))


@pytest.mark.parametrize("cut", [-1, 5])
def test_broken_streams_are_named(cut: int) -> None:
    data = zlib.compress(CONTENT)
    for broken in (data[:cut], data + b"x", b"x" + data):
        with pytest.raises(TableError, match="toy model"):
            parse(FORM, broken)


@pytest.mark.parametrize(
    ("key", "value"), [("last", [1, 2]), ("last", [1, 2, 65536]), ("values", np.full((3, 2), 0.5))]
)
def test_arrays_that_do_not_fit_are_not_written(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=key):
        build(FORM, SIZES, {**ARRAYS, key: value})
