"""Reading and writing numbers bit by bit, most significant bit first (clause 3.3).

The reader works on a window of a whole file. Every bit offset that it reports counts from the start of the file.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from misc_format.errors import MiscError
from misc_format.limits import MAX_VARINT


class Leaf(NamedTuple):
    """The smallest named place of a file. The leaves of a file lie one behind the other and cover every bit exactly once."""

    path: str
    bit_offset: int
    bit_length: int
    value: object
    clause: str


class Share(NamedTuple):
    """The bits of a codeword that belong to one field.

    `bits` is a whole number; `information_bits` is the information content in bits, a real number, or None if it is not known.
    """

    path: str
    bits: int
    information_bits: float | None
    value: object = None


class BitReader:
    """Reads a window of `data`, from bit `start` to before bit `end`.

    `path` names the window in errors. `leaves` collects the leaves that are read. `flaws` collects the broken rules behind which reading
    can go on; without it, they are raised like all others.
    """

    __slots__ = ("data", "end", "flaws", "leaves", "path", "position")

    def __init__(
        self,
        data: bytes,
        start: int = 0,
        end: int | None = None,
        *,
        path: str = "",
        leaves: list[Leaf] | None = None,
        flaws: list[MiscError] | None = None,
    ) -> None:
        self.data: bytes = data
        self.position: int = start
        self.end: int = 8 * len(data) if end is None else end
        self.path: str = path
        self.leaves: list[Leaf] = [] if leaves is None else leaves
        self.flaws: list[MiscError] | None = flaws

    def fail(self, rule: str, message: str, *, bit_offset: int | None = None, path: str | None = None) -> NoReturn:
        """Raise the `MiscError` of a rule, at this place or at a path and a bit. For a field already read, the path is enough."""
        raise self._error(rule, message, bit_offset, path)

    def flaw(self, rule: str, message: str, *, bit_offset: int | None = None, path: str | None = None) -> None:
        """Report a broken rule behind which reading can go on. It is collected in `flaws`, or raised if there is no such list."""
        error = self._error(rule, message, bit_offset, path)
        if self.flaws is None:
            raise error
        self.flaws.append(error)

    def _error(self, rule: str, message: str, bit_offset: int | None, path: str | None) -> MiscError:
        if bit_offset is None and path is not None:
            bit_offset = next((leaf.bit_offset for leaf in self.leaves if leaf.path == path), None)
        error_offset = self.position if bit_offset is None else bit_offset
        return MiscError(rule, message, bit_offset=error_offset, path=self.path if path is None else path)

    @property
    def remaining(self) -> int:
        """Bits left in the window."""
        return self.end - self.position

    def u(self, n: int) -> int:
        """The next `n` bits as an unsigned number."""
        start = self.position
        stop = start + n
        if stop > self.end:
            self.fail("MISC-CON-007", f"{n} bits are needed and {self.end - start} are left")
        self.position = stop
        last = (stop + 7) >> 3
        return (int.from_bytes(self.data[start >> 3 : last], "big") >> (8 * last - stop)) & ((1 << n) - 1)

    def varint(self) -> int:
        """The next varint: seven bits per byte, least significant group first, the top bit set on all but the last byte.

        A varint that is too large or too long is a `MiscError`. One that is not in its shortest form is a flaw.
        """
        start = self.position
        value = shift = 0
        while True:
            byte = self.u(8)
            value |= (byte & 0x7F) << shift
            if value > MAX_VARINT:
                self.fail("MISC-CON-010", f"a varint is larger than {MAX_VARINT:,}", bit_offset=start)
            if byte < 0x80:
                break
            shift += 7
            if shift > 28:
                self.fail("MISC-CON-010", "a varint is longer than five bytes", bit_offset=start)
        if byte == 0 and shift:
            self.flaw("MISC-CON-009", "a varint has a byte more than it needs", bit_offset=start)
        return value

    def octets(self, n: int) -> bytes:
        """The next `n` bytes, which may begin at any bit."""
        start, shift = divmod(self.position, 8)
        if 8 * n > self.remaining:
            self.fail("MISC-CON-007", f"{n} bytes are needed and {self.remaining >> 3} are left")
        if shift:
            return self.u(8 * n).to_bytes(n, "big")
        self.position += 8 * n
        return self.data[start : start + n]

    def rest(self) -> bytes:
        """All whole bytes up to the end of the window."""
        return self.octets(self.remaining >> 3)

    def finish(self, bit_offset: int | None = None) -> None:
        """Check that nothing but zero padding of less than a byte is left, from `bit_offset` or from this place."""
        start = self.position if bit_offset is None else bit_offset
        left = self.end - start
        if left >= 8:
            self.flaw("MISC-CON-016", f"{left >> 3} bytes follow the content", bit_offset=start)
            return
        self.position = start
        if left and self.u(left):
            self.flaw("MISC-CON-017", "a padding bit is not zero", bit_offset=start)


class BitWriter:
    """Collects numbers as bits, most significant bit first."""

    __slots__ = ("_bits", "_bytes", "_value")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._value = 0
        self._bits = 0

    def __len__(self) -> int:
        """The number of bits so far."""
        return 8 * len(self._bytes) + self._bits

    def u(self, n: int, value: int) -> None:
        """Append `value` in `n` bits; raises `ValueError` if it does not fit."""
        if not 0 <= value < 1 << n:
            raise ValueError(f"{value} does not fit {n} bits")
        self._value = self._value << n | value
        self._bits += n
        if self._bits >= 512:  # keep the pending number short, so that n bits cost O(n)
            self._flush()

    def varint(self, value: int) -> None:
        """Append `value` as a varint in its shortest form; raises `ValueError` if it does not fit."""
        if not 0 <= value <= MAX_VARINT:
            raise ValueError(f"{value} does not fit a varint")
        while value > 0x7F:
            self.u(8, value & 0x7F | 0x80)
            value >>= 7
        self.u(8, value)

    def octets(self, data: bytes) -> None:
        """Append bytes."""
        self._value = self._value << 8 * len(data) | int.from_bytes(data, "big")
        self._bits += 8 * len(data)
        self._flush()

    def _flush(self) -> None:
        whole, self._bits = divmod(self._bits, 8)
        self._bytes += (self._value >> self._bits).to_bytes(whole, "big")
        self._value &= (1 << self._bits) - 1

    def to_bytes(self) -> bytes:
        """All bits so far, filled up with zero bits to a whole byte."""
        self._flush()
        tail = (self._value << 8 - self._bits).to_bytes(1, "big") if self._bits else b""
        return bytes(self._bytes) + tail
