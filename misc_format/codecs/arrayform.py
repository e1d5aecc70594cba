"""The form that every codec has: its arrays and strings by name, in an `.npz` file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from misc_format.codecs.contents import array_of, whole_numbers
from misc_format.codecs.faults import content_fault, source_fault
from misc_format.codecs.rows import Codec, Fields

ARRAYS = "arrays"
FILE = "image.npz"
TEXT = "caption"


def read_arrays(codec: Codec, arrays: Mapping[str, Any]) -> Fields:
    """The fields of arrays. Raises `MiscError` for a name that the codec does not have."""
    fields: Fields = {}
    known = [*(part.field for part in codec.parts if part.content != "compressai"), *_strings(codec), *codec.tuples]
    numbers = ["width", "height", *(row.key for row in codec.settings)]
    texts = [TEXT] if codec.has_text else []
    for name, value in arrays.items():
        if name in codec.tuples:
            fields |= _spread(name, codec.tuples[name], value)
        elif name in known or name in texts or (name in numbers and isinstance(value, str)):
            fields[name] = value
        elif name in numbers:
            fields[name] = _one(value, name)
        else:
            raise source_fault(f"{codec.title} has no such array; it has {', '.join([*known, *numbers, *texts])}", name)
    return _joined(codec, fields)


def write_arrays(codec: Codec, fields: Mapping[str, Any]) -> dict[str, bytes]:
    """The file of the arrays."""
    arrays: dict[str, Any] = {}
    for part in codec.parts:
        if part.content == "compressai":
            arrays |= {f"strings_{place}": np.frombuffer(string, np.uint8) for place, string in enumerate(fields[part.field])}
        elif part.field in fields:
            value = fields[part.field]
            arrays[part.field] = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else np.asarray(value)
    for name, members in codec.tuples.items():
        if all(member in fields or member.isdecimal() for member in members):
            arrays[name] = np.array([int(member) if member.isdecimal() else fields[member] for member in members])
    if not arrays:
        raise content_fault(f"it has none of the arrays of {codec.title}", "image")
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return {FILE: stream.getvalue()}


def _strings(codec: Codec) -> tuple[str, ...]:
    """The names of the strings of a model of CompressAI, as the library's `compress()` orders them."""
    return ("strings_0", "strings_1") if any(part.content == "compressai" for part in codec.parts) else ()


def _joined(codec: Codec, fields: Fields) -> Fields:
    """The fields, with the strings of a model of CompressAI as one."""
    strings = [fields.pop(name) for name in _strings(codec) if name in fields]
    return fields | ({"strings": strings} if strings else {})


def _spread(name: str, members: tuple[str, ...], value: Any) -> Fields:
    """The elements of an array as fields. A member that is a number is always this number."""
    numbers = whole_numbers(value, name).ravel().tolist()
    if len(numbers) != len(members):
        raise source_fault(f"it has {len(numbers):,} numbers, not {len(members)}", name)
    for member, number in zip(members, numbers, strict=True):
        if member.isdecimal() and number != int(member):
            raise source_fault(f"it has {number:,} where {member} is written", name)
    return {member: number for member, number in zip(members, numbers, strict=True) if not member.isdecimal()}


def _one(value: Any, name: str) -> Any:
    values = array_of(value, name)
    if values.size != 1:
        raise source_fault(f"it has {values.size:,} numbers, not one", name)
    return values.reshape(()).item()
