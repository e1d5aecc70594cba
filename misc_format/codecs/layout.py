"""Layouts of binary containers, declared as tables of fields, and the interpreter that reads and writes them.

A layout gives a file one form: every byte belongs to a field, and nothing follows the last one. A length is checked against the bytes that
are left before anything is taken.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from misc_format.codecs.faults import content_fault, source_fault

ADAPTIVE = "adaptive"  # an integer of one, two or four bytes, which its first bits tell (DCVC)
ADAPTIVE_FORMS = ((1, 0, 7), (2, 0b10, 14), (4, 0b11, 30))  # bytes, the first bits, bits of the value


class Number(NamedTuple):
    """An unsigned integer. `code`: its code in module struct, or `ADAPTIVE`."""

    name: str
    code: str = "I"
    least: int = 0
    most: int = 2**32 - 1


class Fixed(NamedTuple):
    """An unsigned integer that is always the same, and no field of the content."""

    name: str
    code: str
    value: int


class Length(NamedTuple):
    """The number of bytes of a later field. `unit`: it is a multiple of this. `least`, `most`: its limits."""

    of: str
    code: str = "I"
    unit: int = 1
    least: int = 0
    most: int = 2**32 - 1


class Octets(NamedTuple):
    """Bytes: as many as the `Length` of this name says; all that are left, if there is none."""

    name: str


class Mark(NamedTuple):
    """Bytes that are always the same."""

    data: bytes


Field = Number | Fixed | Length | Octets | Mark


class Layout(NamedTuple):
    """The fields of a container in file order. `order`: "<" or ">", as in module struct."""

    order: str
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields that have content."""
        return tuple(field.name for field in self.fields if isinstance(field, Number | Octets))


def prefixed(name: str, code: str = "I", unit: int = 1) -> tuple[Field, ...]:
    """Bytes with their length right before them."""
    return Length(name, code, unit), Octets(name)


class Cursor:
    """A place in a source. `path`: the source's name for messages."""

    def __init__(self, data: bytes, path: str) -> None:
        self.data = data
        self.path = path
        self.position = 0

    @property
    def left(self) -> int:
        """The number of bytes that are left."""
        return len(self.data) - self.position

    def take(self, count: int, what: str) -> bytes:
        """The next bytes. Raises `MiscError` if fewer are left."""
        if count > self.left:
            has = f"{what} has {count:,} bytes from byte {self.position:,} on, and {self.left:,} are left"
            raise source_fault(f"{has}; the file is cut short or not of this codec", self.path)
        self.position += count
        return self.data[self.position - count : self.position]

    def end(self) -> None:
        """Raise `MiscError` if bytes are left."""
        if self.left:
            message = f"{self.left:,} bytes follow the last field, which ends at byte {self.position:,}"
            raise source_fault(message, self.path)

    def fault(self, message: str) -> Exception:
        """The error about what was taken last."""
        return source_fault(f"{message}, before byte {self.position:,}", self.path)


def read(layout: Layout, data: bytes, path: str) -> dict[str, Any]:
    """The fields with content by name. Raises `MiscError` for bytes that do not have the layout."""
    cursor = Cursor(data, path)
    values: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    for field in layout.fields:
        match field:
            case Number(name, code, least, most):
                values[name] = _number(cursor, layout.order, code, name)
                _check_range(cursor, name, values[name], least, most)
            case Fixed(name, code, value):
                if (found := _number(cursor, layout.order, code, name)) != value:
                    raise cursor.fault(f"{name} is {found:,}, not {value:,}")
            case Length(of, code, unit, least, most):
                lengths[of] = _number(cursor, layout.order, code, f"length of {of}")
                _check_range(cursor, f"length of {of}", lengths[of], least, most)
                if lengths[of] % unit:
                    raise cursor.fault(f"length of {of} is {lengths[of]:,}, not a multiple of {unit}")
            case Octets(name):
                values[name] = cursor.take(lengths.get(name, cursor.left), name)
            case Mark(content):
                if (bytes_found := cursor.take(len(content), "a mark")) != content:
                    raise cursor.fault(f"the bytes are {bytes_found.hex()}, not {content.hex()}")
    cursor.end()
    return values


def write(layout: Layout, values: Mapping[str, Any]) -> bytes:
    """The bytes of fields. Raises `MiscError` for a value that its field cannot hold."""
    parts: list[bytes] = []
    for field in layout.fields:
        match field:
            case Number(name, code, least, most):
                _check_value(name, values[name], least, most)
                parts.append(_packed(layout.order, code, values[name], name))
            case Fixed(name, code, value):
                parts.append(_packed(layout.order, code, value, name))
            case Length(of, code, unit, least, most):
                count = len(values[of])
                _check_value(f"length of {of}", count, least, most)
                if count % unit:
                    raise content_fault(f"it has {count:,} bytes, not a multiple of {unit}", of)
                parts.append(_packed(layout.order, code, count, of))
            case Octets(name):
                parts.append(values[name])
            case Mark(content):
                parts.append(content)
    return b"".join(parts)


def _number(cursor: Cursor, order: str, code: str, name: str) -> int:
    if code != ADAPTIVE:
        form = struct.Struct(order + code)
        return int(form.unpack(cursor.take(form.size, name))[0])
    first = cursor.take(1, name)[0]
    size, prefix, bits = ADAPTIVE_FORMS[0 if first < 0x80 else 1 if first < 0xC0 else 2]
    value = int.from_bytes(bytes([first]) + cursor.take(size - 1, name), "big") & ((1 << bits) - 1)
    if _packed(order, ADAPTIVE, value, name) != (prefix << bits | value).to_bytes(size, "big"):
        raise cursor.fault(f"{name} is {value:,} in {size} bytes; it fits in fewer")
    return value


def _packed(order: str, code: str, value: int, name: str) -> bytes:
    if code == ADAPTIVE:
        for size, prefix, bits in ADAPTIVE_FORMS:
            if value < 1 << bits:
                return (prefix << bits | value).to_bytes(size, "big")
        raise content_fault(f"{value:,} does not fit in its field of 30 bits", name)
    try:
        return struct.pack(order + code, value)
    except struct.error:
        raise content_fault(f"{value:,} does not fit in its field of {8 * struct.calcsize(code)} bits", name) from None


def _check_range(cursor: Cursor, name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise cursor.fault(f"{name} is {value:,}, not {least:,} to {most:,}")


def _check_value(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise content_fault(f"it is {value:,}; the file of this codec holds {least:,} to {most:,}", name)
