"""Presets: how `encode` fills each profile without any model. A profile says what is allowed, a preset what is done."""

from __future__ import annotations

from typing import NamedTuple

from misc_format.profiles import PICTURE

MAX_PIXELS = 2**28  # what decoding allows unless told otherwise: 768 MiB of RGB


class Preset(NamedTuple):
    """`text`: whether the picture is described; `items`: how many regions are named and mapped; `map_side`: columns and rows
    of their maps, or PICTURE; `block` and `depth`: the pixel grid, None for no image."""

    text: bool
    items: int
    map_side: int | str
    block: int | None
    depth: int = 6


PRESETS = {
    "free": Preset(True, 3, 8, 32),
    "misc-1": Preset(True, 3, 8, 32),
    "misc-2": Preset(True, 3, 8, 48),
    "misc-3": Preset(True, 0, 8, 24),
    "sedic": Preset(True, 3, PICTURE, 32),
    "cmc-text": Preset(True, 0, 8, None),
    "cmc-pixel": Preset(True, 0, 8, 64),
    "cmc-image": Preset(False, 0, 8, 24),
    "cmc-full": Preset(True, 0, 8, 24),
}

# The conventional codecs that --image-method takes: here, because the command line must not wait for what the codecs import.
CONVENTIONAL = {
    "jpeg": "JPEG, quality 1 to 100",
    "webp": "WebP, quality 0 to 100",
    "jxl": "JPEG XL, quality 1 to 100",
    "av1": "AV1, CRF 63 to 0",
    "hevc": "HEVC intra, QP 51 to 0",
    "vvc": "VVC intra, QP 63 to 0",
    "vvc-perceptual": "VVC intra, QP 63 to 0 adapted to what is seen",
    "vvc-qp53": "VVC intra at QP 53, as in CMC-Bench",
}
