"""PackedTensors of TensorFlow Compression (`.tfci`): a tf.train.Example of protobuf with integers and strings named by number.

Only what the library writes is read: minimal varints, packed integers, one value or list a tensor, and each tensor once. The order of
tensors in a file is open, so that two files with the same tensors may differ; here it is ascending.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from misc_format.codecs.faults import source_fault

T = TypeVar("T")
Tensor = bytes | tuple[int, ...]
BYTES, INTEGERS = 1, 3  # the fields of a Feature
MAX_TENSORS = 32
MAX_INTEGERS = 64


def read_tensors(data: bytes, path: str) -> dict[int, Tensor]:
    """The tensors by their numbers. Raises `MiscError`."""
    tensors: dict[int, Tensor] = {}
    [features] = _fields(data, (1,), path)
    for entry in _messages(features, 1, path):
        key, feature = _fields(entry, (1, 2), path)
        name = _name(key, path)
        if name in tensors or len(tensors) == MAX_TENSORS:
            raise source_fault(f"tensor {name} is there twice, or there are more than {MAX_TENSORS}", path)
        tensors[name] = _tensor(feature, f"{path}/{name}")
    return tensors


def write_tensors(tensors: Mapping[int, Tensor]) -> bytes:
    """The bytes of tensors."""
    return _message(1, b"".join(_message(1, _entry(name, tensors[name])) for name in sorted(tensors)))


def _entry(name: int, tensor: Tensor) -> bytes:
    if isinstance(tensor, bytes):
        feature = _message(BYTES, _message(1, tensor))
    else:
        feature = _message(INTEGERS, _message(1, b"".join(map(_varint, tensor))))
    return _message(1, chr(name).encode()) + _message(2, feature)


def _name(key: bytes, path: str) -> int:
    if len(key) != 1 or not 1 <= key[0] < 128:
        raise source_fault(f"a tensor is called {key[:16]!r}, not by one character from U+0001 on", path)
    return key[0]


def _tensor(feature: bytes, path: str) -> Tensor:
    [(number, content)] = _expect(list(_split(feature, path)), 1, path)
    if number == BYTES:
        return _expect(list(_messages(content, 1, path)), 1, path)[0]
    if number != INTEGERS:
        raise source_fault(f"it is of kind {number}, not bytes or integers", path)
    [packed] = _expect(list(_messages(content, 1, path)), 1, path)
    values: list[int] = []
    position = 0
    while position < len(packed):
        if len(values) == MAX_INTEGERS:
            raise source_fault(f"there are more than {MAX_INTEGERS} integers", path)
        value, position = _read_varint(packed, position, path)
        values.append(value)
    return tuple(values)


def _expect(values: list[T], count: int, path: str) -> list[T]:
    if len(values) != count:
        raise source_fault(f"it has {len(values)} values where {count} is written", path)
    return values


def _fields(data: bytes, numbers: tuple[int, ...], path: str) -> list[bytes]:
    """The contents of a message that has exactly these fields."""
    fields = list(_split(data, path))
    if [number for number, _ in fields] != list(numbers):
        raise source_fault(
            f"a message has the fields {[number for number, _ in fields][:8]}, not {list(numbers)}", path
        )
    return [content for _, content in fields]


def _messages(data: bytes, number: int, path: str) -> Iterator[bytes]:
    """The contents of a message that repeats one field."""
    for found, content in _split(data, path):
        if found != number:
            raise source_fault(f"a message has field {found}, not {number}", path)
        yield content


def _split(data: bytes, path: str) -> Iterator[tuple[int, bytes]]:
    """Number and content of the fields of a message; all of them have a length."""
    position = 0
    while position < len(data):
        tag, position = _read_varint(data, position, path)
        if tag & 7 != 2:
            raise source_fault(f"a field is of wire type {tag & 7}, not 2", path)
        length, position = _read_varint(data, position, path)
        if length > len(data) - position:
            message = f"a field has {length:,} bytes, and {len(data) - position:,} are left; the file is cut short"
            raise source_fault(message, path)
        yield tag >> 3, data[position : position + length]
        position += length


def _read_varint(data: bytes, position: int, path: str) -> tuple[int, int]:
    """A number below 2^32 in its shortest form, and the place behind it."""
    value = 0
    for index in range(5):
        if position == len(data):
            raise source_fault("the file ends inside a number", path)
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >= 1 << 32 or (index and not byte):
                break
            return value, position
    raise source_fault("a number is not below 2^32, or not in its shortest form", path)


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value >= 0x80:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content
