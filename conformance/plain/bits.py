"""Clause 3: bits, descriptors, and what a broken rule says."""

from __future__ import annotations

from typing import NamedTuple

MAX_VARINT = 2**32 - 1


class Broken(Exception):
    """A broken rule: its id, the first bit of the place, and the path (clause 3.4)."""

    def __init__(self, rule: str, bit_offset: int, path: str) -> None:
        super().__init__(f"{rule} at bit {bit_offset}, {path}")
        self.rule, self.bit_offset, self.path = rule, bit_offset, path


class TooMuch(Exception):
    """A conforming file may ask for this, but this decoder would take minutes for it."""


class Short(Exception):
    """There are fewer bits than are asked for."""


class Field(NamedTuple):
    """A field of a file: its first bit, its bits, and its value if it is a number."""

    path: str
    start: int
    length: int
    value: int | None = None


class Bits:
    """A window of a file, read from the first bit on. Declared fields are noted in `fields`."""

    def __init__(self, data: bytes, start: int, end: int, fields: list[Field]) -> None:
        self.data, self.place, self.end, self.fields = data, start, end, fields

    @property
    def left(self) -> int:
        """Bits that are left."""
        return self.end - self.place

    def number(self, n: int) -> int:
        """The next n bits."""
        if n > self.left:
            raise Short
        first, last = self.place // 8, -(-(self.place + n) // 8)
        whole = int.from_bytes(self.data[first:last], "big")
        self.place += n
        return whole >> 8 * last - self.place & (1 << n) - 1

    def octets(self, n: int) -> bytes:
        """The next n bytes, wherever they begin."""
        return self.number(8 * n).to_bytes(n, "big")

    def rest(self) -> bytes:
        """All whole bytes that are left."""
        return self.octets(self.left // 8)

    def u(self, n: int, path: str) -> int:
        """Descriptor u(n)."""
        start = self.place
        try:
            value = self.number(n)
        except Short:
            raise Broken("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, n, value))
        return value

    def f(self, n: int, value: int, path: str, rule: str = "MISC-CON-011") -> None:
        """Descriptor f(n)."""
        if self.u(n, path) != value:
            raise Broken(rule, self.place - n, path)

    def v(self, path: str) -> int:
        """Descriptor v."""
        start = self.place
        try:
            value = self._varint(start, path)
        except Short:
            raise Broken("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, self.place - start, value))
        return value

    def s(self, path: str) -> str:
        """Descriptor s."""
        start = self.place
        try:
            data = self.octets(self._varint(start, path))
        except Short:
            raise Broken("MISC-CON-007", start, path) from None
        self.fields.append(Field(path, start, self.place - start))
        return text(data, "MISC-ANC-003", self.place - 8 * len(data), path)

    def _varint(self, start: int, path: str) -> int:
        value = 0
        for i in range(5):
            more, group = self.number(1), self.number(7)
            value |= group << 7 * i
            if value > MAX_VARINT:
                raise Broken("MISC-CON-010", start, path)
            if not more:
                if i and not group:
                    raise Broken("MISC-CON-009", start, path)
                return value
        raise Broken("MISC-CON-010", start, path)

    def padding(self, path: str) -> None:
        """Clause 4.6: behind content whose end shows, fewer than eight bits follow, and they are zero."""
        start = self.place
        if self.left >= 8:
            raise Broken("MISC-CON-016", start, path)
        if self.number(self.left):
            raise Broken("MISC-CON-017", start, path)


def text(data: bytes, rule: str, start: int, path: str) -> str:
    """Well-formed UTF-8; `start` is the bit of the first byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(rule, start + 8 * error.start, path) from None


def first_difference(one: bytes, other: bytes) -> int:
    """The first bit in which two payloads differ, or the first behind the shorter one."""
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return 8 * i + 8 - (a ^ b).bit_length()
    return 8 * min(len(one), len(other))
