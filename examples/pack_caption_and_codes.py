"""PerCo: a caption and a grid of codes, in one file with every bit counted.

PerCo quantises a picture to vectors of a codebook, one code for each cell, and sends them with a caption; it pickles both. Here the caption
is text, coded under the language model. The codes are an array, and take log2 of the size of the codebook each, as the paper counts them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format import Codes, Stream, Text, write


def pack(width: int, height: int, caption: str, codes: NDArray[np.int64], codebook: int) -> bytes:
    """A file for a caption and a (rows, columns) array of indices into `codebook` vectors."""
    return write(Stream(width, height, text=Text(caption), image=Codes(codes, codebook)))
