"""Clause 5: the range coder."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

ONE = 2**24  # the sum of the frequencies of a model


class NoSymbol(Exception):
    """MISC-ENT-001: the quantile is the sum of all frequencies or more, so that no symbol has it."""


class RangeDecoder:
    """Clause 5.1. `d` is D of the specification, `w` the number of 4-byte words that it has read after the first 8 bytes."""

    def __init__(self, codeword: bytes) -> None:
        self.codeword = codeword
        self.d = number(codeword, 0, 8)
        self.range = 2**64 - 1
        self.w = 0

    def decode(self, f: Sequence[int]) -> int:
        """Decode the next symbol; `f` is the model, a list of frequencies. Clause 5.5: any sum."""
        below = list(accumulate(f, initial=0))
        symbol = bisect_right(below, self.quantile(below[-1])) - 1
        self.narrow(below[symbol], f[symbol], below[-1])
        return symbol

    def quantile(self, total: int = ONE) -> int:
        """D / scale. The next symbol is the one whose range of cumulative frequencies contains this number.

        `total` is the sum of all frequencies.
        """
        quantile = self.d // (self.range // total)
        if quantile >= total:
            raise NoSymbol
        return quantile

    def narrow(self, below: int, frequency: int, total: int = ONE) -> None:
        """Remove a decoded symbol. `below` is the sum of the frequencies of all earlier symbols of the model."""
        scale = self.range // total
        self.d -= scale * below
        self.range = scale * frequency
        self.renormalise()

    def decide(self, ones: int, total: int = ONE) -> int:
        """Clause 7.5.1: the next decision, whose frequency of 1 is `ones` of `total`."""
        rare, split = split_of(self.range, ones, total)
        if self.d < split:
            bit = rare
            self.range = split
        else:
            bit = 1 - rare
            self.d -= split
            self.range -= split
        self.renormalise()
        return bit

    def renormalise(self) -> None:
        """Read 4 bytes if the range has become small."""
        if self.range < 2**32:
            self.d = self.d << 32 | number(self.codeword, 8 + 4 * self.w, 4)
            self.range <<= 32
            self.w += 1

    @property
    def position(self) -> int:
        """Clause 5.3."""
        return 32 * self.w + 64 - self.range.bit_length()

    def encoded(self) -> bytes:
        """The codeword that the encoder gives for the decoded symbols.

        The encoder's `low` is the difference of two numbers: the bytes that the decoder has read, and D.
        """
        return shortest(number(self.codeword, 0, 8 + 4 * self.w) - self.d, self.range, self.w)


class RangeEncoder:
    """Clause 5.2."""

    def __init__(self) -> None:
        self.low = 0
        self.range = 2**64 - 1
        self.w = 0

    def encode(self, f: Sequence[int], symbol: int) -> None:
        """Encode a symbol; `f` is the model, a list of frequencies."""
        scale = self.range >> 24
        self.low += scale * sum(f[:symbol])
        self.range = scale * f[symbol]
        self.renormalise()

    def append(self, bit: int, ones: int, total: int = ONE) -> int:
        """Clause 7.5.1: append a decision, whose frequency of 1 is `ones` of `total`; returns its bit."""
        rare, split = split_of(self.range, ones, total)
        if bit == rare:
            self.range = split
        else:
            self.low += split
            self.range -= split
        self.renormalise()
        return bit

    def renormalise(self) -> None:
        """Make room for 4 more bytes if the range has become small."""
        if self.range < 2**32:
            self.low <<= 32
            self.range <<= 32
            self.w += 1

    @property
    def position(self) -> int:
        """Clause 5.3."""
        return 32 * self.w + 64 - self.range.bit_length()

    def codeword(self) -> bytes:
        """The codeword of the symbols so far."""
        return shortest(self.low, self.range, self.w)


def split_of(size: int, ones: int, total: int = ONE) -> tuple[int, int]:
    """Clause 7.5.1: the rarer symbol, and its part of a range of this size."""
    rare = 1 if 2 * ones < total else 0
    return rare, size // total * (ones if rare else total - ones)


def number(codeword: bytes, start: int, count: int) -> int:
    """Clause 5.1: `count` bytes of a codeword as a number. Bytes after the end of the codeword count as zero."""
    return int.from_bytes(codeword[start : start + count].ljust(count, b"\0"), "big")


def shortest(low: int, interval: int, w: int) -> bytes:
    """Clause 5.2: the shortest byte string in the interval; if there are several, the smallest one."""
    if low == 0:
        return b""
    # A multiple of 2^n lies in the interval where the numbers before its first and its last one differ without their last n bits.
    differing = (low - 1 ^ low + interval - 1).bit_length()
    left_out = (differing - 1) // 8
    return (-(-low >> 8 * left_out)).to_bytes(8 + 4 * w - left_out, "big")


def shares(positions: Sequence[tuple[str, int]], size: int) -> list[tuple[str, int]]:
    """Clause 5.3: the bits of each field, then of the padding.

    `positions` has the position of the coder after each field; `size` is the length of the codeword in bytes.
    """
    parts, before = [], 0
    for path, position in positions:
        after = min(position, 8 * size)
        parts.append((path, after - before))
        before = after
    return [*parts, ("padding", 8 * size - before)]
