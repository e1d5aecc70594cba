"""Maps as packed bits (clause 7.2): one bit per pixel, map by map, row by row, with padding only behind the last map."""

from __future__ import annotations

import numpy as np

from misc_format.coders import Coder
from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.form import MAPS, RULE_FAMILY
from misc_format.coders.maps.sizes import SYNTAXES
from misc_format.components import Maps, Size
from misc_format.structure.bits import BitReader, Share
from misc_format.structure.steps import FINISH, Step


def encode(content: Maps, picture: Size) -> bytes:
    header = mapsizes.write(content, picture).to_bytes()
    return header + np.packbits(np.concatenate([grid.ravel() for grid in content.maps])).tobytes()


def decode(reader: BitReader, picture: Size) -> Maps:
    sizes = mapsizes.read(reader, picture)
    start = reader.position
    total = sum(size.width * size.height for size in sizes)
    pixels = np.unpackbits(np.frombuffer(reader.octets(-(-total // 8)), np.uint8), count=total).astype(np.bool_)
    reader.finish(start + total)
    edges = np.cumsum([size.width * size.height for size in sizes])[:-1]
    return Maps(
        tuple(grid.reshape(size.height, size.width) for grid, size in zip(np.split(pixels, edges), sizes, strict=True))
    )


def split_bits(content: Maps, picture: Size) -> list[Share]:
    shares = [
        Share(str(index), grid.size, grid.size, f"{grid.shape[1]}x{grid.shape[0]}")
        for index, grid in enumerate(content.maps)
    ]
    return [*shares, Share("padding", -sum(share.bits for share in shares) % 8, 0.0)]


STEPS: list[Step] = [*mapsizes.STEPS, {"do": "map_bits", "rules": {"truncated": "MISC-CON-007"}}, FINISH]

CODER = Coder(MAPS, encode, decode, split_bits, rule_families=(RULE_FAMILY,), syntaxes=SYNTAXES, steps=STEPS)
