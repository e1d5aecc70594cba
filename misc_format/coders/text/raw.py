"""Text as raw UTF-8 (clause 6.2)."""

from __future__ import annotations

from misc_format.coders import Coder
from misc_format.coders.text import fields as textfields
from misc_format.coders.text.form import RULE_FAMILY, TEXT
from misc_format.components import Size, Text
from misc_format.structure.bits import BitReader, Share


def encode(content: Text, picture: Size) -> bytes:
    return textfields.join(content)


def decode(reader: BitReader, picture: Size) -> Text:
    start = reader.position
    return textfields.split(reader.rest(), reader, lambda index: start + 8 * index)


def split_bits(content: Text, picture: Size) -> list[Share]:
    shares = []
    for index, field in enumerate(textfields.coded(content)):
        bits = 8 * (len(field.coded.encode()) + (index > 0))  # a field pays for the separator before it
        shares.append(Share(field.path, bits, bits, field.value))
    return shares


CODER = Coder(TEXT, encode, decode, split_bits, rule_families=(RULE_FAMILY,), steps=[textfields.step("raw")])
