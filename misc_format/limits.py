"""Every limit of the format version at hand, with its reason. The specification's table of limits is this one."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """A row of the table of limits."""

    name: str
    value: int
    unit: str
    reason: str


MAX_SIDE = 65_535
MAX_VARINT = 2**32 - 1
MAX_ITEMS = 16
MAX_TEXT_BYTES = 8_191
MAX_MAPS = 16
MAX_MAP_PIXELS = 2**24
MAX_GRID_CELLS = 2**18
MAX_LATENT_PLACES = 2**16
MAX_LATENT = 4_110
MAX_STRENGTH = 100
MAX_QUALITY = 8
MAX_STRING_POSITIONS = 2**20
MAX_CODESTREAM_BYTES = 2**18

# fmt: off
LIMITS = (
    Limit("MAX_SIDE", MAX_SIDE, "pixels", "width_minus_1 and height_minus_1 have 16 bits, and 65,536 is kept out so that sizes fit 16 bits too"),
    Limit("MAX_VARINT", MAX_VARINT, "", "every varint fits 32 bits, five bytes"),
    Limit("MAX_ITEMS", MAX_ITEMS, "items", "the systems use three; one for each map"),
    Limit("MAX_TEXT_BYTES", MAX_TEXT_BYTES, "bytes of UTF-8", "all fields with their separators; ten times what the systems write; a language model takes a millisecond for a few bytes"),
    Limit("MAX_MAPS", MAX_MAPS, "maps", "map_count_minus_1 has 4 bits"),
    Limit("MAX_MAP_PIXELS", MAX_MAP_PIXELS, "pixels, all maps of a file", "three full-resolution masks of a 2,048 x 2,048 picture, and some; the map model takes microseconds for a pixel of noise"),
    Limit("MAX_GRID_CELLS", MAX_GRID_CELLS, "cells", "a 512 x 512 grid; one cell for each 8 x 8 block of a 4,096 x 4,096 picture"),
    Limit("MAX_LATENT_PLACES", MAX_LATENT_PLACES, "places of 32 x 32 pixels", "a picture of 8,192 x 8,192; the networks take microseconds for a place"),
    Limit("MAX_QUALITY", MAX_QUALITY, "", "CompressAI has quality levels 1 to 8"),
    Limit("MAX_STRING_POSITIONS", MAX_STRING_POSITIONS, "positions of the latent y of CompressAI strings", "one for 16 x 16 pixels: a picture of 16,384 x 16,384; a context model takes a millisecond for each"),
    Limit("MAX_LATENT", MAX_LATENT, "", "a latent or hyper-latent less its mean, in either direction: what an escape can say"),
    Limit("MAX_STRENGTH", MAX_STRENGTH, "hundredths", "a denoising strength lies between 0 and 1"),
    Limit("MAX_CODESTREAM_BYTES", MAX_CODESTREAM_BYTES, "bytes", "0.125 bpp of a 4,096 x 4,096 picture; some hundred times what 768 x 512 takes at extreme compression"),
)
# fmt: on
