"""The fields of the text component as one byte string (clause 6.1): FF, which UTF-8 never uses, stands between fields."""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap, zip_longest

from misc_format import limits
from misc_format.components import Item, Text
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader

SEPARATOR = 0xFF


def join(text: Text) -> bytes:
    """All fields with a separator before each but the first; raises `MiscError` if the text is over a limit."""
    if len(text.items) > limits.MAX_ITEMS:
        raise MiscError("MISC-TXT-003", f"there are {len(text.items)} items", path="text/items")
    fields = []
    for path, value in text.fields():
        try:
            fields.append(value.encode())
        except UnicodeEncodeError as error:
            raise MiscError(
                "MISC-TXT-001", f"character {error.start} is a lone surrogate", path=f"text/{path}"
            ) from None
    data = bytes((SEPARATOR,)).join(fields)
    if len(data) > limits.MAX_TEXT_BYTES:
        raise MiscError("MISC-TXT-004", f"the text has {len(data):,} bytes", path="text")
    return data


def split(data: bytes, reader: BitReader, bit_offset: Callable[[int], int]) -> Text:
    """The inverse of `join`. `bit_offset` says where in the file the byte of a given index lies, for errors."""
    if len(data) > limits.MAX_TEXT_BYTES:
        reader.fail("MISC-TXT-004", f"the text has more than {limits.MAX_TEXT_BYTES:,} bytes", bit_offset=bit_offset(0))
    parts = data.split(bytes((SEPARATOR,)))
    if len(parts) % 2 == 0:
        reader.flaw("MISC-TXT-002", f"there are {len(parts)} fields", bit_offset=bit_offset(0))
    if len(parts) > 1 + 2 * limits.MAX_ITEMS:
        reader.flaw("MISC-TXT-003", f"there are {len(parts) // 2} items", bit_offset=bit_offset(0))
    strings = []
    begin = 0
    for part in parts:
        try:
            strings.append(part.decode())
        except UnicodeDecodeError as error:
            path = f"{reader.path}/{path_of(len(strings))}"
            message = f"byte {error.start} is not UTF-8 ({error.reason})"
            reader.flaw("MISC-TXT-001", message, bit_offset=bit_offset(begin + error.start), path=path)
            strings.append(part.decode(errors="replace"))
        begin += len(part) + 1
    return Text(strings[0], tuple(starmap(Item, zip_longest(strings[1::2], strings[2::2], fillvalue=""))))


def path_of(index: int) -> str:
    """The path of the field of this index, as `Text.fields` has it."""
    return f"items/{(index - 1) // 2}/{('detail', 'name')[index % 2]}" if index else "overall"
