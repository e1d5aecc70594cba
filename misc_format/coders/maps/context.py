"""Maps in one codeword under the map model (clause 7.5)."""

from __future__ import annotations

from misc_format.coders import Coder
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.coders.maps.mapmodel.model import Model
from misc_format.components import Maps, Size
from misc_format.structure.bits import BitReader, Share

MODEL = "maps-context-1.bin"


def encode(content: Maps, picture: Size) -> bytes:
    return encode_under(content, picture, Model.shipped(MODEL))


def encode_under(content: Maps, picture: Size, model: Model) -> bytes:
    """The codeword under any model."""
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.encode(content, picture, model).codeword()


def decode(reader: BitReader, picture: Size) -> Maps:
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.decode(reader, picture, Model.shipped(MODEL))


def split_bits(content: Maps, picture: Size) -> list[Share]:
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.encode(content, picture, Model.shipped(MODEL)).shares()


CODER = Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,))
