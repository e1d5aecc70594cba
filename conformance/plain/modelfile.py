"""Clauses 6.5, 7.5.8, 8.5, 9.3 and 12.4: the format that all model files share."""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class ModelFile:
    """One zlib stream: a signature, `size_count` sizes as unsigned 16-bit numbers, and arrays in the order of the table in the clause."""

    def __init__(self, file: bytes, signature: bytes, size_count: int) -> None:
        self._content = zlib.decompress(file)
        assert self._content.startswith(signature)
        self._position = len(signature)
        self.sizes: list[int] = self.array("u2", size_count).tolist()

    def array(self, element_type: str, *shape: int) -> Integers:
        """The next array, converted to int64. `element_type` is i or u, for signed or unsigned, and the number of bytes of an element."""
        values = np.frombuffer(self._content, f"<{element_type}", math.prod(shape), self._position)
        self._position += values.nbytes
        return values.astype(np.int64).reshape(shape)

    def check_end(self) -> None:
        """Check that nothing follows the last array."""
        assert self._position == len(self._content)


def has_signature(file: bytes, signature: bytes) -> bool:
    """Whether a file of the user's, which is a language model or a table of codes, begins with a signature."""
    return bool(file) and zlib.decompress(file).startswith(signature)
