"""What a conventional codec is to the rest: two functions, and the scale of its quality."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from misc_format.components import Samples, Size


class DecodingError(Exception):
    """A library cannot decode a codestream, or what comes out is not the picture that was asked for."""


class Codec(NamedTuple):
    """`encode` takes uint8 samples (H, W) or (H, W, 3) and a quality between `worst` and `best`, and gives the bare codestream;
    `decode` takes one and the size that its picture must have. `format`: its name in misc_format.coders.image.formats."""

    name: str
    format: str
    worst: int
    best: int
    default: int
    meaning: str
    encode: Callable[[Samples, int], bytes]
    decode: Callable[[bytes, Size], Samples]


def require_size(found: Size, *allowed: Size) -> None:
    """Raise `DecodingError` unless a picture has one of these sizes."""
    if found not in allowed:
        wanted = allowed[0]
        raise DecodingError(f"the picture has {found.width}x{found.height} pixels, not {wanted.width}x{wanted.height}")
