"""The shortest first bytes of codestreams that state a size (clause 11.1). Nothing decodes them: no picture follows."""

from __future__ import annotations

from misc_format.coders.image.nalunits import exp_golomb, nal_unit
from misc_format.components import Size
from misc_format.structure.bits import BitWriter


def header(kind: str, size: Size) -> bytes:
    """The first bytes of a codestream of a format, up to the size at least. WebP has sides below 2^14."""
    return _HEADERS[kind](size)


def _jpeg(size: Size) -> bytes:
    return b"\xff\xd8\xff\xc0\x00\x0b\x08" + size.height.to_bytes(2, "big") + size.width.to_bytes(2, "big")


def _webp(size: Size) -> bytes:
    return b"\x10\0\0\x9d\x01\x2a" + size.width.to_bytes(2, "little") + size.height.to_bytes(2, "little") + b"\0"


def _av1(size: Size) -> bytes:
    bits = BitWriter()
    bits.u(10, 0b000_1_1_00000)  # a still picture with the reduced header
    lengths = [max((side - 1).bit_length(), 1) for side in size]
    for length in lengths:
        bits.u(4, length - 1)
    for length, side in zip(lengths, size, strict=True):
        bits.u(length, side - 1)
    content = bits.to_bytes()
    return b"\x12\x00\x0a" + bytes((len(content),)) + content


def _jxl(size: Size) -> bytes:
    value, place = 0, 1  # a bit 0: not small
    for side, flags in ((size.height, 3), (size.width, 0)):
        kind = next(index for index, length in enumerate((9, 13, 18)) if side <= 1 << length)
        value |= kind << place | side - 1 << place + 2
        place += 2 + (9, 13, 18)[kind] + flags  # behind the height, a ratio of 0
    value |= 1 << place  # all_default
    return b"\xff\x0a" + value.to_bytes((place >> 3) + 1, "little")


def _hevc(size: Size) -> bytes:
    bits = BitWriter()
    bits.octets(b"\x42\x01\x01" + bytes(12))
    for value in (0, 1, *size):  # number of the parameter set, 4:2:0
        exp_golomb(bits, value)
    bits.u(1, 0)
    return b"\0\0\1" + nal_unit(bits)


def _vvc(size: Size) -> bytes:
    bits = BitWriter()
    bits.octets(b"\x00\x79\x00\x08")  # 4:2:0, without profile, tier and level
    bits.u(2, 0)
    for value in size:
        exp_golomb(bits, value)
    bits.u(1, 0)
    return b"\0\0\1" + nal_unit(bits)


def _avc(size: Size) -> bytes:
    bits = BitWriter()
    bits.octets(b"\x67\x64\0\0")  # the high profile
    for value in (0, 3):  # number of the parameter set, 4:4:4
        exp_golomb(bits, value)
    bits.u(1, 0)
    for value in (0, 0):  # 8 bits
        exp_golomb(bits, value)
    bits.u(2, 0)
    for value in (0, 2, 0):  # frame_num, order of pictures, reference frames
        exp_golomb(bits, value)
    blocks = [-(-side // 16) for side in size]
    bits.u(1, 0)
    for count in blocks:
        exp_golomb(bits, count - 1)
    bits.u(3, 0b111)  # cropped
    for offset in (0, 16 * blocks[0] - size.width, 0, 16 * blocks[1] - size.height):
        exp_golomb(bits, offset)
    return b"\0\0\1" + nal_unit(bits)


def _jpeg2000(size: Size) -> bytes:
    sides = b"".join(side.to_bytes(4, "big") for side in (*size, 0, 0))
    return b"\xff\x4f\xff\x51\0\x29\0\0" + sides


_HEADERS = {
    "jpeg": _jpeg, "webp": _webp, "av1": _av1, "jxl": _jxl, "hevc": _hevc, "vvc": _vvc, "avc": _avc, "jpeg2000": _jpeg2000,
}  # fmt: skip
KINDS = tuple(_HEADERS)
