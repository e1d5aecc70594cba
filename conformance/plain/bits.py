"""Clause 3: bits, descriptors, and broken rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .limits import MAX_VARINT


class BrokenRule(Exception):
    """Clause 3.4: a rule of severity error that the file breaks, with the bit offset and the path of the fault."""

    def __init__(self, rule: str, bit_offset: int, path: str) -> None:
        super().__init__(f"{rule} at bit {bit_offset}, {path}")
        self.rule, self.bit_offset, self.path = rule, bit_offset, path


class TooSlow(Exception):
    """This decoder would take minutes to decode the file, which may be conforming."""


class OutOfBits(Exception):
    """A read asked for more bits than are left."""


class Size(NamedTuple):
    """Width and height of the picture, or columns and rows of a map."""

    width: int
    height: int


class Field(NamedTuple):
    """A field of a file: its first bit, its number of bits, and its value if it is a number."""

    path: str
    start: int
    length: int
    value: int | None = None


class RuleWarning(NamedTuple):
    """A rule of severity warning that the file breaks."""

    rule: str
    bit_offset: int
    path: str


class Bits:
    """Clause 3.2: a reader of a window of a file. It records the declared fields that it reads in `fields`."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data, self.position, self.end = data, start, end
        self.fields: list[Field] = []

    @property
    def left(self) -> int:
        """The number of bits that are left."""
        return self.end - self.position

    def number(self, n: int) -> int:
        """The next n bits as a number, most significant first."""
        if n > self.left:
            raise OutOfBits
        first, last = self.position // 8, -(-(self.position + n) // 8)
        number = int.from_bytes(self.data[first:last], "big")
        self.position += n
        return number >> 8 * last - self.position & (1 << n) - 1

    def octets(self, n: int) -> bytes:
        """The next n bytes, which need not begin at a byte boundary."""
        return self.number(8 * n).to_bytes(n, "big")

    def rest(self) -> bytes:
        """All whole bytes that are left."""
        return self.octets(self.left // 8)

    def u(self, n: int, path: str) -> int:
        """Clause 3.3: descriptor u(n)."""
        start = self.position
        try:
            value = self.number(n)
        except OutOfBits:
            raise BrokenRule("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, n, value))
        return value

    def f(self, n: int, value: int, path: str, rule: str = "MISC-CON-011") -> None:
        """Clause 3.3: descriptor f(n)."""
        if self.u(n, path) != value:
            raise BrokenRule(rule, self.position - n, path)

    def v(self, path: str) -> int:
        """Clause 3.3: descriptor v."""
        start = self.position
        try:
            value = self._varint(start, path)
        except OutOfBits:
            raise BrokenRule("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, self.position - start, value))
        return value

    def s(self, path: str) -> str:
        """Clause 3.3: descriptor s."""
        start = self.position
        try:
            data = self.octets(self._varint(start, path))
        except OutOfBits:
            raise BrokenRule("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, self.position - start))
        return utf8(data, "MISC-ANC-003", self.position - 8 * len(data), path)

    def _varint(self, start: int, path: str) -> int:
        value = 0
        for i in range(5):
            more, group = self.number(1), self.number(7)
            value |= group << 7 * i
            if value > MAX_VARINT:
                raise BrokenRule("MISC-CON-010", start, path)
            if not more:
                if i > 0 and group == 0:
                    raise BrokenRule("MISC-CON-009", start, path)
                return value
        raise BrokenRule("MISC-CON-010", start, path)


class Payload(Bits):
    """A reader of a payload, with what decoding needs besides its bits: the size of the picture, and the models that the user supplied."""

    def __init__(self, data: bytes, start: int, end: int, picture: Size, models: Mapping[str, bytes]) -> None:
        super().__init__(data, start, end)
        self.picture, self.models = picture, models
        self.warnings: list[RuleWarning] = []

    def sides(self, paths: Sequence[str], largest: Sequence[int], rule: str) -> list[int]:
        """Sides of an array, each a varint less 1. All are read before one is compared with the largest that it may be."""
        fields = []
        for path in paths:
            start = self.position
            fields.append((path, start, self.v(path) + 1))
        for (path, start, side), limit in zip(fields, largest, strict=True):
            if side > limit:
                raise BrokenRule(rule, start, path)
        return [side for _, _, side in fields]

    def padding(self, path: str) -> None:
        """Clause 4.6: check that fewer than eight bits follow the content, and that they are zero."""
        start = self.position
        if self.left >= 8:
            raise BrokenRule("MISC-CON-016", start, path)
        if self.number(self.left) != 0:
            raise BrokenRule("MISC-CON-017", start, path)


def utf8(data: bytes, rule: str, start: int, path: str) -> str:
    """Clause 3.3: decode UTF-8, which must be well-formed. `start` is the bit offset of its first byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenRule(rule, start + 8 * error.start, path) from None


def varint(value: int) -> bytes:
    """Clause 3.3: descriptor v in its shortest form."""
    groups = []
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes((*groups, value))


def check_canonical(payload: bytes, encoded: bytes, start: int, path: str) -> None:
    """Clause 4.6: check that a payload equals its content `encoded` again. `start` is the bit offset of the first byte of the payload."""
    if payload != encoded:
        raise BrokenRule("MISC-CON-018", start + first_difference(payload, encoded), path)


def first_difference(first: bytes, second: bytes) -> int:
    """The first bit in which two byte strings differ, or the end of the shorter string."""
    for i, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return 8 * i + 8 - (a ^ b).bit_length()
    return 8 * min(len(first), len(second))
