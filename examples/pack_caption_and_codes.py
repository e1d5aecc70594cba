"""PerCo or PICS: a caption and a grid of codes, in one file with every bit counted.

PerCo quantises a picture to vectors of a codebook, one index a cell, and sends them with a caption; it pickles both. PICS sends
a prompt and a sketch.
Here the caption is text, coded under the language model, and the indices a payload of private use: a fixed number of bits
each, as the paper takes their entropy to be. Rows and columns follow from the picture's size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format import Opaque, Stream, Text, write


def pack(width: int, height: int, caption: str, codes: NDArray[np.int64], codebook: int) -> bytes:
    """A file for a caption and a (rows, columns) array of indices into `codebook` vectors."""
    bits = np.unpackbits(codes.astype(">u4").view(np.uint8)).reshape(-1, 32)[:, 32 - index_bits(codebook) :]
    return write(Stream(width, height, text=Text(caption), image=Opaque(np.packbits(bits).tobytes())))


def unpack(payload: bytes, rows: int, columns: int, codebook: int) -> NDArray[np.int64]:
    """The indices again."""
    width = index_bits(codebook)
    bits = np.unpackbits(np.frombuffer(payload, np.uint8), count=rows * columns * width).reshape(rows * columns, width)
    return (bits.astype(np.int64) @ (1 << np.arange(width - 1, -1, -1))).reshape(rows, columns)


def index_bits(codebook: int) -> int:
    """Bits of an index."""
    return (codebook - 1).bit_length()
