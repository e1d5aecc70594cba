"""The range coder (clause 5): constriction's queue coder under integer frequencies, its codeword cut to the shortest one.

A table of frequencies is n positive integers that sum to 2^24. constriction takes floats, and computes the cumulative frequency
left_i = floor(cumulative_i * ((2^24 - n) / sum)) + i. From the frequencies less 1, as floats, it gets exactly the integers: the factor
is 1, and floats of this size are exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import constriction
import numpy as np
from numpy.typing import NDArray

from misc_format.structure.bits import BitReader, Share

PRECISION = 24
TOTAL = 1 << PRECISION
WORD = 32
STATE = 64


class Model(NamedTuple):
    """A table of frequencies, int64 (n,), positive, summing to 2^24, and constriction's form of it."""

    frequencies: NDArray[np.int64]
    coder: Any


def model(frequencies: Sequence[int] | NDArray[np.int64]) -> Model:
    """The model of the symbols 0 to n - 1, n at least 2. Raises `ValueError` for anything that is not a table of frequencies."""
    table = np.asarray(frequencies, np.int64)
    if table.size < 2 or table.min() < 1 or int(table.sum()) != TOTAL:
        raise ValueError("frequencies must be at least two positive integers that sum to 2^24")
    return Model(table, _categorical(table))


def _categorical(table: NDArray[np.int64]) -> Any:
    return constriction.stream.model.Categorical((table - 1).astype(np.float64), perfect=False)


class Encoder:
    """Encodes symbols into a codeword. `information` is the information content so far, in bits."""

    def __init__(self) -> None:
        self._coder = constriction.stream.queue.RangeEncoder()
        self._marks: list[tuple[str, int, float, object]] = []
        self.information: float = 0.0

    def encode(self, symbol: int, under: Model) -> None:
        """Append a symbol under a model."""
        self._coder.encode(symbol, under.coder)
        self.information += PRECISION - math.log2(under.frequencies[symbol])

    def encode_span(self, before: int, frequency: int) -> None:
        """Append a symbol by its frequency and the sum of the frequencies before it, as `encode` does under the whole table."""
        spans = np.array([before, frequency, TOTAL - before - frequency])
        table = spans[spans > 0]
        self._coder.encode(int(before > 0), _categorical(table))
        self.information += PRECISION - math.log2(frequency)

    def mark(self, path: str) -> None:
        """Note that everything since the last mark belongs to the field `path`."""
        self._marks.append((path, self.position, self.information, None))

    def shares(self) -> list[Share]:
        """The codeword split by marked field, as in clause 5.3. Bits of no field are padding."""
        return shares(self._marks, 8 * len(self.codeword()))

    @property
    def position(self) -> int:
        """The coder position of clause 5.3: 32 for each word shifted out, plus 64, less the number of bits of the range."""
        words, (_, size) = self._coder.pos()
        return WORD * int(words) + STATE - int(size).bit_length()

    def codeword(self) -> bytes:
        """The shortest byte string that, followed by zeros, lies in the final interval; of several, the smallest."""
        words, (low, size) = self._coder.pos()
        length = 4 * (int(words) + 2)  # bytes of a number as long as the interval's bounds
        sealed = self._coder.get_compressed().astype(">u4").tobytes().ljust(length, b"\0")
        point = int.from_bytes(sealed, "big")
        lower = point - (point - int(low)) % (1 << STATE)  # constriction's `low` lacks the words already shifted out
        return shortest(lower, int(size), length)


def shortest(lower: int, size: int, length: int) -> bytes:
    """The shortest byte string that, filled up with zeros to `length` bytes, is a number from `lower` to `lower + size - 1`.

    Of several byte strings of that length it is the smallest.
    """
    if lower == 0:
        return b""
    # The longest run of zero bits that a number of the interval can end in, in whole bytes.
    dropped = (((lower - 1) ^ (lower + size - 1)).bit_length() - 1) // 8
    return (-(-lower >> 8 * dropped)).to_bytes(length - dropped, "big")


def shares(marks: Sequence[tuple[str, int, float, object]], end: int) -> list[Share]:
    """A codeword of `end` bits split by marked field, as in clause 5.3. Bits of no field are padding.

    A mark stands at the end of a field. It is the field's path, the coder position, the information content so far, and the field's value.
    """
    fields = []
    position, information = 0, 0.0
    for path, mark, total, value in marks:
        stop = min(mark, end)
        fields.append(Share(path, stop - position, total - information, value))
        position, information = stop, total
    return [*fields, Share("padding", end - position, 0.0)]


class Decoder:
    """Decodes symbols from the bytes up to the end of a reader's window; zeros follow them."""

    def __init__(self, reader: BitReader) -> None:
        self._reader = reader
        self._start = reader.position
        data = reader.rest()
        words = np.frombuffer(data + bytes(-len(data) % 4), ">u4").astype(np.uint32)
        self._coder = constriction.stream.queue.RangeDecoder(words)

    def decode(self, under: Model) -> int:
        """The next symbol under a model; raises `MiscError` MISC-ENT-001 if the codeword fits none."""
        try:
            return int(self._coder.decode(under.coder))
        except AssertionError:
            self._reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=self._start)
