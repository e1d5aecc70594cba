"""Headers of codestreams with every field that stands before a size (clause 11.1), bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from misc_format.components import Size
from misc_format.testing.codestream_headers import header

START = b"\0\0\1"
TEMPORAL_DELIMITER = b"\x12\0"
USUAL = Size(96, 64)
HEVC_UNIT, VVC_UNIT = f"{33:07b}" + f"{1:09b}", f"{15:013b}" + "001"  # headers of parameter sets of layer 0


class Made(NamedTuple):
    """A codestream that states a size."""

    name: str
    format: str
    data: bytes
    size: Size = USUAL


def made() -> Iterator[Made]:
    """Headers of AV1, JPEG XL, HEVC, VVC, AVC and JPEG 2000."""
    for name, sides, bits in _jxl():
        yield Made(f"jxl-{name}", "jxl", b"\xff\x0a" + _bytes(bits, is_reversed=True), sides)
    for name, bits in _av1():
        yield Made(f"av1-{name}", "av1", TEMPORAL_DELIMITER + obu(_bytes(bits)))
    for name, bits in _hevc():
        yield Made(f"hevc-{name}", "hevc", START + _escaped(_bytes(HEVC_UNIT + bits)))
    for name, bits in _vvc():
        yield Made(f"vvc-{name}", "vvc", START + _escaped(_bytes(VVC_UNIT + bits)))
    for name, profile, bits in _avc():
        yield Made(f"avc-{name}", "avc", START + _escaped(_bytes(u(8, 0x67) + u(8, profile) + u(16) + ue(0) + bits)))
    for name, left, top in (("no-offset", 0, 0), ("offset", 2**31, 2**24 + 7)):
        yield Made(f"jpeg2000-{name}", "jpeg2000", _siz(96 + left, 64 + top, left, top))


def u(n: int, value: int = 0) -> str:
    """A value in n bits."""
    return f"{value:0{n}b}" if n else ""


def ue(value: int) -> str:
    """A value in ue(v)."""
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def obu(payload: bytes, kind: int = 1, extension: bytes = b"") -> bytes:
    """An OBU of at most 127 bytes, with its size."""
    return bytes((kind << 3 | bool(extension) << 2 | 2,)) + extension + bytes((len(payload),)) + payload


def _bytes(bits: str, *, is_reversed: bool = False) -> bytes:
    """Bits as bytes. `is_reversed`: the first bit is the least significant."""
    pieces = (bits[place : place + 8].ljust(8, "0") for place in range(0, len(bits), 8))
    return bytes(int(piece[::-1] if is_reversed else piece, 2) for piece in pieces)


def _escaped(unit: bytes) -> bytes:
    """With a byte 3 wherever a NAL unit needs it, and an end that no start code can follow in part."""
    content = bytearray()
    for byte in unit + b"\x80":
        if byte <= 3 and content[-2:] == b"\0\0":
            content.append(3)
        content.append(byte)
    return bytes(content)


def _first_low(n: int, value: int) -> str:
    return u(n, value)[::-1]


def _jxl() -> Iterator[tuple[str, Size, str]]:
    default = "1"
    small = "1" + _first_low(5, 7)  # 64 rows
    yield "small", USUAL, small + "000" + _first_low(5, 11) + default
    for number, length in enumerate((9, 13, 18, 30)):
        sides = [_first_low(2, number) + _first_low(length, side - 1) for side in (64, 96)]
        yield f"{length}-bits", USUAL, "0" + sides[0] + "000" + sides[1] + default
    for ratio, width in enumerate((64, 76, 85, 96, 113, 80, 128), 1):
        yield f"ratio-{ratio}", Size(width, 64), small + _first_low(3, ratio) + default
    no_default = small + _first_low(3, 4) + "0"
    yield "no-extra-fields", USUAL, no_default + "0"
    for orientation in range(8):
        turned = orientation >= 4
        yield (
            f"orientation-{orientation + 1}",
            USUAL[::-1] if turned else USUAL,
            no_default + "1" + _first_low(3, orientation),
        )  # type: ignore[misc]


def _av1() -> Iterator[tuple[str, str]]:
    sizes = u(4, 6) + u(4, 5) + u(7, 95) + u(6, 63)
    yield "reduced-header", u(3) + "1" + "1" + u(5, 4) + sizes
    full = u(3, 1) + "0" + "0"
    yield "no-timing", full + "0" + "0" + u(5) + u(12) + u(5, 7) + sizes
    points = u(12, 1) + u(5, 8) + "1" + u(12) + u(5, 7)
    yield "two-operating-points", full + "0" + "0" + u(5, 1) + points + sizes
    delays = u(12, 1) + u(5, 31) + "0" + "1" + u(4, 9) + u(12) + u(5) + "0"
    yield "display-delays", full + "0" + "1" + u(5, 1) + delays + sizes
    timing = full + "1" + u(32, 1) + u(32, 4)
    yield "timing", timing + "0" + "0" + "0" + u(5) + u(12) + u(5) + sizes
    model = timing + "1" + ue(200) + "1" + u(5, 9) + u(32, 1) + u(10, 99)
    points = u(12) + u(5) + "1" + u(21, 5) + "1" + u(4) + u(12) + u(5) + "0" + "0"
    yield "decoder-model", model + "1" + u(5, 1) + points + sizes


def _hevc() -> Iterator[tuple[str, str]]:
    start = u(4) + u(3) + "1" + u(96, 1 << 90)
    for chroma, right, bottom in ((0, 4, 8), (1, 2, 4), (2, 2, 8), (3, 4, 8)):
        plane = "1" if chroma == 3 else ""
        window = "1" + ue(0) + ue(right) + ue(1) + ue(bottom - 1)
        yield f"chroma-{chroma}", start + ue(0) + ue(chroma) + plane + ue(100) + ue(72) + window
    flags = "11" + "10" + "01" + u(10)
    sub_layers = u(4) + u(3, 3) + "1" + u(96) + flags + u(2 * 88 + 2 * 8, 1)
    yield "sub-layers", sub_layers + ue(15) + ue(1) + ue(96) + ue(64) + "0"


def _vvc() -> Iterator[tuple[str, str]]:
    for chroma, right, bottom in ((0, 4, 8), (1, 2, 4), (2, 2, 8), (3, 4, 8)):
        window = "1" + ue(0) + ue(right) + ue(1) + ue(bottom - 1)
        yield f"chroma-{chroma}", u(8) + u(3) + u(2, chroma) + u(2) + "0" + "00" + ue(100) + ue(72) + window
    sizes = "1" + "11" + ue(96) + ue(64) + "0"
    levels = u(8) + u(3, 3) + u(2, 1) + u(2) + "1" + u(18, 1) + "0" + u(5) + "101" + u(5) + u(16, 80)
    yield "sublayers", levels + u(8, 1) + u(32, 7) + sizes
    constraints = u(8) + u(3) + u(2, 1) + u(2) + "1" + u(18, 1) + "1" + u(71, 1) + u(8, 3) + "101"
    yield "constraints", constraints + u(-(len(VVC_UNIT + constraints)) % 8) + u(8) + sizes


def se(value: int) -> str:
    """A value in se(v)."""
    return ue(2 * value - 1 if value > 0 else -2 * value)


def _siz(*numbers: int) -> bytes:
    return b"\xff\x4f\xff\x51\0\x29\0\0" + b"".join(number.to_bytes(4, "big") for number in numbers)


def _avc_cycle(count: int) -> str:
    """An order of pictures by offsets that repeat, of which there are `count`."""
    offsets = "".join(se(index % 5 - 2) for index in range(count))
    return ue(0) + ue(1) + "1" + se(-3) + se(4) + ue(count) + offsets


def _avc() -> Iterator[tuple[str, int, str]]:
    """Name, profile_idc, and the bits behind seq_parameter_set_id."""
    start = ue(0) + ue(2) + ue(0) + "0"  # frame_num, pictures in order, no reference frame
    plain = ue(5) + ue(3) + "11" + "0"
    yield "main", 77, start + plain
    cropped = ue(6) + ue(4) + "11" + "1"  # of 112 x 80
    yield "main-cropped", 77, start + cropped + ue(1) + ue(7) + ue(3) + ue(5)
    for chroma, right, bottom in ((0, 16, 16), (1, 8, 8), (2, 8, 16), (3, 16, 16)):
        high = ue(chroma) + ("1" if chroma == 3 else "") + ue(2) + ue(1) + "0" + "0"
        yield f"chroma-{chroma}", 244, high + start + cropped + ue(0) + ue(right) + ue(1) + ue(bottom - 1)
    for chroma, right, bottom in ((0, 16, 8), (1, 8, 4), (2, 8, 8)):
        fields = ue(6) + ue(2) + "0" + "1" + "1" + "1"  # map units of 32 rows: 112 x 96
        high = ue(chroma) + ue(0) + ue(0) + "0" + "0"
        yield f"fields-{chroma}", 122, high + start + fields + ue(0) + ue(right) + ue(0) + ue(bottom * 2)
    for profile in (44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244):
        yield f"profile-{profile}", profile, ue(1) + ue(0) + ue(0) + "0" + "0" + start + plain
    yield "order-0", 66, ue(5) + ue(0) + ue(12) + ue(1) + "1" + plain
    for count in (0, 3, 255):
        yield f"order-1-{count}", 66, _avc_cycle(count) + ue(1) + "0" + plain
    flat, short = "1" + se(8) + se(0) * 15, "1" + se(-8)
    down, up = "1" + se(-9) + se(0) * 3 + se(1), "1" + se(127) + se(121)  # from 8 to 255, then to 0; from 135 to 0
    lists = flat + "0" + short + down + up + "1" + se(-4) + se(-4) + "0" + "1" + se(1) * 64
    yield "scaling-lists", 100, ue(1) + ue(0) + ue(0) + "0" + "1" + lists + start + plain
    yield "scaling-lists-444", 244, ue(3) + "0" + ue(0) + ue(0) + "0" + "1" + lists + "0" * 3 + short + start + plain


def no_size() -> Iterator[tuple[str, str, bytes]]:
    """Name, format and bytes of codestreams whose first bytes are right, but that state no size."""
    by_name = {one.name: one.data for one in made()}
    for name, kept in (("jxl-small", 3), ("av1-reduced-header", 6), ("hevc-chroma-1", 24), ("vvc-chroma-1", 9)):
        data = by_name[name][:kept]
        if name.startswith("av1"):
            data = data[:3] + bytes((len(data) - 4,)) + data[4:]
        yield f"{name.partition('-')[0]}-header-cut", name.partition("-")[0], data
    yield "jxl-no-header", "jxl", b"\xff\x0a"
    yield "hevc-no-header", "hevc", START + b"\x40\x01\x0c"
    yield "hevc-other-layer", "hevc", START + b"\x42\x09" + by_name["hevc-chroma-1"][5:]
    yield "vvc-no-header", "vvc", START + b"\x00\x81\x00"
    yield "vvc-other-layer", "vvc", START + b"\x01\x79" + by_name["vvc-chroma-1"][5:]
    yield (
        "vvc-long-code",
        "vvc",
        START + _escaped(_bytes(VVC_UNIT + u(8) + u(3) + u(2) + u(2) + "000" + u(32) + "1" * 80)),
    )
    yield "avc-no-header", "avc", START + b"\x68\xee\x3c"
    yield "avc-header-cut", "avc", by_name["avc-main"][:9]
    yield "avc-header-empty", "avc", START + b"\x68\xee" + START + b"\x67"
    longer = u(8, 0x67) + u(8, 66) + u(16) + ue(0) + _avc_cycle(256) + ue(1) + "0" + ue(5) + ue(3) + "11" + "0"
    yield "avc-offsets-256", "avc", START + _escaped(_bytes(longer))
    yield "avc-subset", "avc", START + b"\x6f" + by_name["avc-main"][4:]
    yield "jpeg2000-header-cut", "jpeg2000", by_name["jpeg2000-offset"][:-1]
    yield "jpeg2000-no-header", "jpeg2000", b"\xff\x4f\xff\x51"
    yield "av1-header-too-long", "av1", TEMPORAL_DELIMITER + b"\x0a\x7f" + by_name["av1-reduced-header"][4:]


def passed_over() -> Iterator[Made]:
    """Codestreams in which something else than a header follows."""
    by_name = {one.name: one.data for one in made()}
    av1, hevc, vvc = by_name["av1-reduced-header"], by_name["hevc-chroma-1"], by_name["vvc-chroma-1"]
    wrong = obu(av1[4:5] + b"\0" * 6)
    for name, rest in (
        ("other-kind", obu(b"\0\0", kind=5)),
        ("no-size", b"\x08" + wrong),
        ("too-long", b"\x32\x7f" + wrong),
        ("length-cut", b"\x32\x80"),
        ("length-of-nine-bytes", b"\x32" + b"\x80" * 8 + b"\0" + wrong),
        ("extension", obu(av1[4:], extension=b"\x20")),
    ):
        yield Made(f"av1-{name}", "av1", av1 + rest)
    for kind, data, other in (("hevc", hevc, b"\x42\x09"), ("vvc", vvc, b"\x01\x79")):
        yield Made(f"{kind}-other-layer", kind, data + START + other + bytes((255,) * 9))
        yield Made(f"{kind}-other-unit", kind, data + START + b"\x81\x81" + START + b"\x42" + START)
        yield Made(f"{kind}-twice", kind, data + b"\0" + data)
    avc = by_name["avc-main"]
    yield Made("avc-other-unit", "avc", avc + START + b"\x68\x81" + START)
    yield Made("avc-subset-unit", "avc", avc + START + b"\x6f" + bytes((255,) * 9))
    yield Made("avc-twice", "avc", avc + b"\0" + START + b"\x07" + avc[4:])


def other_size() -> Iterator[tuple[str, str, bytes]]:
    """Name, format and bytes of codestreams that state another size than 96 x 64, in their first header or in a later one."""
    for kind in ("av1", "jxl", "hevc", "vvc", "avc", "jpeg2000"):
        other = header(kind, Size(96, 65))
        yield f"{kind}-size", kind, other
        if kind not in ("jxl", "jpeg2000"):
            yield f"{kind}-second-size", kind, header(kind, USUAL) + other[2 if kind == "av1" else 0 :]
    yield "jxl-coded-size", "jxl", header("jxl", Size(96, 66))
    yield "jpeg2000-coded-size", "jpeg2000", header("jpeg2000", Size(96, 66))
    yield "jpeg2000-negative-size", "jpeg2000", _siz(96, 64, 192, 128)
