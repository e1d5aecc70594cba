"""Clause 5: the range coder."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


class NoSymbol(Exception):
    """MISC-ENT-001."""


class Decoder:
    """Clause 5.1."""

    def __init__(self, codeword: bytes) -> None:
        self.codeword = codeword
        self.difference, self.range, self.words = take(codeword, 0, 8), 2**64 - 1, 0

    def decode(self, frequencies: Sequence[int]) -> int:
        """The next symbol."""
        scale = self.range >> 24
        quantile = self.difference // scale
        if quantile >= 2**24:
            raise NoSymbol
        sums = list(accumulate(frequencies))
        symbol = next(s for s, above in enumerate(sums) if quantile < above)
        self.difference -= scale * (sums[symbol] - frequencies[symbol])
        self.range = scale * frequencies[symbol]
        if self.range < 2**32:
            self.difference = self.difference << 32 | take(self.codeword, 8 + 4 * self.words, 4)
            self.range <<= 32
            self.words += 1
        return symbol


class Encoder:
    """Clause 5.2."""

    def __init__(self) -> None:
        self.low, self.range, self.words = 0, 2**64 - 1, 0

    def encode(self, frequencies: Sequence[int], symbol: int) -> None:
        """Append a symbol."""
        scale = self.range >> 24
        self.low += scale * sum(frequencies[:symbol])
        self.range = scale * frequencies[symbol]
        if self.range < 2**32:
            self.low <<= 32
            self.range <<= 32
            self.words += 1

    def codeword(self) -> bytes:
        """The end of the codeword, and all that stands before it."""
        return ending(self.low, self.range, self.words)


def take(codeword: bytes, start: int, count: int) -> int:
    """Some bytes of a codeword as a number, zeros imagined behind it."""
    return int.from_bytes(codeword[start : start + count].ljust(count, b"\0"), "big")


def position(interval: int, words: int) -> int:
    """Clause 5.3."""
    return 32 * words + 64 - interval.bit_length()


def ending(low: int, interval: int, words: int) -> bytes:
    """Clause 5.2: the shortest byte string in the interval, the one with the smallest number."""
    size = 8 + 4 * words
    for length in range(size + 1):
        unit: int = 256 ** (size - length)
        number = -(-low // unit)
        if number * unit < low + interval:
            return number.to_bytes(length, "big")
    raise AssertionError


def decoded(codeword: bytes, difference: int, interval: int, words: int) -> bytes:
    """The codeword that the encoder gives for what a decoder found: its `low` is the number read less the decoder's difference."""
    return ending(take(codeword, 0, 8 + 4 * words) - difference, interval, words)


def shares(marks: Sequence[tuple[str, int]], size: int) -> list[tuple[str, int]]:
    """Clause 5.3: the bits of fields from the positions behind them, and the padding."""
    found, before = [], 0
    for path, reached in marks:
        found.append((path, min(reached, 8 * size) - before))
        before = min(reached, 8 * size)
    return [*found, ("padding", 8 * size - before)]
