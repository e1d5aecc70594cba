"""BPG files become codestreams of HEVC, or are refused with a reason (clause 11.5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.suite import CODESTREAMS
from misc_format import Codestream, MiscError, pack, read
from misc_format.coders.image import bpg
from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image.formats import FORMATS
from misc_format.components import Size
from tests.misc_format.bpg_files import Header, file, of_stream, to_bytes, ue

STREAM = (CODESTREAMS / "hevc.hevc").read_bytes()  # 10 bits, 4:2:0
HEADER = Header(96, 64, pixel_format=4, depth=10)
UNITS = b"\x44\x01\xc1\0\0\1\x28\x01\xaf"


def hevc_header(log2: tuple[int, ...] = (0, 3, 0, 3, 0), flags: str = "1010") -> bytes:
    return to_bytes("".join(map(ue, log2)) + flags)


PLAIN = hevc_header()


def of_codestream(data: bytes) -> bytes:
    return bpg.hevc_codestream(data, "image.bpg")


def refused(data: bytes) -> str:
    with pytest.raises(MiscError, match="MISC-PCK-003") as caught:
        of_codestream(data)
    return caught.value.message


def test_a_bpg_file_in_a_folder_becomes_hevc(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 96, "height": 64}')
    (tmp_path / "image.bpg").write_bytes(of_stream(STREAM, HEADER))
    image = read(pack(tmp_path)).image
    assert isinstance(image, Codestream) and image.format == "hevc"
    starts = [unit[0] >> 1 for unit in image.data.split(b"\0\0\1")[1:]]
    assert starts[:3] == [32, 33, 34]  # VPS, SPS, PPS
    assert image.data.split(b"\0\0\1")[3:] == STREAM.split(b"\0\0\1")[3:]


@pytest.mark.parametrize("size", [(96, 64), (97, 65), (100, 18), (1024, 767)])
def test_headers_of_bpgenc_are_restored(size: tuple[int, int]) -> None:
    """The header of HEVC, the PPS and the beginning of the slice are those of public files of bpgenc."""
    units = bytes.fromhex("4401c17181120000012601af0e60fd5e")
    made = of_codestream(file(Header(*size, pixel_format=1, limited=0), bytes.fromhex("924740"), units))
    payload = image_codestream.encode(Codestream("hevc", made), Size(*size))
    assert payload == b"\x1c\x0e\x60\xfd\x5e"  # template 28, and what is behind


def test_golden_parameter_sets() -> None:
    """By hand from H.265, 7.3.1 to 7.3.3 and E.2.1: grey, 8 bits, 17 x 9 in blocks of 8, full range."""
    profile = "00" + "0" + "00100" + "00001" + "0" * 27 + "1001" + "000000" + "111" + "0" * 35 + "11111111"
    video = "0000" + "11" + "000000" + "000" + "1" + "1" * 16 + profile + "1" + "111" + "000000" + "1" + "0" + "0"
    blocks = "1" + "00100" + "1" + "00100"
    sequence = "0000" + "000" + "1" + profile + "1" + "1" + ue(24) + ue(16) + "1" + "1" + ue(7) + "1" + ue(7)
    sequence += "1" + "1" + ue(4) + "1" + "111" + blocks + "11" + "01" + "10" + "1" + "0" + "1" + "1"
    signal = "1" + "0" + "0" + "1" + "101" + "1" + "1" + f"{1:08b}{13:08b}{5:08b}" + "0" + "0" * 6
    made = of_codestream(file(Header(17, 9, pixel_format=0, limited=0), PLAIN, UNITS))
    expected = to_bytes(video + "1"), to_bytes(sequence + signal + "0" + "1")
    units = [unit.replace(b"\0\0\3", b"\0\0") for unit in made.split(b"\0\0\0\1")[1:]]
    assert units[0] == b"\x40\x01" + expected[0]
    assert units[1] == b"\x42\x01" + expected[1]
    assert units[2] == UNITS


@pytest.mark.parametrize(
    ("size", "pixel_format", "stated"),
    [((96, 64), 1, (96, 64)), ((97, 65), 3, (97, 65)), ((97, 65), 1, (98, 66)), ((97, 64), 4, (98, 64)), ((97, 65), 5, (98, 66)),
     ((5, 3), 0, (5, 3)), ((6, 2), 4, (6, 2)), ((98, 65), 5, (98, 65))],
)  # fmt: skip
def test_sizes_that_are_stated(size: tuple[int, int], pixel_format: int, stated: tuple[int, int]) -> None:
    made = of_codestream(file(Header(*size, pixel_format=pixel_format), PLAIN, UNITS))
    assert list(FORMATS["hevc"].sizes(made)) == [Size(*stated)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alpha1": 1}, "transparency"), ({"alpha2": 1}, "transparency"), ({"animation": 1}, "several frames"),
        ({"extension": 1}, "metadata"), ({"pixel_format": 2}, "pixel format 2"), ({"pixel_format": 6}, "pixel format 6"),
        ({"colour_space": 5}, "damaged"), ({"colour_space": 1}, "RGB"), ({"colour_space": 3, "pixel_format": 0}, "damaged"),
        ({"depth": 15}, "damaged"), ({"width": 0}, "damaged"), ({"length": 3}, "is cut"), ({"length": 99}, "is cut"),
        ({"width": 5}, "a side is odd"), ({"width": 2**32}, "damaged"), ({"height": 65_536}, "more than 65,535"),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert reason in refused(file(Header(96, 64)._replace(**changes), PLAIN, UNITS))


@pytest.mark.parametrize(
    "header",
    [b"", b"\0", PLAIN + b"\0", hevc_header(flags="10100001"), hevc_header((4, 0, 0, 0, 0)), hevc_header(flags="10")],
)
def test_damaged_headers_are_refused(header: bytes) -> None:
    assert "damaged" in refused(file(Header(96, 64), header, UNITS))


def test_an_extension_that_bpg_does_not_know_is_refused() -> None:
    assert "extension" in refused(file(Header(96, 64), hevc_header(flags="101" + "1" + "00000001"), UNITS))
    of_codestream(file(Header(96, 64), hevc_header(flags="101" + "1" + "10000000" + "110000010"), UNITS))


def test_a_length_of_0_reaches_to_the_end() -> None:
    assert of_codestream(file(Header(96, 64, length=0), PLAIN, UNITS)).endswith(UNITS)


def test_numbers_have_their_shortest_code() -> None:
    data = file(Header(96, 64), PLAIN, UNITS)
    assert "damaged" in refused(data[:6] + b"\x80" + data[6:])


@given(st.binary(max_size=60), st.integers(0, 30))
@example(b"", 0)
def test_any_bytes_are_taken_or_refused(noise: bytes, kept: int) -> None:
    data = b"BPG\xfb" + file(Header(96, 64), PLAIN, UNITS)[4 : 4 + kept] + noise
    try:
        made = of_codestream(data)
    except MiscError as error:
        assert error.rule == "MISC-PCK-003"
    else:
        assert FORMATS["hevc"].begins(made) and None not in list(FORMATS["hevc"].sizes(made))
