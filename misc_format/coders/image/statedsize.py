"""The size that a codestream states in its headers (clause 11.2). No sample is decoded.

A header is declared as rows, up to the last field that the size depends on. The rows are parsed here and printed in the specification.
The bits, the condition and the repetitions of a row are expressions over the fields before it. A field that is absent counts as 0.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from misc_format.coders.image import nalunits
from misc_format.components import Size
from misc_format.errors import TruncatedError
from misc_format.structure.bits import BitReader

Values = dict[str, int]
JPEG2000_START = b"\xff\x4f\xff\x51"  # SOC, SIZ
MAX_REPETITIONS = 255  # of a group: offset_for_ref_frame of AVC
MAX_EXP_GOLOMB_ZEROS = 31  # of ue(v): a value of at most 32 bits


class Row(NamedTuple):
    """A field of a header, or a group of fields.

    `descriptor`: u, ue(v), se(v), uvlc, U32, scaling_list, or align, which skips to the next whole byte. `bits`: of a u; the numbers of a
    scaling_list. `when`: the condition. `times`: how often the rows of `group` are read.
    """

    name: str
    descriptor: str = "u"
    bits: str = "1"
    when: str = ""
    group: tuple[Row, ...] = ()
    times: str = "1"


def _u(name: str, bits: int | str = 1, when: str = "") -> Row:
    return Row(name, bits=str(bits), when=when)


def _ue(name: str, when: str = "") -> Row:
    return Row(name, "ue(v)", when=when)


def _se(name: str, when: str = "") -> Row:
    return Row(name, "se(v)", when=when)


def _scaling_lists(count: str, numbers: int) -> Row:
    present = f"scaling_list_{numbers}_present_flag"
    lists = (_u(present), Row(f"scaling_list_{numbers}", "scaling_list", str(numbers), present))
    return Row(f"scaling_lists_{numbers}", times=count, group=lists)


_SIZE_AND_WINDOW = (
    _ue("width"),
    _ue("height"),
    _u("conformance_window_flag"),
    *(_ue(f"window_{side}_offset", "conformance_window_flag") for side in ("left", "right", "top", "bottom")),
)
HEVC_SPS = (
    _u("nal_unit_header", 16),
    _u("sps_video_parameter_set_id", 4),
    _u("sps_max_sub_layers_minus1", 3),
    _u("sps_temporal_id_nesting_flag"),
    _u("general_profile_tier_level", 96),
    _u("sub_layer_flags", 16, when="sps_max_sub_layers_minus1 > 0"),
    _u("sub_layer_profiles", "88 * ones( sub_layer_flags & 43690 )"),
    _u("sub_layer_levels", "8 * ones( sub_layer_flags & 21845 )"),
    _ue("sps_seq_parameter_set_id"),
    _ue("chroma_format_idc"),
    _u("separate_colour_plane_flag", when="chroma_format_idc == 3"),
    *_SIZE_AND_WINDOW,
)
VVC_SPS = (
    _u("nal_unit_header", 16),
    _u("sps_seq_parameter_set_id", 4),
    _u("sps_video_parameter_set_id", 4),
    _u("sps_max_sublayers_minus1", 3),
    _u("chroma_format_idc", 2),
    _u("sps_log2_ctu_size_minus5", 2),
    _u("sps_ptl_dpb_hrd_params_present_flag"),
    Row(
        "profile_tier_level",
        when="sps_ptl_dpb_hrd_params_present_flag",
        group=(
            _u("general_profile_tier_level", 18),
            _u("gci_present_flag"),
            _u("general_constraints", 71, when="gci_present_flag"),
            _u("gci_num_additional_bits", 8, when="gci_present_flag"),
            _u("gci_additional_bits", "gci_num_additional_bits"),
            Row("gci_alignment", "align"),
            _u("sublayer_level_present_flags", "sps_max_sublayers_minus1"),
            Row("ptl_alignment", "align"),
            _u("sublayer_levels", "8 * ones( sublayer_level_present_flags )"),
            _u("ptl_num_sub_profiles", 8),
            _u("general_sub_profiles", "32 * ptl_num_sub_profiles"),
        ),
    ),
    _u("sps_gdr_enabled_flag"),
    _u("sps_ref_pic_resampling_enabled_flag"),
    _u("sps_res_change_in_clvs_allowed_flag", when="sps_ref_pic_resampling_enabled_flag"),
    *_SIZE_AND_WINDOW,
)
AVC_SPS = (
    _u("nal_unit_header", 8),
    _u("profile_idc", 8),
    _u("constraint_set_flags", 8),
    _u("level_idc", 8),
    _ue("seq_parameter_set_id"),
    Row(
        "high_profiles",
        when="profile_idc in ( 44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244 )",
        group=(
            _ue("chroma_format_idc"),
            _u("separate_colour_plane_flag", when="chroma_format_idc == 3"),
            _ue("bit_depth_luma_minus8"),
            _ue("bit_depth_chroma_minus8"),
            _u("qpprime_y_zero_transform_bypass_flag"),
            _u("seq_scaling_matrix_present_flag"),
            _scaling_lists("6 * seq_scaling_matrix_present_flag", 16),
            _scaling_lists("( 2 + 4 * ( chroma_format_idc == 3 ) ) * seq_scaling_matrix_present_flag", 64),
        ),
    ),
    _ue("log2_max_frame_num_minus4"),
    _ue("pic_order_cnt_type"),
    _ue("log2_max_pic_order_cnt_lsb_minus4", "pic_order_cnt_type == 0"),
    Row(
        "pic_order_cnt_cycle",
        when="pic_order_cnt_type == 1",
        group=(
            _u("delta_pic_order_always_zero_flag"),
            _se("offset_for_non_ref_pic"),
            _se("offset_for_top_to_bottom_field"),
            _ue("num_ref_frames_in_pic_order_cnt_cycle"),
            Row("cycle", times="num_ref_frames_in_pic_order_cnt_cycle", group=(_se("offset_for_ref_frame"),)),
        ),
    ),
    _ue("max_num_ref_frames"),
    _u("gaps_in_frame_num_value_allowed_flag"),
    _ue("pic_width_in_mbs_minus1"),
    _ue("pic_height_in_map_units_minus1"),
    _u("frame_mbs_only_flag"),
    _u("mb_adaptive_frame_field_flag", when="frame_mbs_only_flag == 0"),
    _u("direct_8x8_inference_flag"),
    _u("frame_cropping_flag"),
    *(_ue(f"window_{side}_offset", "frame_cropping_flag") for side in ("left", "right", "top", "bottom")),
)
JPEG2000_SIZ = (
    _u("Lsiz", 16),
    _u("Rsiz", 16),
    *(_u(name, 32) for name in ("Xsiz", "Ysiz", "XOsiz", "YOsiz")),
)
AV1_SEQUENCE_HEADER = (
    _u("seq_profile", 3),
    _u("still_picture"),
    _u("reduced_still_picture_header"),
    _u("seq_level_idx", 5, when="reduced_still_picture_header"),
    Row(
        "timing_and_operating_points",
        when="reduced_still_picture_header == 0",
        group=(
            _u("timing_info_present_flag"),
            _u("num_units_in_display_tick", 32, when="timing_info_present_flag"),
            _u("time_scale", 32, when="timing_info_present_flag"),
            _u("equal_picture_interval", when="timing_info_present_flag"),
            Row("num_ticks_per_picture_minus_1", "uvlc", when="equal_picture_interval"),
            _u("decoder_model_info_present_flag", when="timing_info_present_flag"),
            _u("buffer_delay_length_minus_1", 5, when="decoder_model_info_present_flag"),
            _u("num_units_in_decoding_tick", 32, when="decoder_model_info_present_flag"),
            _u("buffer_removal_and_presentation_lengths", 10, when="decoder_model_info_present_flag"),
            _u("initial_display_delay_present_flag"),
            _u("operating_points_cnt_minus_1", 5),
            Row(
                "operating_point",
                times="operating_points_cnt_minus_1 + 1",
                group=(
                    _u("operating_point_idc", 12),
                    _u("seq_level_idx", 5),
                    _u("seq_tier", when="seq_level_idx > 7"),
                    _u("has_decoder_model", "decoder_model_info_present_flag"),
                    _u("operating_parameters", "has_decoder_model * ( 2 * buffer_delay_length_minus_1 + 3 )"),
                    _u("has_initial_display_delay", "initial_display_delay_present_flag"),
                    _u("initial_display_delay_minus_1", "4 * has_initial_display_delay"),
                ),
            ),
        ),
    ),
    _u("frame_width_bits_minus_1", 4),
    _u("frame_height_bits_minus_1", 4),
    _u("width_minus_1", "frame_width_bits_minus_1 + 1"),
    _u("height_minus_1", "frame_height_bits_minus_1 + 1"),
)


JXL_SIZE_HEADER = (
    _u("small"),
    _u("height_div8_minus_1", 5, when="small"),
    Row("height_minus_1", "U32", when="small == 0"),
    _u("ratio", 3),
    _u("width_div8_minus_1", 5, when="small and ratio == 0"),
    Row("width_minus_1", "U32", when="small == 0 and ratio == 0"),
    _u("all_default"),
    _u("extra_fields", when="all_default == 0"),
    _u("orientation_minus_1", 3, when="extra_fields"),
)
JXL_CLASSES = (9, 13, 18, 30)  # bits of a side
JXL_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))  # ratio 1 to 7: width to height


class LittleEndianReader(BitReader):
    """Reads fields of JPEG XL: the least significant bit of each byte first."""

    __slots__ = ()

    def u(self, n: int) -> int:
        """The next `n` bits as an unsigned number, the first bit the least significant."""
        start, self.position = self.position, self.position + n
        if self.position > self.end:
            self.fail("MISC-CON-007", f"{n} bits are needed and {self.end - start} are left")
        number = int.from_bytes(self.data[start >> 3 : (self.position + 7) >> 3], "little")
        return number >> (start & 7) & ((1 << n) - 1)


def parse(rows: tuple[Row, ...], reader: BitReader) -> Values | None:
    """The fields of a header by name, of repeated ones the last; None if the header ends too early or is not one."""
    values: Values = {}
    try:
        _parse(rows, reader, values)
    except (TruncatedError, _InvalidError):
        return None
    return values


def _parse(rows: tuple[Row, ...], reader: BitReader, values: Values) -> None:
    for row in rows:
        if row.when and not value_of(row.when, values):
            values.pop(row.name, None)  # of an earlier repetition
        elif row.group:
            times = value_of(row.times, values)
            if times > MAX_REPETITIONS:
                raise _InvalidError
            for _ in range(times):
                _parse(row.group, reader, values)
        else:
            values[row.name] = _READ[row.descriptor](reader, row, values)


class _InvalidError(Exception):
    """A field has no value that its descriptor allows."""


def _read_bits(reader: BitReader, row: Row, values: Values) -> int:
    return reader.u(value_of(row.bits, values))


def _read_exp_golomb(reader: BitReader, row: Row, values: Values) -> int:
    zeros = 0
    while not reader.u(1):
        zeros += 1
        if zeros > MAX_EXP_GOLOMB_ZEROS:
            raise _InvalidError
    return (1 << zeros) - 1 + reader.u(zeros)


def _read_signed(reader: BitReader, row: Row, values: Values) -> int:
    number = _read_exp_golomb(reader, row, values)
    return (number + 1) // 2 if number & 1 else -(number // 2)


def _pass_scaling_list(reader: BitReader, row: Row, values: Values) -> int:
    """Pass over the differences of a scaling list (H.264, 7.3.2.1.1.1); the list ends where the next number would be 0."""
    last = 8
    for _ in range(value_of(row.bits, values)):
        last = (last + _read_signed(reader, row, values)) & 255
        if not last:
            break
    return 0


def _read_class(reader: BitReader, row: Row, values: Values) -> int:
    return reader.u(JXL_CLASSES[reader.u(2)])


def _align(reader: BitReader, row: Row, values: Values) -> int:
    return reader.u(-reader.position % 8)


# uvlc of AV1 is ue(v) but for values above 32 bits, which no size is behind.
_READ: dict[str, Callable[[BitReader, Row, Values], int]] = {
    "u": _read_bits, "ue(v)": _read_exp_golomb, "se(v)": _read_signed, "uvlc": _read_exp_golomb, "U32": _read_class,
    "scaling_list": _pass_scaling_list, "align": _align,
}  # fmt: skip


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def value_of(expression: str, values: Values) -> int:
    return _evaluate(_parsed(expression), values)


_OPERATORS: dict[type[ast.AST], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Mult: operator.mul, ast.BitAnd: operator.and_, ast.Gt: operator.gt, ast.Eq: operator.eq,
    ast.And: lambda left, right: left and right,
}  # fmt: skip


def _evaluate(node: ast.expr, values: Values) -> int:
    """The value of an expression of the tables above."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.Name(id=name):
            return values.get(name, 0)
        case ast.Call(func=ast.Name(id="ones"), args=[argument]):
            return _evaluate(argument, values).bit_count()
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple(elts=numbers)]):
            return int(_evaluate(left, values) in [_evaluate(number, values) for number in numbers])
        case ast.BinOp(left=left, op=op, right=right):
            pass
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            pass
        case ast.BoolOp(op=op, values=[left, right]):
            pass
        case _:
            raise ValueError(f"{ast.unparse(node)} is not an expression of a header")
    return int(_OPERATORS[type(op)](_evaluate(left, values), _evaluate(right, values)))


def _cropped(values: Values | None) -> Size | None:
    """The size of HEVC and VVC: that of the samples less the conformance window, whose units are chroma samples."""
    if values is None:
        return None
    across = 2 if values["chroma_format_idc"] in (1, 2) else 1
    down = 2 if values["chroma_format_idc"] == 1 else 1
    columns = values.get("window_left_offset", 0) + values.get("window_right_offset", 0)
    lines = values.get("window_top_offset", 0) + values.get("window_bottom_offset", 0)
    return Size(values["width"] - across * columns, values["height"] - down * lines)


def _avc_size(values: Values | None) -> Size | None:
    """The size of AVC: that of its macroblocks less the cropping. A profile without `chroma_format_idc` is 4:2:0."""
    if values is None:
        return None
    lines = 2 - values["frame_mbs_only_flag"]  # a map unit of fields stands for two rows of macroblocks
    whole = {
        "width": 16 * (values["pic_width_in_mbs_minus1"] + 1),
        "height": 16 * (values["pic_height_in_map_units_minus1"] + 1),
    }
    size = _cropped({"chroma_format_idc": 1} | values | whole)
    return None if size is None else Size(size.width, lines * size.height)


def _nal_sizes(
    data: bytes,
    rows: tuple[Row, ...],
    is_parameter_set: Callable[[bytes], bool],
    size_of: Callable[[Values | None], Size | None] = _cropped,
) -> Iterator[Size | None]:
    """The size in each sequence parameter set of the base layer of a byte stream."""
    for unit in dict.fromkeys(data.split(b"\0\0\1")[1:]):
        if is_parameter_set(unit):
            yield size_of(parse(rows, BitReader(nalunits.content(unit))))


def avc_sizes(data: bytes) -> Iterator[Size | None]:
    """NAL units of type 7."""
    return _nal_sizes(data, AVC_SPS, lambda unit: len(unit) > 0 and unit[0] & 31 == 7, _avc_size)


def hevc_sizes(data: bytes) -> Iterator[Size | None]:
    """NAL units of type 33 with nuh_layer_id 0."""
    return _nal_sizes(
        data, HEVC_SPS, lambda unit: len(unit) > 1 and unit[0] >> 1 & 63 == 33 and not (unit[0] & 1 or unit[1] >> 3)
    )


def vvc_sizes(data: bytes) -> Iterator[Size | None]:
    """NAL units of type 15 with nuh_layer_id 0."""
    return _nal_sizes(data, VVC_SPS, lambda unit: len(unit) > 1 and unit[1] >> 3 == 15 and not unit[0] & 63)


def av1_sizes(data: bytes, position: int = 0) -> Iterator[Size | None]:
    """The size in each sequence header among the OBUs from `position` on, up to the first without a size or a whole content."""
    while position < len(data):
        head = data[position]
        if not head & 2:  # no size
            return
        position += 2 if head & 4 else 1  # with or without extension
        length, position = _leb128(data, position)
        if length is None or position + length > len(data):
            return
        if head >> 3 & 15 == 1:
            values = parse(AV1_SEQUENCE_HEADER, BitReader(data[position : position + length]))
            yield None if values is None else Size(values["width_minus_1"] + 1, values["height_minus_1"] + 1)
        position += length


def _leb128(data: bytes, position: int) -> tuple[int | None, int]:
    """A number of at most eight bytes, and the position behind it; None if it does not end."""
    value = 0
    for index, byte in enumerate(data[position : position + 8]):
        value |= (byte & 127) << 7 * index
        if byte < 128:
            return value, position + index + 1
    return None, position


def jxl_sizes(data: bytes) -> Iterator[Size | None]:
    """The size of the picture as it is shown: turned as the orientation says."""
    values = parse(JXL_SIZE_HEADER, LittleEndianReader(data, 16))
    if values is None:
        yield None
        return
    height = _jxl_length(values, "height")
    across, down = JXL_RATIOS[values["ratio"] - 1]
    width = height * across // down if values["ratio"] else _jxl_length(values, "width")
    yield Size(height, width) if values.get("orientation_minus_1", 0) >= 4 else Size(width, height)


def jpeg2000_sizes(data: bytes) -> Iterator[Size | None]:
    """The size of the image area in the marker segment SIZ, which comes first."""
    values = parse(JPEG2000_SIZ, BitReader(data, 8 * len(JPEG2000_START)))
    yield None if values is None else Size(values["Xsiz"] - values["XOsiz"], values["Ysiz"] - values["YOsiz"])


def _jxl_length(values: Values, name: str) -> int:
    return 8 * (values[f"{name}_div8_minus_1"] + 1) if values["small"] else values[f"{name}_minus_1"] + 1


#: The headers of the specification, by format.
HEADERS: dict[str, tuple[Row, ...]] = {
    "av1": AV1_SEQUENCE_HEADER, "jxl": JXL_SIZE_HEADER, "hevc": HEVC_SPS, "vvc": VVC_SPS, "avc": AVC_SPS, "jpeg2000": JPEG2000_SIZ,
}  # fmt: skip


def table(rows: tuple[Row, ...], depth: int = 0) -> list[tuple[str, str]]:
    """The rows as the specification prints them: lines of (text, descriptor). Conditions and loops have lines of their own."""
    lines: list[tuple[str, str]] = []
    condition = ""
    for row in rows:
        if row.when != condition:
            condition = row.when
            lines += [("  " * depth + f"if ( {condition} )", "")] if condition else []
        level = depth + bool(condition)
        if row.group:
            if row.times != "1":
                lines.append(("  " * level + f"repeat {row.times} times", ""))
                level += 1
            lines += table(row.group, level)
        else:
            counted = row.descriptor in ("u", "scaling_list")
            lines.append(("  " * level + row.name, f"{row.descriptor}({row.bits})" if counted else row.descriptor))
    return lines
