"""The range coder (clause 5): constriction's queue coder under exact integer probabilities, its codeword cut to the shortest.

A model is a table of positive integer frequencies that sum to 2^24. constriction takes such a table exactly: given frequency - 1
as floats, its rule left_i = floor(cumulative_i * ((2^24 - n) / sum)) + i has the factor one, and floats of this size are integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import constriction
import numpy as np
from numpy.typing import NDArray

from misc_format.structure.bits import BitReader, Share

PRECISION = 24
TOTAL = 1 << PRECISION
WORD = 32
STATE = 64
AT_ONCE = 1 << 13  # symbols whose tables are laid out together

Symbols = NDArray[np.signedinteger[Any]]


class Model(NamedTuple):
    """Frequencies (int64, positive, summing to 2^24) and constriction's model of them."""

    frequencies: NDArray[np.int64]
    coder: Any


def model(frequencies: Sequence[int] | NDArray[np.int64]) -> Model:
    """A model for symbols 0 to n - 1; n is at least 2."""
    table = np.asarray(frequencies, np.int64)
    if table.size < 2 or table.min() < 1 or int(table.sum()) != TOTAL:
        raise ValueError("frequencies must be at least two positive integers that sum to 2^24")
    return Model(table, _categorical(table))


def _categorical(table: NDArray[np.int64]) -> Any:
    return constriction.stream.model.Categorical((table - 1).astype(np.float64), perfect=False)


_ANY = constriction.stream.model.Categorical(perfect=False)


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE))


class Encoder:
    """Encodes symbols one at a time; `position` is the coder position of clause 5.3."""

    def __init__(self) -> None:
        self._coder = constriction.stream.queue.RangeEncoder()
        self._marks: list[tuple[str, int, float, object]] = []
        self.information = 0.0

    def encode(self, symbol: int, under: Model) -> None:
        """Append a symbol."""
        self._coder.encode(symbol, under.coder)
        self.information += PRECISION - math.log2(under.frequencies[symbol])

    def encode_under(self, symbols: Symbols, tables: NDArray[np.int64], chosen: NDArray[np.integer[Any]]) -> None:
        """Append symbols, each under the row of `tables` (rows, n) that `chosen` says: what `encode` does for each."""
        for part in _parts(len(symbols)):
            frequencies = tables[chosen[part]]
            own = symbols[part].astype(np.int32)
            self._coder.encode(own, _ANY, (frequencies - 1).astype(np.float64))
            used = frequencies[np.arange(len(own)), own]
            self.information += float(np.sum(PRECISION - np.log2(used)))

    def encode_span(self, before: int, frequency: int) -> None:
        """Append a symbol by its frequency and the sum of those before it: what `encode` does under the whole table."""
        spans = np.array([before, frequency, TOTAL - before - frequency])
        table = spans[spans > 0]
        self._coder.encode(int(before > 0), _categorical(table))
        self.information += PRECISION - math.log2(frequency)

    def mark(self, path: str) -> None:
        """Note that everything since the last mark belongs to the field `path`."""
        self._marks.append((path, self.position, self.information, None))

    def shares(self) -> list[Share]:
        """The codeword by marked field, as clause 5.3 divides it; what no field takes is padding."""
        return shares(self._marks, 8 * len(self.codeword()))

    @property
    def position(self) -> int:
        """By how many whole bits the interval has shrunk: 32 a word shifted out, and 64 less the bits of the range."""
        words, (_, size) = self._coder.pos()
        return WORD * int(words) + STATE - int(size).bit_length()

    def codeword(self) -> bytes:
        """The shortest byte string that, followed by zeros without end, lies in the final interval; of these, the smallest."""
        words, (low, size) = self._coder.pos()
        whole = 4 * (int(words) + 2)  # bytes of the interval's bounds
        sealed = self._coder.get_compressed().astype(">u4").tobytes().ljust(whole, b"\0")
        point = int.from_bytes(sealed, "big")
        lower = point - (point - int(low)) % (1 << STATE)  # constriction's low lacks the words already shifted out
        return shortest(lower, int(size), whole)


def shortest(lower: int, size: int, whole: int) -> bytes:
    """The shortest byte string, of these the smallest, that with zeros up to `whole` bytes is in `size` numbers from `lower` on."""
    if lower == 0:
        return b""
    # The longest run of zero bits that a number of the interval can end in, then whole bytes of it.
    dropped = (((lower - 1) ^ (lower + size - 1)).bit_length() - 1) // 8
    return (-(-lower >> 8 * dropped)).to_bytes(whole - dropped, "big")


def shares(marks: Sequence[tuple[str, int, float, object]], end: int) -> list[Share]:
    """A codeword of `end` bits by marked field, as clause 5.3 divides it; what no field takes is padding.

    A mark is the path of the field before it, the coder position, the information content so far, and the field's value.
    """
    found = []
    position, information = 0, 0.0
    for path, mark, total, value in marks:
        stop = min(mark, end)
        found.append(Share(path, stop - position, total - information, value))
        position, information = stop, total
    return [*found, Share("padding", end - position, 0.0)]


class Decoder:
    """Decodes symbols from the rest of a reader's window, zeros behind it."""

    def __init__(self, reader: BitReader) -> None:
        self._reader = reader
        self._start = reader.position
        data = reader.rest()
        words = np.frombuffer(data + bytes(-len(data) % 4), ">u4").astype(np.uint32)
        self._coder = constriction.stream.queue.RangeDecoder(words)

    def decode(self, under: Model) -> int:
        """The next symbol; `MiscError` MISC-ENT-001 where the codeword fits none."""
        try:
            return int(self._coder.decode(under.coder))
        except AssertionError:
            self._reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=self._start)

    def decode_under(self, tables: NDArray[np.int64], chosen: NDArray[np.integer[Any]]) -> Symbols:
        """The next symbols, each under the row of `tables` that `chosen` says; `MiscError` as `decode`."""
        found = np.empty(len(chosen), np.int32)
        for part in _parts(len(chosen)):
            try:
                found[part] = self._coder.decode(_ANY, (tables[chosen[part]] - 1).astype(np.float64))
            except AssertionError:
                self._reader.fail("MISC-ENT-001", "the codeword fits no symbol", bit_offset=self._start)
        return found
