"""The fields of the text component as one byte string (clause 6.1). The byte FF, which UTF-8 never has, separates them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap, zip_longest

from misc_format import limits
from misc_format.components import Item, Text
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader

SEPARATOR = 0xFF


def join(text: Text) -> bytes:
    """The UTF-8 of all fields, separated by FF. Raises `MiscError` if the text is over a limit or has a lone surrogate."""
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
    """The inverse of `join`. `bit_offset` maps the index of a byte to its bit offset in the file, for errors.

    Raises `MiscError` if the text is over the limit of bytes. Other broken rules are flaws.
    """
    if len(data) > limits.MAX_TEXT_BYTES:
        reader.fail("MISC-TXT-004", f"the text has more than {limits.MAX_TEXT_BYTES:,} bytes", bit_offset=bit_offset(0))
    fields = data.split(bytes((SEPARATOR,)))
    if len(fields) % 2 == 0:
        reader.flaw("MISC-TXT-002", f"there are {len(fields)} fields", bit_offset=bit_offset(0))
    if len(fields) > 1 + 2 * limits.MAX_ITEMS:
        reader.flaw("MISC-TXT-003", f"there are {len(fields) // 2} items", bit_offset=bit_offset(0))
    strings = []
    begin = 0
    for field in fields:
        try:
            strings.append(field.decode())
        except UnicodeDecodeError as error:
            path = f"{reader.path}/{path_of(len(strings))}"
            message = f"byte {error.start} is not UTF-8 ({error.reason})"
            reader.flaw("MISC-TXT-001", message, bit_offset=bit_offset(begin + error.start), path=path)
            strings.append(field.decode(errors="replace"))
        begin += len(field) + 1
    return Text(strings[0], tuple(starmap(Item, zip_longest(strings[1::2], strings[2::2], fillvalue=""))))


def path_of(index: int) -> str:
    """The path of a field, as in `Text.fields`; `index` 0 is the overall description."""
    return f"items/{(index - 1) // 2}/{('detail', 'name')[index % 2]}" if index else "overall"
