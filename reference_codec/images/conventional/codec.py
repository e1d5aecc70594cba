"""What the rest of the package sees of a conventional codec: two functions, and the range of its quality."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from misc_format.components import Samples, Size


class DecodingError(Exception):
    """A library cannot decode a codestream, or the decoded picture has another size than it should."""


class Codec(NamedTuple):
    """A conventional codec.

    `format`: the codestream's format, a name of `misc_format.coders.image.formats.FORMATS`. `worst`, `best`, `default`: qualities in the
    codec's own scale, called `scale` in messages. `encode` takes samples, uint8 (H, W) or (H, W, 3), and a quality, and returns the
    codestream without a container. `decode` takes a codestream and the size that its picture must have.
    """

    name: str
    format: str
    worst: int
    best: int
    default: int
    scale: str
    encode: Callable[[Samples, int], bytes]
    decode: Callable[[bytes, Size], Samples]


def require_size(size: Size, *allowed: Size) -> None:
    """Raise `DecodingError` if the size of a decoded picture is none of the allowed ones."""
    if size not in allowed:
        expected = allowed[0]
        raise DecodingError(
            f"the picture has {size.width}x{size.height} pixels, not {expected.width}x{expected.height}"
        )
