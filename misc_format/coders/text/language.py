"""Text under the shipped language model (clause 6.4)."""

from __future__ import annotations

from collections.abc import Sequence

from misc_format.coders import Coder, Opened
from misc_format.coders.text import languagecoding
from misc_format.coders.text.form import RULE_FAMILY, TEXT
from misc_format.coders.text.languagemodel import known
from misc_format.components import Size, Text
from misc_format.errors import MiscError
from misc_format.structure.bits import BitReader, Share

MODEL = "text-language-1.bin"


def encode(content: Text, picture: Size) -> bytes:
    return encode_many([content])[0]


def decode(reader: BitReader, picture: Size) -> Text:
    return decode_many([reader])[0]


def split_bits(content: Text, picture: Size) -> list[Share]:
    return languagecoding.split_bits(content, known.shipped(MODEL))


def open_payload(reader: BitReader, picture: Size) -> Opened:
    [opened] = open_many([reader])
    if isinstance(opened, MiscError):
        raise opened
    return opened


def encode_many(contents: Sequence[Text]) -> list[bytes]:
    """The payloads of many texts, each as from `encode`. This is several times as fast as one text at a time."""
    return [encoder.codeword() for encoder in languagecoding.encoders(contents, known.shipped(MODEL))]


def open_many(readers: Sequence[BitReader]) -> list[Opened | MiscError]:
    """Many payloads, each opened, or the error of that payload. This is several times as fast as one payload at a time."""
    return languagecoding.open_each(readers, known.shipped(MODEL))


def decode_many(readers: Sequence[BitReader]) -> list[Text]:
    """The texts of many payloads, each as from `decode`; raises the `MiscError` of the first that is broken."""
    return languagecoding.decode(readers, known.shipped(MODEL))


CODER = Coder(
    TEXT, encode, decode, split_bits,
    rule_families=(RULE_FAMILY, "ENT"), open_payload=open_payload, open_many=open_many,
)  # fmt: skip
