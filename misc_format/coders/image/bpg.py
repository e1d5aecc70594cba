"""BPG files (version 0.9.5): the HEVC codestream in one, with the parameter sets that the file leaves out (clause 11.5).

BPG stores the picture's NAL units without VPS and SPS. Its header has the few fields that pictures differ in; bpg_spec.txt, 3.2, gives
the others. A parameter set is declared as rows, like a header that is read, and written from values by name; absent ones are 0.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from misc_format.coders.image.codedsize import coded
from misc_format.coders.image.isobmff import refuse
from misc_format.coders.image.nalunits import exp_golomb, nal_unit
from misc_format.coders.image.statedsize import Row, Values, parse, value_of
from misc_format.components import Size
from misc_format.limits import MAX_SIDE
from misc_format.structure.bits import BitReader, BitWriter

MAGIC: Final = b"BPG\xfb"
START_CODE: Final = b"\0\0\0\1"
MAX_UE7_BYTES: Final = 5
MAX_BIT_DEPTH_MINUS_8: Final = 6
MAX_LOG2_BLOCK_MINUS3: Final = 3
SIDE_STEPS: Final = ((1, 1), (2, 2), (2, 1), (1, 1))  # by chroma_format_idc: the unit of a conformance window
MATRICES: Final = {0: 5, 1: 0, 2: 8, 3: 1, 4: 9}  # matrix_coeffs by BPG's colour space
RGB, FULL_CHROMA = 1, 3  # a colour space, and the one chroma_format_idc with which HEVC can state it
LEFT, CENTRE = 0, 1  # chroma_sample_loc_type


class PixelFormat(NamedTuple):
    """A pixel format of BPG: chroma_format_idc, and the place of chroma samples, None where HEVC has only one."""

    chroma: int
    place: int | None = None


#: By number. Format 2, 4:2:2 with chroma between two samples, is left out: HEVC cannot state it.
PIXEL_FORMATS: Final = {
    0: PixelFormat(0), 1: PixelFormat(1, CENTRE), 3: PixelFormat(3), 4: PixelFormat(1, LEFT), 5: PixelFormat(2),
}  # fmt: skip


def _rows(text: str, when: str = "") -> tuple[Row, ...]:
    """Rows of words: a name, and the bits of a u, or `ue` for a ue(v)."""
    words = text.split()
    return tuple(
        Row(name, "ue(v)", when=when) if bits == "ue" else Row(name, bits=bits, when=when)
        for name, bits in zip(words[::2], words[1::2], strict=True)
    )


_FILE_HEADER = _rows(
    "file_magic 32 pixel_format 3 alpha1_flag 1 bit_depth_minus_8 4 color_space 4 extension_present_flag 1 alpha2_flag 1 "
    "limited_range_flag 1 animation_flag 1"
)
_BLOCKS = _rows(
    "log2_min_luma_coding_block_size_minus3 ue log2_diff_max_min_luma_coding_block_size ue "
    "log2_min_transform_block_size_minus2 ue log2_diff_max_min_transform_block_size ue"
)
_DEPTH = _rows("max_transform_hierarchy_depth_intra ue")
_OFFSET = _rows("sample_adaptive_offset_enabled_flag 1 pcm_enabled_flag 1")
_PCM = _rows(
    "pcm_sample_bit_depth_luma_minus1 4 pcm_sample_bit_depth_chroma_minus1 4 log2_min_pcm_luma_coding_block_size_minus3 ue "
    "log2_diff_max_min_pcm_luma_coding_block_size ue pcm_loop_filter_disabled_flag 1",
    when="pcm_enabled_flag",
)
_SMOOTHING = _rows("strong_intra_smoothing_enabled_flag 1")
_EXTENSION = (
    *_rows("sps_extension_present_flag 1"),
    *_rows("sps_range_extension_flag 1 sps_extension_7bits 7", when="sps_extension_present_flag"),
    *_rows(
        "transform_skip_rotation_enabled_flag 1 transform_skip_context_enabled_flag 1 implicit_rdpcm_enabled_flag 1 "
        "explicit_rdpcm_enabled_flag 1 extended_precision_processing_flag 1 intra_smoothing_disabled_flag 1 "
        "high_precision_offsets_enabled_flag 1 persistent_rice_adaptation_enabled_flag 1 cabac_bypass_alignment_enabled_flag 1",
        when="sps_range_extension_flag",
    ),
)
HEVC_HEADER = (*_BLOCKS, *_DEPTH, *_OFFSET, *_PCM, *_SMOOTHING, *_EXTENSION)
_PROFILE = _rows(
    "general_profile_space 2 general_tier_flag 1 general_profile_idc 5 general_profile_compatibility_flags 32 "
    "general_progressive_source_flag 1 general_interlaced_source_flag 1 general_non_packed_constraint_flag 1 "
    "general_frame_only_constraint_flag 1 general_max_bits_and_chroma_constraint_flags 6 general_intra_constraint_flag 1 "
    "general_one_picture_only_constraint_flag 1 general_lower_bit_rate_constraint_flag 1 general_reserved_zero_35bits 35 "
    "general_level_idc 8"
)
_BUFFERS = _rows("max_dec_pic_buffering_minus1 ue max_num_reorder_pics ue max_latency_increase_plus1 ue")
VPS = (
    *_rows(
        "vps_nal_unit_header 16 vps_video_parameter_set_id 4 vps_base_layer_flags 2 vps_max_layers_minus1 6 "
        "vps_max_sub_layers_minus1 3 temporal_id_nesting_flag 1 vps_reserved_0xffff_16bits 16"
    ),
    *_PROFILE,
    *_rows("sub_layer_ordering_info_present_flag 1"),
    *_BUFFERS,
    *_rows("vps_max_layer_id 6 vps_num_layer_sets_minus1 ue vps_timing_info_present_flag 1 vps_extension_flag 1"),
)
SPS = (
    *_rows(
        "sps_nal_unit_header 16 sps_video_parameter_set_id 4 sps_max_sub_layers_minus1 3 temporal_id_nesting_flag 1"
    ),
    *_PROFILE,
    *_rows("sps_seq_parameter_set_id ue chroma_format_idc ue"),
    *_rows("separate_colour_plane_flag 1", when="chroma_format_idc == 3"),
    *_rows("width ue height ue conformance_window_flag 1"),
    *_rows(
        "window_left_offset ue window_right_offset ue window_top_offset ue window_bottom_offset ue",
        when="conformance_window_flag",
    ),
    *_rows(
        "bit_depth_minus_8 ue bit_depth_minus_8 ue log2_max_pic_order_cnt_lsb_minus4 ue "
        "sub_layer_ordering_info_present_flag 1"
    ),
    *_BUFFERS,
    *_BLOCKS,
    *_DEPTH,  # of inter, which BPG takes to be that of intra
    *_DEPTH,
    *_rows("scaling_list_enabled_flag 1 amp_enabled_flag 1"),
    *_OFFSET,
    *_PCM,
    *_rows("num_short_term_ref_pic_sets ue long_term_ref_pics_present_flag 1 sps_temporal_mvp_enabled_flag 1"),
    *_SMOOTHING,
    *_rows(
        "vui_parameters_present_flag 1 aspect_ratio_info_present_flag 1 overscan_info_present_flag 1 "
        "video_signal_type_present_flag 1 video_format 3 video_full_range_flag 1 colour_description_present_flag 1 "
        "colour_primaries 8 transfer_characteristics 8 matrix_coeffs 8 chroma_loc_info_present_flag 1"
    ),
    *_rows("chroma_sample_loc_type ue chroma_sample_loc_type ue", when="chroma_loc_info_present_flag"),
    *_rows(
        "neutral_chroma_indication_flag 1 field_seq_flag 1 frame_field_info_present_flag 1 default_display_window_flag 1 "
        "vui_timing_info_present_flag 1 bitstream_restriction_flag 1"
    ),
    *_EXTENSION,
)
#: What every parameter set has: profile Main 4:4:4 16 Still Picture at level 8.5, sRGB's primaries and transfer, and BPG's assumptions.
CONSTANTS: Final[Values] = {
    "vps_nal_unit_header": 32 << 9 | 1, "sps_nal_unit_header": 33 << 9 | 1, "vps_base_layer_flags": 3,
    "temporal_id_nesting_flag": 1, "vps_reserved_0xffff_16bits": 0xFFFF,
    "general_profile_idc": 4, "general_profile_compatibility_flags": 1 << 31 - 4, "general_progressive_source_flag": 1,
    "general_frame_only_constraint_flag": 1, "general_intra_constraint_flag": 1, "general_one_picture_only_constraint_flag": 1,
    "general_lower_bit_rate_constraint_flag": 1, "general_level_idc": 255, "sub_layer_ordering_info_present_flag": 1,
    "log2_max_pic_order_cnt_lsb_minus4": 4, "amp_enabled_flag": 1, "sps_temporal_mvp_enabled_flag": 1,
    "vui_parameters_present_flag": 1, "video_signal_type_present_flag": 1, "video_format": 5, "colour_description_present_flag": 1,
    "colour_primaries": 1, "transfer_characteristics": 13,
}  # fmt: skip


class _DamagedError(Exception):
    """The file ends too early, or a field has a value that BPG and HEVC do not allow."""


def hevc_codestream(data: bytes, path: str) -> bytes:
    """The HEVC codestream of a BPG file, or the data itself. Raises `MiscError` for a file with more than a picture that HEVC can state."""
    if not data.startswith(MAGIC):
        return data
    try:
        return _codestream(data, path)
    except _DamagedError:
        refuse(path, "the BPG file is damaged")


def _codestream(data: bytes, path: str) -> bytes:
    header = parse(_FILE_HEADER, BitReader(data))
    if header is None:
        raise _DamagedError
    for fault, is_so in (
        ("transparency or a fourth colour", header["alpha1_flag"] or header["alpha2_flag"]),
        ("several frames", header["animation_flag"]),
        ("metadata, a profile or a thumbnail", header["extension_present_flag"]),
    ):
        if is_so:
            refuse(path, f"the BPG file has {fault}, which would be lost")
    width, place = _ue7(data, 6)
    height, place = _ue7(data, place)
    length, place = _ue7(data, place)
    if length and length != len(data) - place:
        refuse(path, "the BPG file is cut, or has bytes behind its picture")
    length, place = _ue7(data, place)
    units = data[place + length :]
    fields = parse(HEVC_HEADER, reader := BitReader(data[place : place + length]))
    if max(width, height) > MAX_SIDE:
        refuse(path, f"a side of the BPG file has more than {MAX_SIDE:,} pixels")
    if not (fields and units and width and height) or reader.remaining > 7 or reader.u(reader.remaining):
        raise _DamagedError
    if fields.get("sps_extension_7bits"):
        refuse(path, "the BPG file has an extension of HEVC that BPG does not know")
    if fields["log2_min_luma_coding_block_size_minus3"] > MAX_LOG2_BLOCK_MINUS3:
        raise _DamagedError
    values = CONSTANTS | fields | _signal(header, path)
    values |= _window(Size(width, height), values, path)
    return b"".join(START_CODE + unit for unit in (_parameter_set(VPS, values), _parameter_set(SPS, values), units))


def _ue7(data: bytes, place: int) -> tuple[int, int]:
    """A number of BPG, in its shortest code, and the place behind it."""
    value = 0
    for index, byte in enumerate(data[place : place + MAX_UE7_BYTES]):
        value = value << 7 | byte & 127
        if byte < 128:
            if value >> 32 or (index and data[place] == 128):
                break
            return value, place + index + 1
    raise _DamagedError


def _signal(header: Values, path: str) -> Values:
    """Depth, chroma and colours, as the header of the file states them."""
    samples, matrix = PIXEL_FORMATS.get(header["pixel_format"]), MATRICES.get(header["color_space"])
    if samples is None:
        refuse(path, f"HEVC cannot state the chroma of the BPG file, pixel format {header['pixel_format']}")
    if (
        matrix is None
        or header["bit_depth_minus_8"] > MAX_BIT_DEPTH_MINUS_8
        or (header["color_space"] and not samples.chroma)
    ):
        raise _DamagedError
    if header["color_space"] == RGB and samples.chroma != FULL_CHROMA:
        refuse(path, "HEVC cannot state the RGB of the BPG file, whose red and blue have fewer samples")
    return {
        "bit_depth_minus_8": header["bit_depth_minus_8"], "chroma_format_idc": samples.chroma,
        "video_full_range_flag": 1 - header["limited_range_flag"], "matrix_coeffs": matrix,
        "chroma_loc_info_present_flag": int(samples.place is not None), "chroma_sample_loc_type": samples.place or 0,
    }  # fmt: skip


def _window(size: Size, values: Values, path: str) -> Values:
    """The size in whole blocks, and the window of the picture in it: its size, or its coded size if chroma allows no other."""
    block = 8 << values["log2_min_luma_coding_block_size_minus3"]
    whole = Size(*(-(-side // block) * block for side in size))
    steps = SIDE_STEPS[values["chroma_format_idc"]]
    if any(side % step for side, step in zip(size, steps, strict=True)):
        size = coded(size)
    columns, rows = ((side - kept) // step for side, kept, step in zip(whole, size, steps, strict=True))
    if columns < 0 or rows < 0:
        refuse(path, "HEVC cannot state the size of the BPG file: a side is odd, and one is below 16")
    window = {"window_right_offset": columns, "window_bottom_offset": rows}
    return {"width": whole.width, "height": whole.height, "conformance_window_flag": int(columns + rows > 0), **window}


def _parameter_set(rows: tuple[Row, ...], values: Values) -> bytes:
    bits = BitWriter()
    for row in rows:
        if row.when and not value_of(row.when, values):
            continue
        value = values.get(row.name, 0)
        if row.descriptor == "ue(v)":
            exp_golomb(bits, value)
        else:
            bits.u(int(row.bits), value)
    return nal_unit(bits)
