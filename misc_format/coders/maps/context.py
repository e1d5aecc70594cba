"""Maps in one codeword under the map model (clause 7.5). Large ones are under the network for outlines that people drew."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from misc_format.coders import Coder, Opened
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.components import Maps, Size
from misc_format.structure.bits import BitReader, Share

if TYPE_CHECKING:  # numba takes a while to import
    from misc_format.coders.maps.mapmodel.model import Networks

MODEL = "maps-context-1.bin"


def context_coder(network: str) -> Coder[Maps]:
    """The coder of a method. `network`: the one that codes fine maps, a name of `fine.NETWORKS`."""

    def shipped() -> Networks:
        from misc_format.coders.maps.mapmodel.model import Model

        return Model.shipped(MODEL).networks[network]

    def encode(content: Maps, picture: Size) -> bytes:
        return encode_under(content, picture, shipped())

    def decode(reader: BitReader, picture: Size) -> Maps:
        from misc_format.coders.maps.mapmodel import codeword

        return codeword.decode(reader, picture, shipped()).content

    def open_payload(reader: BitReader, picture: Size) -> Opened:
        """Where the encoder has no choice but the one that was decoded, the codeword is known without encoding again."""
        from misc_format.coders.maps.mapmodel import codeword

        decoded = codeword.decode(reader, picture, shipped())

        @cache
        def is_canonical() -> bool:
            return decoded.has_choices_of_encoder(picture) and decoded.coder.is_canonical

        def payload() -> bytes:
            return decoded.coder.data if is_canonical() else encode(decoded.content, picture)

        def shares() -> list[Share]:
            return decoded.coder.shares() if is_canonical() else split_bits(decoded.content, picture)

        return Opened(decoded.content, payload, shares)

    def split_bits(content: Maps, picture: Size) -> list[Share]:
        from misc_format.coders.maps.mapmodel import codeword

        return codeword.encode(content, picture, shipped()).shares()

    return Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,), open_payload=open_payload)


def encode_under(content: Maps, picture: Size, networks: Networks) -> bytes:
    """The codeword under any networks."""
    from misc_format.coders.maps.mapmodel import codeword

    return codeword.encode(content, picture, networks).codeword()


CODER = context_coder("outlines")
