"""DiffEIC: the strings of its compression module, and what its diffusion decoder must know, in one file with every bit counted.

Its own file is a header of 20 bytes (the padded size, string lengths) and the strings; model, seed and steps stay outside. Here
the size is the original one, the parameters are a generation component, and the strings a payload of private use: a varint with
the first one's length, then both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misc_format import Generation, Opaque, Stream, write
from misc_format.structure.bits import BitReader, BitWriter


def pack(width: int, height: int, compressed: dict[str, Any], model_digest: str, steps: int, seed: int) -> bytes:
    """A file for what `compress()` of the module returned for one picture: {"strings": [[y], [z]], "shape": ...}.

    The shape is not stored: it follows from the original size and the padding.
    """
    generation = Generation(model_digest, seed, "ddpm-spaced", steps)
    payload = join([batch[0] for batch in compressed["strings"]])
    return write(Stream(width, height, generation=generation, image=Opaque(payload)))


def join(strings: Sequence[bytes]) -> bytes:
    """Two strings as one payload."""
    first, second = strings
    writer = BitWriter()
    writer.varint(len(first))
    return writer.to_bytes() + first + second


def split(payload: bytes) -> list[bytes]:
    """The two strings of a payload. Raises `MiscError` for one that is too short."""
    reader = BitReader(payload, 0, 8 * len(payload), path="image")
    first = reader.octets(reader.varint())
    return [first, reader.rest()]
