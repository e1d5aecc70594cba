"""Clause 10: image as strings of CompressAI."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .accounting import Decoded
from .bits import BrokenRule, Payload, Size
from .limits import MAX_STRING_POSITIONS


class Architecture(NamedTuple):
    """A row of the table of clause 10.1."""

    name: str
    strings: int
    pixels: int


ARCHITECTURES = {
    1: Architecture("bmshj2018-factorized", 1, 16),
    2: Architecture("bmshj2018-hyperprior", 2, 64),
    3: Architecture("mbt2018-mean", 2, 64),
    4: Architecture("mbt2018", 2, 64),
    5: Architecture("cheng2020-anchor", 2, 64),
    6: Architecture("cheng2020-attn", 2, 64),
    14: Architecture("private-14", 1, 16),
    15: Architecture("private-15", 2, 64),
}
METRICS = ("mse", "ms-ssim")


def decode(payload: Payload) -> Decoded:
    """Clause 10.1."""
    start = payload.position
    number = payload.u(4, "image/architecture")
    if number not in ARCHITECTURES:
        raise BrokenRule("MISC-CAI-001", start, "image/architecture")
    architecture = ARCHITECTURES[number]
    metric = payload.u(1, "image/metric")
    quality = payload.u(3, "image/quality_minus_1") + 1
    own_weights = payload.u(1, "image/own_weights")
    explicit_shape = payload.u(1, "image/explicit_shape")
    z_offset, z_length = payload.position, _z_length(payload, architecture)
    digest = {"digest": f"{payload.u(64, 'image/weights_digest'):016x}"} if own_weights else {}
    usual = shape_of(payload.picture, architecture, 64)
    shape = _explicit_shape(payload, architecture) if explicit_shape else usual
    if explicit_shape and shape == usual:
        raise BrokenRule("MISC-CAI-002", start + 9, "image/explicit_shape")
    rows, columns = shape
    if rows * columns * (architecture.pixels // 16) ** 2 > MAX_STRING_POSITIONS:
        raise BrokenRule("MISC-CAI-004", start, "image")
    if z_length > payload.left // 8:
        raise BrokenRule("MISC-CON-007", z_offset, "image/z_length")
    z, y = payload.octets(z_length), payload.rest()
    symbols = {
        "architecture": architecture.name,
        "strings": [string.hex() for string in (y, z)[: architecture.strings]],
        "shape": [rows, columns],
        "quality": quality,
        "metric": METRICS[metric],
        **digest,
    }
    return symbols, [(name, 8 * len(string)) for name, string in (("z", z), ("y", y))[2 - architecture.strings :]]


def _z_length(payload: Payload, architecture: Architecture) -> int:
    """Clause 10.1: bytes of string z, 0 where there is one string."""
    if architecture.strings == 1:
        payload.f(6, 0, "image/reserved")
        return 0
    length = payload.u(6, "image/z_length")
    return length + payload.v("image/z_length_extra") if length == 63 else length


def shape_of(picture: Size, architecture: Architecture, multiple: int) -> tuple[int, int]:
    """Clause 10.2: rows and columns of the shape for a picture that is padded to multiples of so many pixels."""
    rows, columns = (-(-side // multiple) * multiple // architecture.pixels for side in (picture.height, picture.width))
    return rows, columns


def _explicit_shape(payload: Payload, architecture: Architecture) -> tuple[int, int]:
    """Clause 10.2."""
    paths = ("image/rows_minus_1", "image/columns_minus_1")
    rows, columns = payload.sides(paths, shape_of(payload.picture, architecture, 256), "MISC-CAI-003")
    return rows, columns


class StringError(Exception):
    """MISC-CAI-007: a string that is not one that the library's encoder wrote under these distributions."""


class Distribution(NamedTuple):
    """Clause 10.5: `cdf` rises from 0 to 2^16."""

    cdf: Sequence[int]
    offset: int


class StringDecoder:
    """Clause 10.5: the entropy coder of the library. No file is decoded by it: its distributions come from a network."""

    def __init__(self, string: bytes) -> None:
        if len(string) < 8 or len(string) % 4:
            raise StringError
        self.word = [int.from_bytes(string[i : i + 4], "little") for i in range(0, len(string), 4)]
        self.x = self.word[0] | self.word[1] << 32
        if not 2**31 <= self.x < 2**63:
            raise StringError
        self.place = 2

    def refill(self) -> None:
        """Take a word if the state has become small."""
        if self.x < 2**31:
            if self.place == len(self.word):
                raise StringError
            self.x = self.x << 32 | self.word[self.place]
            self.place += 1

    def nibble(self) -> int:
        """Four bits of an escape."""
        n = self.x & 15
        self.x >>= 4
        self.refill()
        return n

    def symbol(self, distribution: Distribution) -> int:
        """The next symbol."""
        cdf, offset = distribution
        escape = len(cdf) - 2
        v = self.value(cdf)
        return offset + (self._escaped(escape) if v == escape else v)

    def value(self, cdf: Sequence[int]) -> int:
        """The next v, before an escape is looked into."""
        quantile = self.x & 65535
        v = bisect_right(cdf, quantile) - 1
        self.x = (cdf[v + 1] - cdf[v]) * (self.x >> 16) + quantile - cdf[v]
        self.refill()
        return v

    def _escaped(self, escape: int) -> int:
        count = self.nibble()
        if count > 7:
            raise StringError
        nibbles = [self.nibble() for _ in range(count)]
        if nibbles and nibbles[-1] == 0:
            raise StringError
        raw = sum(n << 4 * i for i, n in enumerate(nibbles))
        return -(raw >> 1) - 1 if raw & 1 else escape + (raw >> 1)

    def finish(self) -> None:
        """Behind all symbols, no word is left, and the state is the one that the encoder began with."""
        if self.place < len(self.word) or self.x != 2**31:
            raise StringError
