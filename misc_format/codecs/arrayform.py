"""The form that every codec has: its arrays and strings by name, in an `.npz` file."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from misc_format.codecs.contents import array_of, whole_numbers
from misc_format.codecs.faults import source_fault
from misc_format.codecs.rows import Codec, Fields
from misc_format.limits import MAX_TEXT_BYTES

ARRAYS = "arrays"
FILE = "image.npz"
CAPTION_FILE = "caption.txt"
TEXT = "caption"
SIDES = ("width", "height")
NUMBERS = ("codes", "number", "sets", "integers", "raw")


def read_arrays(codec: Codec, arrays: Mapping[str, Any]) -> Fields:
    """The fields of arrays. Raises `MiscError` for a name that the codec does not have, and for a value of the wrong kind."""
    fields: Fields = {}
    parts = {part.field: part for part in codec.parts if part.content != "compressai"}
    settings = {row.key: row for row in codec.settings}
    for name, value in arrays.items():
        if name in codec.tuples:
            fields |= _spread(name, codec.tuples[name], value)
        elif name in parts:
            fields[name] = array_of(value, name) if parts[name].content in NUMBERS else value
        elif name in _strings(codec):
            fields[name] = value
        elif name in settings:
            fields[name] = settings[name].parsed(value if isinstance(value, str) else _one(value, name))
        elif name in SIDES:
            fields[name] = int(whole_numbers(_one(value, name), name))
        elif name == TEXT and codec.has_text:
            if not isinstance(value, str):
                raise source_fault("it is no text", name)
            fields[name] = value
        else:
            known = [*parts, *_strings(codec), *codec.tuples, *SIDES, *settings, *([TEXT] if codec.has_text else [])]
            raise source_fault(f"{codec.title} takes no array of this name; it takes {', '.join(known)}", name)
    return _joined(codec, fields)


def read_caption(data: bytes) -> str:
    """The text of `caption.txt`. Raises `MiscError`."""
    if len(data) > MAX_TEXT_BYTES:
        raise source_fault(f"it has {len(data):,} bytes, more than {MAX_TEXT_BYTES:,}", CAPTION_FILE)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise source_fault(f"byte {error.start} is not UTF-8", CAPTION_FILE) from None


def write_arrays(codec: Codec, fields: Mapping[str, Any], carried: Collection[str] = ()) -> dict[str, bytes]:
    """The file of the arrays and the caption, without those that other files carry; nothing if there are none."""
    arrays: dict[str, Any] = {}
    settings = {row.key for row in codec.settings}
    parts = [part for part in codec.parts if part.field in fields and part.field not in carried]
    for part in parts:
        value = fields[part.field]
        if part.default is not None and value == part.default:
            continue
        if part.content == "compressai":
            arrays |= {f"strings_{place}": np.frombuffer(string, np.uint8) for place, string in enumerate(value)}
        else:
            arrays[part.field] = np.frombuffer(value, np.uint8) if isinstance(value, bytes) else np.asarray(value)
        if part.alphabet in settings:
            arrays[str(part.alphabet)] = np.asarray(fields[str(part.alphabet)])
    for name, members in codec.tuples.items() if parts else ():
        if all(member in fields or member.isdecimal() for member in members):
            arrays[name] = np.array([int(member) if member.isdecimal() else fields[member] for member in members])
    caption = fields["caption"] if TEXT not in carried else ""
    return ({FILE: _npz(arrays)} if arrays else {}) | ({CAPTION_FILE: caption.encode()} if caption else {})


def _npz(arrays: Mapping[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


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
