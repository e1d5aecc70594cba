"""Clause 11.1: the sizes that a codestream states in its headers."""

from __future__ import annotations

from collections.abc import Iterator

Sides = tuple[int, int]  # width and height
HIGH_PROFILES = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)  # of AVC
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))


class HeaderEnds(Exception):
    """A header ends before its size does."""


class Digits:
    """The bits of a header as a string of binary digits."""

    def __init__(self, digits: str) -> None:
        self.digits, self.place = digits, 0

    def u(self, n: int = 1) -> int:
        """The next n bits as a number, the first the most significant."""
        if self.place + n > len(self.digits):
            raise HeaderEnds
        self.place += n
        return int("0" + self.digits[self.place - n : self.place], 2)

    def reversed_u(self, n: int = 1) -> int:
        """The next n bits as a number, the first the least significant."""
        if self.place + n > len(self.digits):
            raise HeaderEnds
        self.place += n
        return int(self.digits[self.place - n : self.place][::-1], 2)

    def ue(self) -> int:
        """A number in the code ue(v)."""
        zeros = 0
        while self.u() == 0:
            zeros += 1
            if zeros == 32:
                raise HeaderEnds
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A number in the code se(v)."""
        number = self.ue()
        return -(number // 2) if number % 2 == 0 else number // 2 + 1

    def align(self) -> None:
        """Pass over the bits up to the next whole byte."""
        self.u(-self.place % 8)


def stated_sizes(format_name: str, data: bytes) -> list[Sides]:
    """All sizes that a codestream states; none without a header. Raises `HeaderEnds`."""
    if format_name == "jpeg":
        return jpeg(data)
    if format_name == "webp":
        return [webp(data)]
    if format_name == "av1":
        return [av1(Digits(binary(header))) for header in sequence_headers(data)]
    if format_name == "jxl":
        return [jxl(Digits("".join(f"{byte:08b}"[::-1] for byte in data[2:])))]
    if format_name == "avc":
        return [avc(Digits(binary(unescaped(unit)))) for unit in nal_units(data) if unit and unit[0] % 32 == 7]
    if format_name == "jpeg2000":
        return [jpeg2000(data[4:])]
    return [parameter_set(format_name, unit) for unit in nal_units(data) if is_parameter_set(format_name, unit)]


def binary(data: bytes) -> str:
    """The bits of bytes, most significant first."""
    return "".join(f"{byte:08b}" for byte in data)


def jpeg(data: bytes) -> list[Sides]:
    """The size in the first frame header, if there is one."""
    position = 2
    while position + 1 < len(data) and data[position] == 0xFF:
        if data[position + 1] == 0xFF:
            position += 1
            continue
        marker, segment = data[position + 1], data[position + 2 :]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            if len(segment) < 7:
                return []
            return [(int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[3:5], "big"))]
        if len(segment) < 2:
            return []
        position += 2 + max(int.from_bytes(segment[:2], "big"), 2)
    return []


def webp(data: bytes) -> Sides:
    """The size in the first bytes of VP8 or VP8L."""
    if data[0] == 0x2F:
        number = int.from_bytes(data[1:5], "little")
        return (number & 0x3FFF) + 1, (number >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF


def sequence_headers(data: bytes) -> Iterator[bytes]:
    """The OBUs of type 1, without their headers."""
    while data and data[0] >> 1 & 1:
        kind, has_extension = data[0] >> 3 & 15, data[0] >> 2 & 1
        data = data[1 + has_extension :]
        length = 0
        for index in range(8):
            if index >= len(data):
                return
            length += (data[index] & 127) << 7 * index
            if data[index] < 128:
                break
        else:
            return
        data = data[index + 1 :]
        if length > len(data):
            return
        if kind == 1:
            yield data[:length]
        data = data[length:]


def av1(bits: Digits) -> Sides:
    """The size in a sequence header of AV1."""
    bits.u(4)
    if bits.u():
        bits.u(5)
    else:
        operating_points(bits)
    lengths = bits.u(4) + 1, bits.u(4) + 1
    return bits.u(lengths[0]) + 1, bits.u(lengths[1]) + 1


def operating_points(bits: Digits) -> None:
    """Timing and operating points of a sequence header of AV1."""
    model_bits = None
    if bits.u():  # timing_info_present_flag
        bits.u(64)
        if bits.u():
            bits.ue()
        if bits.u():  # decoder_model_info_present_flag
            model_bits = 2 * (bits.u(5) + 1) + 1
            bits.u(42)
    initial_display_delay_present = bits.u()
    for _ in range(bits.u(5) + 1):
        bits.u(12)
        if bits.u(5) > 7:
            bits.u()
        if model_bits is not None and bits.u():
            bits.u(model_bits)
        if initial_display_delay_present and bits.u():
            bits.u(4)


def jxl(bits: Digits) -> Sides:
    """The size of JPEG XL, turned as its orientation says."""
    small = bits.reversed_u()

    def side() -> int:
        if small:
            return 8 * (bits.reversed_u(5) + 1)
        return bits.reversed_u((9, 13, 18, 30)[bits.reversed_u(2)]) + 1

    height = side()
    ratio = bits.reversed_u(3)
    if ratio:
        across, down = RATIOS[ratio - 1]
        width = height * across // down
    else:
        width = side()
    all_default = bits.reversed_u()
    is_turned = not all_default and bits.reversed_u() and bits.reversed_u(3) >= 4
    return (height, width) if is_turned else (width, height)


def nal_units(data: bytes) -> list[bytes]:
    """What follows each start code."""
    return data.split(b"\0\0\1")[1:]


def is_parameter_set(format_name: str, unit: bytes) -> bool:
    """Whether a NAL unit is a sequence parameter set of layer 0."""
    if len(unit) < 2:
        return False
    header = binary(unit[:2])
    kind, layer = (header[1:7], header[7:13]) if format_name == "hevc" else (header[8:13], header[2:8])
    return int(kind, 2) == {"hevc": 33, "vvc": 15}[format_name] and int(layer, 2) == 0


def unescaped(unit: bytes) -> bytes:
    """A NAL unit without each byte 03 that follows two bytes 00."""
    content = bytearray()
    zeros = 0  # just before this byte
    for byte in unit:
        if byte == 3 and zeros >= 2:
            zeros = 0
            continue
        zeros = zeros + 1 if byte == 0 else 0
        content.append(byte)
    return bytes(content)


def jpeg2000(segment: bytes) -> Sides:
    """The size in the marker segment SIZ, without its marker."""
    if len(segment) < 20:
        raise HeaderEnds
    right, bottom, left, top = (int.from_bytes(segment[place : place + 4], "big") for place in (4, 8, 12, 16))
    return right - left, bottom - top


def avc(bits: Digits) -> Sides:
    """The size in a sequence parameter set of AVC."""
    bits.u(8)
    profile = bits.u(8)
    bits.u(16)
    bits.ue()
    chroma = avc_high(bits) if profile in HIGH_PROFILES else 1
    bits.ue()
    order = bits.ue()
    if order == 0:
        bits.ue()
    if order == 1:
        bits.u()
        bits.se()
        bits.se()
        offsets = bits.ue()
        if offsets > 255:
            raise HeaderEnds
        for _ in range(offsets):
            bits.se()
    bits.ue()
    bits.u()
    width, height = 16 * (bits.ue() + 1), 16 * (bits.ue() + 1)
    is_frame = bits.u()
    if not is_frame:
        bits.u()
    bits.u()
    if bits.u():  # frame_cropping_flag
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    return width, height if is_frame else 2 * height


def avc_high(bits: Digits) -> int:
    """The fields of AVC's high profiles; returns chroma_format_idc."""
    chroma = bits.ue()
    if chroma == 3:
        bits.u()
    bits.ue()
    bits.ue()
    bits.u()
    if bits.u():  # seq_scaling_matrix_present_flag
        for length in [16] * 6 + [64] * (6 if chroma == 3 else 2):
            if bits.u():
                scaling_list(bits, length)
    return chroma


def scaling_list(bits: Digits, length: int) -> None:
    """Pass over a scaling list of AVC."""
    number = 8
    while length and number:
        number = (number + bits.se()) % 256
        length -= 1


def parameter_set(format_name: str, unit: bytes) -> Sides:
    """The size in a sequence parameter set of HEVC or VVC."""
    bits = Digits(binary(unescaped(unit)))
    chroma = hevc_start(bits) if format_name == "hevc" else vvc_start(bits)
    width, height = bits.ue(), bits.ue()
    if bits.u():  # conformance_window_flag
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (2 if chroma in (1, 2) else 1) * (left + right)
        height -= (2 if chroma == 1 else 1) * (top + bottom)
    return width, height


def hevc_start(bits: Digits) -> int:
    """Pass over the fields of HEVC before the width; returns chroma_format_idc."""
    bits.u(16 + 4)
    sub_layers = bits.u(3)
    bits.u(1 + 96)
    if sub_layers:
        flags = f"{bits.u(16):016b}"
        bits.u(88 * flags[0::2].count("1"))
        bits.u(8 * flags[1::2].count("1"))
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.u()
    return chroma


def vvc_start(bits: Digits) -> int:
    """Pass over the fields of VVC before the width; returns chroma_format_idc."""
    bits.u(16 + 8)
    sublayers, chroma = bits.u(3), bits.u(2)
    bits.u(2)
    if bits.u():  # sps_ptl_dpb_hrd_params_present_flag
        bits.u(18)
        if bits.u():  # gci_present_flag
            bits.u(71)
            bits.u(bits.u(8))
        bits.align()
        levels = bits.u(sublayers).bit_count()
        bits.align()
        bits.u(8 * levels)
        bits.u(32 * bits.u(8))
    bits.u()
    if bits.u():  # sps_ref_pic_resampling_enabled_flag
        bits.u()
    return chroma
