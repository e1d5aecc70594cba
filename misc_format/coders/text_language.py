"""Text under the shipped language model (clause 6.4)."""

from __future__ import annotations

from collections.abc import Sequence

from misc_format.bits import BitReader
from misc_format.coders import Share, languagecoding
from misc_format.coders.rangecoder import Encoder
from misc_format.components import Size, Text
from misc_format.errors import MiscError
from misc_format.language import known

MODEL = "text-language-1.bin"


def encode(content: Text, picture: Size) -> bytes:
    return encode_many([content])[0]


def decode(reader: BitReader, picture: Size) -> Text:
    return decode_many([reader])[0]


def price(content: Text, picture: Size) -> list[Share]:
    return languagecoding.price(content, known.shipped(MODEL))


def encode_many(contents: Sequence[Text]) -> list[bytes]:
    """The payloads of many texts, each what `encode` gives, several times as fast as one by one."""
    return [encoder.codeword() for encoder in languagecoding.encoders(contents, known.shipped(MODEL))]


def open_many(readers: Sequence[BitReader]) -> list[tuple[Text, bytes, list[Share]] | MiscError]:
    """For each of many payloads its text, the canonical payload of that, and its shares; or what is wrong with it."""
    found = languagecoding.open_each(readers, known.shipped(MODEL))
    return [each if isinstance(each, MiscError) else _coded(*each) for each in found]


def _coded(text: Text, encoder: Encoder) -> tuple[Text, bytes, list[Share]]:
    return text, encoder.codeword(), languagecoding.shares(text, encoder)


def decode_many(readers: Sequence[BitReader]) -> list[Text]:
    """The texts of many payloads, each what `decode` gives, several times as fast."""
    return languagecoding.decode(readers, known.shipped(MODEL))
