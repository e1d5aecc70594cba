"""Maps in one codeword under the map model (clause 7.5)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from misc_format.coders import Coder, Opened
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.components import Maps, Size
from misc_format.structure.bits import BitReader, Share

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.coders.maps.mapmodel.model import Model

MODEL = "maps-context-1.bin"


def encode(content: Maps, picture: Size) -> bytes:
    return encode_under(content, picture, _shipped())


def encode_under(content: Maps, picture: Size, model: Model) -> bytes:
    """The codeword under any model."""
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.encode(content, picture, model).codeword()


def decode(reader: BitReader, picture: Size) -> Maps:
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.decode(reader, picture, _shipped()).content


def open_payload(reader: BitReader, picture: Size) -> Opened:
    """Where the encoder has no choice of sizes and reductions but the one that was decoded, only the other network is tried."""
    from misc_format.coders.maps.mapmodel import codeword

    model = _shipped()
    decoded = codeword.decode(reader, picture, model)

    @cache
    def is_canonical() -> bool:
        return decoded.has_choices_of_encoder(picture, model) and decoded.coder.is_canonical

    def payload() -> bytes:
        return decoded.coder.data if is_canonical() else encode(decoded.content, picture)

    def shares() -> list[Share]:
        return decoded.coder.shares() if is_canonical() else split_bits(decoded.content, picture)

    return Opened(decoded.content, payload, shares)


def split_bits(content: Maps, picture: Size) -> list[Share]:
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.encode(content, picture, _shipped()).shares()


def _shipped() -> Model:
    from misc_format.coders.maps.mapmodel.model import Model

    return Model.shipped(MODEL)


CODER = Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,), open_payload=open_payload)
