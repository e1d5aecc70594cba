"""Every limit of this format version, with its reason (clause 16). The table of the specification is made from this one."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """The largest value that the format allows for one quantity."""

    name: str
    value: int
    unit: str
    reason: str


MAX_SIDE = 65_535
MAX_VARINT = 2**32 - 1
MAX_ITEMS = 16
MAX_PARTS = 16
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
MAX_ALPHABET = 2**32
MAX_MODELLED_ALPHABET = 2**16
MAX_LABELS = 1_024
MAX_ARRAY_VALUES = 2**22
MAX_SET_STEPS = 2**24
MAX_INTEGER = 2**31 - 1

# fmt: off
LIMITS = (
    Limit("MAX_SIDE", MAX_SIDE, "pixels", "width_minus_1 and height_minus_1 have 16 bits; 65,536 is excluded, so that the sides themselves fit in 16 bits"),
    Limit("MAX_VARINT", MAX_VARINT, "", "every varint fits in 32 bits and has at most five bytes"),
    Limit("MAX_ITEMS", MAX_ITEMS, "items", "one item for each map; the systems use three"),
    Limit("MAX_PARTS", MAX_PARTS, "parts of an image", "the published codecs have up to five"),
    Limit("MAX_TEXT_BYTES", MAX_TEXT_BYTES, "text bytes", "all fields with their separators; ten times as much as the systems write; a language model takes a millisecond for a few bytes"),
    Limit("MAX_MAPS", MAX_MAPS, "maps", "map_count_minus_1 has 4 bits"),
    Limit("MAX_MAP_PIXELS", MAX_MAP_PIXELS, "pixels of all maps of a file", "more than three masks of a picture of 2,048 x 2,048; the map model takes microseconds for each pixel of noise"),
    Limit("MAX_GRID_CELLS", MAX_GRID_CELLS, "cells", "a grid of 512 x 512; one cell for each block of 8 x 8 pixels of a picture of 4,096 x 4,096"),
    Limit("MAX_LATENT_PLACES", MAX_LATENT_PLACES, "places of 32 x 32 pixels", "a picture of 8,192 x 8,192; the networks take microseconds for each place"),
    Limit("MAX_QUALITY", MAX_QUALITY, "", "CompressAI has quality levels 1 to 8"),
    Limit("MAX_STRING_POSITIONS", MAX_STRING_POSITIONS, "positions of the latents y of CompressAI strings", "one position for 16 x 16 pixels, so a picture of 16,384 x 16,384; a context model takes a millisecond for each position"),
    Limit("MAX_LATENT", MAX_LATENT, "", "the largest difference of a latent or hyper-latent from its mean, in either direction, that an escape can code"),
    Limit("MAX_STRENGTH", MAX_STRENGTH, "hundredths", "a denoising strength lies between 0 and 1"),
    Limit("MAX_CODESTREAM_BYTES", MAX_CODESTREAM_BYTES, "bytes", "0.125 bpp of a picture of 4,096 x 4,096; about a hundred times as much as a picture of 768 x 512 takes at extreme compression"),
    Limit("MAX_ALPHABET", MAX_ALPHABET, "codes", "alphabet_minus_2 is a varint, and a code fits in 32 bits"),
    Limit("MAX_MODELLED_ALPHABET", MAX_MODELLED_ALPHABET, "codes under methods 6, 7 and 8", "a table of counts then takes half a megabyte"),
    Limit("MAX_LABELS", MAX_LABELS, "codes with labels", "label maps have up to a few hundred classes"),
    Limit("MAX_ARRAY_VALUES", MAX_ARRAY_VALUES, "values of an array", "320 channels of latents for a picture of 1,792 x 1,792; a model takes about a microsecond for each value"),
    Limit("MAX_SET_STEPS", MAX_SET_STEPS, "steps: sets times the size of the alphabet", "a decoder walks through the alphabet once for each set"),
    Limit("MAX_INTEGER", MAX_INTEGER, "", "a value of an array fits in 32 bits with its sign"),
)
# fmt: on
