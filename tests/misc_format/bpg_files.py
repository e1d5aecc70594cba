"""BPG files made of HEVC byte streams, by the text of BPG's specification: there is no encoder of BPG in a package."""

from __future__ import annotations

from typing import NamedTuple

from misc_format.coders.image import bpg
from misc_format.coders.image.nalunits import content
from misc_format.coders.image.statedsize import parse
from misc_format.structure.bits import BitReader


class Header(NamedTuple):
    """The header of a BPG file. `length`: picture_data_length; None for that of the data."""

    width: int
    height: int
    pixel_format: int = 1
    depth: int = 8
    colour_space: int = 0
    alpha1: int = 0
    extension: int = 0
    alpha2: int = 0
    limited: int = 1
    animation: int = 0
    length: int | None = None


def ue(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def ue7(value: int) -> bytes:
    pieces = [value & 127]
    while value := value >> 7:
        pieces.append(value & 127 | 128)
    return bytes(reversed(pieces))


def to_bytes(bits: str) -> bytes:
    return bytes(int(bits[place : place + 8].ljust(8, "0"), 2) for place in range(0, len(bits), 8))


def file(header: Header, hevc_header: bytes, units: bytes) -> bytes:
    """A BPG file: its header, the header of HEVC, and the data behind it."""
    first = f"{header.pixel_format:03b}{header.alpha1}{header.depth - 8:04b}"
    second = f"{header.colour_space:04b}{header.extension}{header.alpha2}{header.limited}{header.animation}"
    data = ue7(len(hevc_header)) + hevc_header + units
    length = len(data) if header.length is None else header.length
    return b"BPG\xfb" + to_bytes(first + second) + ue7(header.width) + ue7(header.height) + ue7(length) + data


def of_stream(stream: bytes, header: Header) -> bytes:
    """The BPG file of a picture that x265 has encoded. Its VPS and SPS are left out, all other units are kept."""
    units = stream.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    [parameters] = [unit for unit in units if unit[0] >> 1 == 33]
    until_vui = bpg.SPS[: next(index for index, row in enumerate(bpg.SPS) if row.name == "vui_parameters_present_flag")]
    values = parse(until_vui, BitReader(content(parameters)))
    assert values is not None and not values["scaling_list_enabled_flag"]
    assert not values["num_short_term_ref_pic_sets"]
    bits = ""
    for row in bpg.HEVC_HEADER:
        value = values.get(row.name, 0)
        if not row.when:
            bits += ue(value) if row.descriptor == "ue(v)" else f"{value:0{int(row.bits)}b}"
    assert not values["pcm_enabled_flag"]
    others = [unit for unit in units if unit[0] >> 1 not in (32, 33)]
    return file(header, to_bytes(bits), b"\0\0\1".join(others))
