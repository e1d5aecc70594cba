"""The size that video codecs encode for a picture (clause 11.3)."""

from __future__ import annotations

from misc_format.components import Size

MIN_SIDE, SIDE_STEP = 16, 2


def coded(size: Size) -> Size:
    """The size that AV1, AVC, HEVC and VVC encode for a picture of `size`: even sides, at least 16."""
    return Size(*(max(MIN_SIDE, -(-side // SIDE_STEP) * SIDE_STEP) for side in size))
