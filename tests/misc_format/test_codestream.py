"""Conventional codestreams: templates against the real files, containers, and whatever bytes come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.authoring import cases
from misc_format import Codestream, Grid, MiscError, Stream, account, inspect, pack, read, unpack, write
from misc_format.coders.image import codestream as image_codestream
from misc_format.coders.image import templates as known
from misc_format.coders.image.formats import FORMATS
from misc_format.components import Size
from misc_format.structure.bits import BitReader
from misc_format.testing import codestreams
from tests.needs import AVIF, needs

PICTURE = Size(96, 64)
REAL = dict(cases._codestreams())


def template_of(stream: Stream) -> int:
    return next(leaf.value for leaf in inspect(write(stream)) if leaf.path == "image/template")


@settings(max_examples=300, deadline=None)
@given(codestreams(PICTURE))
def test_what_is_written_is_read(content: Codestream) -> None:
    payload = image_codestream.encode(content, PICTURE)
    leaves: list[Any] = []
    assert image_codestream.decode(BitReader(payload, path="image", leaves=leaves), PICTURE) == content
    shares = image_codestream.split_bits(content, PICTURE)
    assert sum(leaf.bit_length for leaf in leaves) + sum(share.bits for share in shares) == 8 * len(payload)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=60), st.sampled_from([PICTURE, Size(1, 1), Size(65535, 3)]))
def test_any_bytes_are_a_codestream_or_break_a_rule(first: int, rest: bytes, picture: Size) -> None:
    try:
        content = image_codestream.decode(BitReader(bytes((first,)) + rest, path="image"), picture)
    except MiscError as error:
        assert error.rule in {f"MISC-CDS-00{number}" for number in range(1, 7)} | {
            f"MISC-CON-0{n}" for n in ("07", "09", "10", "16")
        }
        return
    again = image_codestream.encode(content, picture)
    assert len(again) <= len(rest) + 1
    assert image_codestream.decode(BitReader(again, path="image"), picture) == content


@pytest.mark.parametrize(
    ("name", "template", "spared"),
    [("vvc", 19, 78), ("vvc-perceptual", 20, 78), ("vvc-perceptual-parameters", 22, 84), ("hevc", 17, 86), ("av1", 13, 12),
     ("av1-large", 12, 14), ("av1-avif", 16, 15), ("webp", 11, 7), ("jpeg", 10, 624), ("jpeg-tables", 6, 180),
     ("jpeg-progressive", 7, 180), ("jpeg-grey", 8, 105), ("jpeg-grey-progressive", 9, 105), ("vvc-third", 19, 78), ("jxl", 3, 2),
     ("avc", 25, 37), ("avc-third", 25, 38), ("jpeg2000", 26, 118), ("jpeg2000-grey", 27, 112), ("jpeg2000-other-length", 24, 4)],
)  # fmt: skip
def test_headers_of_real_encoders_are_restored(name: str, template: int, spared: int) -> None:
    stream = REAL[f"codestream-{name}"]
    assert template_of(stream) == template
    assert isinstance(stream.image, Codestream)
    [bits] = [part.bits for part in account(write(stream), deep=True).components if part.path == "image/codestream"]
    assert len(stream.image.data) - bits // 8 == spared


@pytest.mark.parametrize(("name", "template"), [("av1", 2), ("hevc", 4), ("vvc", 5), ("avc", 23)])
def test_other_headers_take_the_template_of_anything(name: str, template: int) -> None:
    assert template_of(REAL[f"codestream-{name}-other-level"]) == template


def test_golden_vvc_headers() -> None:
    """By hand from H.266: a sequence and a picture parameter set of 256 x 172, which is padded to 176 rows."""
    parts = known.parts_for(known.table().templates[19], Size(256, 172))
    made = known.restore(parts, BitReader(b""))
    assert made.hex() == (
        "0000000100a188" "00000001"
        "0079000d026680008020202c7d9a80fa23744234ca4c99c26cac608104e0abffeef93f3920000003002000000300262000"
        "000001" "0081000010101622" "61fb02" "0000010041c4"
    )  # fmt: skip


def test_golden_avc_headers() -> None:
    """By hand from H.264, 7.3.2.1.1: a sequence parameter set of 256 x 172, which is padded to 176 rows, so 16 x 11 macroblocks."""
    parts = known.parts_for(known.table().templates[25], Size(256, 172))
    made = known.restore(parts, BitReader(b""))
    assert made.hex() == (
        "00000001" "6764103eacb8202ff7080000030008000003001020" "00000001" "68ee3cb0" "000001" "6588" "84"
    )  # fmt: skip


def test_golden_jpeg_2000_headers() -> None:
    """By hand from T.800, Annex A: SIZ, COD and QCD of 300 x 200 in colour, and a tile of 12 + 2 + 5 bytes."""
    made = known.restore(known.parts_for(known.table().templates[26], Size(300, 200)), BitReader(b"\1\2\3\4\5"))
    sides = "0000012c000000c8"
    assert made.hex() == (
        "ff4f" "ff51002f0000" + sides + "00" * 8 + sides + "00" * 8 + "0003" + "070101" * 3
        + "ff52000c" "00000001010504040000" + made[65:102].hex() + "ff90000a0000" "00000013" "0001" "ff93" "0102030405" "ffd9"
    )  # fmt: skip
    assert made[65:70].hex() == "ff5c002342"  # 16 step sizes of the wavelet 9-7, two guard bits


@pytest.mark.parametrize("changed", range(14, 18))
def test_a_tile_of_another_length_takes_no_template(changed: int) -> None:
    parts = known.parts_for(known.table().templates[26], Size(300, 200))
    data = bytearray(known.restore(parts, BitReader(b"packets")))
    data[data.index(b"\xff\x90") + changed - 8] ^= 1
    assert known.match(parts, bytes(data)) is None


def test_numbers_fill_their_fields() -> None:
    with pytest.raises(known.MisfitError):
        known.parts_for(known.table().templates[11], Size(16_384, 1))
    with pytest.raises(known.MisfitError):
        known.parts_for(known.table().templates[12], Size(65_535, 65_535))


@pytest.mark.parametrize("name", sorted(REAL))
def test_unpacked_and_packed_to_the_same_bytes(tmp_path: Path, name: str) -> None:
    data = write(REAL[name])
    unpack(data, tmp_path / "folder")
    assert pack(tmp_path / "folder") == data


def folder(path: Path, name: str, data: bytes, more: str = "") -> Path:
    (path / "manifest.json").write_text('{"width": 8, "height": 8' + more + "}")
    (path / name).write_bytes(data)
    return path


def test_a_webp_file_with_more_than_a_picture_is_refused(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGBA", (8, 8), (9, 9, 9, 5)).save(tmp_path / "a.webp")
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        pack(folder(tmp_path / "", "image.webp", (tmp_path / "a.webp").read_bytes()))


@needs(AVIF)
def test_an_avif_file_gives_its_codestream(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.avif")
    (tmp_path / "in").mkdir()
    image = read(pack(folder(tmp_path / "in", "image.avif", (tmp_path / "a.avif").read_bytes()))).image
    assert isinstance(image, Codestream)
    assert image.format == "av1" and image.data.startswith(bytes.fromhex("12000a"))


@given(
    st.binary(max_size=80),
    st.sampled_from(
        [
            b"",
            b"\0\0\0\x0cftyp",
            b"\0\0\0\x0cJXL ",
            b"\0\0\0\x0cjP  ",
            b"BPG\xfb",
            b"RIFF\x10\0\0\0WEBP",
            b"\0\0\0\x08ftyp\0\0\0\x30meta",
        ]
    ),
)
@example(b"VP8 ", b"RIFF\x10\0\0\0WEBP")
def test_any_file_is_unwrapped_or_refused(data: bytes, head: bytes) -> None:
    for row in FORMATS.values():
        try:
            bare = row.bare(head + data, "image")
        except MiscError as error:
            assert error.rule == "MISC-PCK-003"
        else:
            row.begins(bare)


def test_two_images_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "image.jpg").write_bytes(b"")
    with pytest.raises(MiscError, match=r"also has image.jpg|also has image.jxl"):
        pack(folder(tmp_path, "image.jxl", b"\xff\x0a"))


def test_a_reduction_of_a_folder_is_checked(tmp_path: Path) -> None:
    with pytest.raises(MiscError, match="MISC-PCK-002"):
        pack(folder(tmp_path, "image.jxl", b"\xff\x0a?", ', "codestream": {"reduction": 4}'))


def test_content_is_written_by_its_own_method() -> None:
    with pytest.raises(MiscError, match="MISC-CON-012"):
        write(Stream(8, 8, image=Codestream("jxl", b"\xff\x0a"), methods={"image": "grid"}))
    with pytest.raises(MiscError, match="MISC-CON-012"):
        write(Stream(8, 8, image=Grid(np.zeros((1, 1), np.uint8)), methods={"image": "codestream"}))


@pytest.mark.parametrize(("content", "rule"), [
    (Codestream("gif", b"GIF89a"), "MISC-CDS-001"), (Codestream("jxl", b"\xff\x0a", 4), "MISC-CDS-002"),
    (Codestream("jxl", b"\xff"), "MISC-CDS-003"), (Codestream("jxl", b"\xff\x0a" + bytes(2**18)), "MISC-CDS-004"),
])  # fmt: skip
def test_content_that_breaks_a_rule_is_not_written(content: Codestream, rule: str) -> None:
    with pytest.raises(MiscError, match=rule):
        write(Stream(8, 8, image=content))
