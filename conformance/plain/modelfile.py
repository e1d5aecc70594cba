"""Clauses 6.5, 7.6, 8.7 and 17.7: files of arrays, in the one form that all model files have."""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class ModelFile:
    """One zlib stream of a signature, sizes as unsigned 16-bit numbers, and arrays, read in the order of the clause's table.

    An array's type is that of the table: i and u for signed and unsigned, then its number of bytes. All are read as 64-bit numbers.
    """

    def __init__(self, file: bytes, signature: bytes, sizes: int) -> None:
        self._content = zlib.decompress(file)
        assert self._content.startswith(signature)
        self._position = len(signature)
        self.sizes: list[int] = self.array("u2", sizes).tolist()

    def array(self, kind: str, *shape: int) -> Integers:
        """The next array."""
        values = np.frombuffer(self._content, f"<{kind}", math.prod(shape), self._position)
        self._position += values.nbytes
        return values.astype(np.int64).reshape(shape)

    def end(self) -> None:
        """Nothing follows the last array."""
        assert self._position == len(self._content)
