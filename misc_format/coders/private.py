"""Private use (clause 4.5): a payload of somebody else's, carried and counted as it is."""

from __future__ import annotations

from misc_format.components import Opaque, Size
from misc_format.structure.bits import BitReader, Share


def encode(content: Opaque, picture: Size) -> bytes:
    return content.payload


def decode(reader: BitReader, picture: Size) -> Opaque:
    return Opaque(reader.rest())


def price(content: Opaque, picture: Size) -> list[Share]:
    bits = 8 * len(content.payload)
    return [Share("payload", bits, bits, content.payload.hex())]
