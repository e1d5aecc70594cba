"""Private use (clause 4.5): a payload whose meaning only its users know. It is carried and counted unchanged."""

from __future__ import annotations

from misc_format.coders import Coder, ContentForm
from misc_format.components import Opaque, Size
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.steps import rest


def encode(content: Opaque, picture: Size) -> bytes:
    return content.payload


def decode(reader: BitReader, picture: Size) -> Opaque:
    return Opaque(reader.rest())


def split_bits(content: Opaque, picture: Size) -> list[Share]:
    bits = 8 * len(content.payload)
    return [Share("payload", bits, None, content.payload.hex())]


def _symbols(content: Opaque) -> dict[str, str]:
    return {"payload": content.payload.hex()}


STEPS = [{**rest("payload"), "hexadecimal": True}]

CODER = Coder(ContentForm(Opaque, None, _symbols), encode, decode, split_bits, steps=STEPS)
