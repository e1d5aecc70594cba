"""The fields of the text component as one byte string (clause 6.1). The byte FF, which UTF-8 never has, separates them.

A named text is a pair of fields, as an item is. The character U+001F in front of its name tells it from an item. A registered name is one
capital letter, the first one of the alphabet for the number 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from misc_format import limits
from misc_format.components import Item, NamedText, Text
from misc_format.errors import MiscError
from misc_format.registry import NAME_FORM, NAMED_TEXTS
from misc_format.structure.bits import BitReader
from misc_format.structure.steps import Step

SEPARATOR = 0xFF
NAMED = "\x1f"
LETTERS = {row.name: chr(ord("A") + row.id - 1) for row in NAMED_TEXTS}
NAME_OF_LETTER = {letter: name for name, letter in LETTERS.items()}


# What is wrong with the bytes of text, under every method that a reader without a model decodes.
RULES = {
    "not_utf8": "MISC-TXT-001",
    "fields": "MISC-TXT-002",
    "items": "MISC-TXT-003",
    "bytes": "MISC-TXT-004",
    "names": "MISC-TXT-008",
}


def step(coding: str, **rules: str) -> Step:
    """The step that reads text in a coding. `rules`: what else can be wrong with it."""
    return {"do": "text", "coding": coding, "rules": RULES | rules}


class CodedField(NamedTuple):
    """A field: its path, the string that is coded, and the value that it stands for. They differ for the name of a named text."""

    path: str
    coded: str
    value: str


def coded(text: Text) -> Iterator[CodedField]:
    """The fields, as of `Text.fields`, with what is coded for each.

    Raises `MiscError` for a name that cannot be told from others.
    """
    for path, value in text.fields():
        group, _, field = path.partition("/")
        if not field.endswith("/name"):
            yield CodedField(path, value, value)
        elif group == "named":
            if not re.fullmatch(NAME_FORM, value):
                message = f"{value!r} is not a name of 1 to 32 of a to z, 0 to 9, - and _"
                raise MiscError("MISC-TXT-008", message, path=f"text/{path}")
            yield CodedField(path, NAMED + LETTERS.get(value, value), value)
        else:
            if value.startswith(NAMED):
                raise MiscError("MISC-TXT-008", "the name of an item begins with U+001F", path=f"text/{path}")
            yield CodedField(path, value, value)


def join(text: Text) -> bytes:
    """The UTF-8 of all fields, separated by FF. Raises `MiscError` if the text is over a limit or has a lone surrogate."""
    pairs = len(text.items) + len(text.named)
    if pairs > limits.MAX_ITEMS:
        raise MiscError("MISC-TXT-003", f"there are {pairs} items and named texts", path="text/items")
    fields = []
    for field in coded(text):
        try:
            fields.append(field.coded.encode())
        except UnicodeEncodeError as error:
            raise MiscError(
                "MISC-TXT-001", f"character {error.start} is a lone surrogate", path=f"text/{field.path}"
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
    return text_of(strings, reader, bit_offset(0))


def text_of(strings: Sequence[str], reader: BitReader, start: int) -> Text:
    """The text of its coded fields. `start`: the bit at which broken rules about names are reported, as flaws."""
    items: list[Item] = []
    named: list[NamedText] = []
    for index, (name, value) in enumerate(zip_longest(strings[1::2], strings[2::2], fillvalue="")):
        if name.startswith(NAMED):
            coded_name = name.removeprefix(NAMED)
            named.append(NamedText(NAME_OF_LETTER.get(coded_name, coded_name), value))
            if re.fullmatch(NAME_FORM, named[-1].name) and coded_name not in LETTERS:
                continue
            message, path = f"{coded_name!r} is not the coded name of a named text", f"named/{len(named) - 1}/name"
        elif named:
            items.append(Item(name, value))
            message, path = "an item follows a named text", f"items/{index}/name"
        else:
            items.append(Item(name, value))
            continue
        reader.flaw("MISC-TXT-008", message, bit_offset=start, path=f"{reader.path.partition('/')[0]}/{path}")
    return Text(strings[0], tuple(items), tuple(named))


def path_of(index: int) -> str:
    """The path of a field if all pairs are items, as in `Text.fields`; `index` 0 is the overall description."""
    return f"items/{(index - 1) // 2}/{('detail', 'name')[index % 2]}" if index else "overall"
