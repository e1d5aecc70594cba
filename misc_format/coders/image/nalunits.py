"""NAL units of AVC, HEVC and VVC: emulation prevention, and the code ue(v)."""

from __future__ import annotations

from misc_format.structure.bits import BitWriter


def exp_golomb(bits: BitWriter, value: int) -> None:
    """Append a number in the code ue(v) of H.264, H.265 and H.266."""
    bits.u(2 * (value + 1).bit_length() - 1, value + 1)


def nal_unit(bits: BitWriter) -> bytes:
    """The bytes of a NAL unit, with its stop bit: an emulation prevention byte 3 wherever two zeros precede a byte of at most 3."""
    escaped = bytearray()
    for byte in with_stop_bit(bits):
        if byte <= 3 and escaped[-2:] == b"\0\0":
            escaped.append(3)
        escaped.append(byte)
    return bytes(escaped)


def with_stop_bit(bits: BitWriter) -> bytes:
    """The bits, a bit 1, and zero bits up to the end of the byte."""
    bits.u(1, 1)
    return bits.to_bytes()


def content(unit: bytes) -> bytes:
    """A NAL unit without its emulation prevention bytes."""
    return unit.replace(b"\0\0\3", b"\0\0")
