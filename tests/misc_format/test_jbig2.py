"""JBIG2 regions: the coder against T.88's sequence, a slow decoder and decoders of others; files of others; anything that is none."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

import misc_format
from conformance.plain import jbig2 as plain
from misc_format import Maps, MiscError, Stream
from misc_format.coders.maps import jbig2 as maps_jbig2
from misc_format.coders.maps import jbig2file, jbig2region
from misc_format.components import Region, Size
from misc_format.entropy import mq
from misc_format.structure.bits import BitReader
from misc_format.testing import mutations

sys.path.insert(0, str(Path(__file__).parent))

from tests.needs import needs, program

PICTURE = Size(96, 64)
MARKER = b"\xff\xac"
# T.88, annex H.2
PLAIN = bytes.fromhex("00020051000000C00352872AAAAAAAAA82C02000FCD79EF6BF7FED904F46A3BF")
CODED = bytes.fromhex("84C73BFCE1A1430402200000410DBB86F4317FFF88FF37471ADB6ADFFFAC")
# T.88, annex H.1, segment 11, without the segment header
ANNEX_H = bytes.fromhex("000000360000002C000000040000000B00" + "0803FFFDFF02FEFEFE" + "04EEED87FBCB2BFFAC")

needs_jbig2dec = needs(program("jbig2dec"))


def with_jbig2dec(file: bytes, tmp_path: Path, *options: str) -> np.ndarray:
    path = tmp_path / "a.jb2"
    path.write_bytes(file)
    done = subprocess.run(["jbig2dec", *options, "-t", "pbm", "-o", "-", path], capture_output=True, check=True)
    return np.asarray(Image.open(io.BytesIO(done.stdout))) == 0


def with_pdfium(segments: bytes, size: Size) -> np.ndarray:
    """A picture in a PDF, by a decoder that comes with its own package."""
    import pypdfium2

    width, height = size
    head = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 1 /ColorSpace /DeviceGray"
    )
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>"
    content = f"{width} 0 0 {height} 0 0 cm /I Do".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page.encode(),
        f"{head} /Filter /JBIG2Decode /Length {len(segments)} >>\nstream\n".encode() + segments + b"\nendstream",
        f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
    ]
    file, places = bytearray(b"%PDF-1.4\n"), []
    for index, body in enumerate(objects, 1):
        places.append(len(file))
        file += f"{index} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(file)
    file += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    file += f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    document = pypdfium2.PdfDocument(bytes(file))
    [found] = document[0].get_objects()
    samples = found.get_bitmap().to_numpy()
    assert samples.shape[:2] == (height, width)
    return samples.reshape(height, width, -1)[..., 0] == 0


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray:
    """Noise, texture and rows that repeat, of odd sizes."""
    shape = draw(st.sampled_from(((1, 1), (1, 300), (300, 1), (2, 65), (65, 2))) | st.tuples(*[st.integers(1, 40)] * 2))
    density = draw(st.sampled_from((0.0, 0.02, 0.3, 0.5, 0.97, 1.0)))
    grid = np.random.default_rng(draw(st.integers(0, 99))).random(shape) < density
    times = draw(st.integers(1, 3))
    return np.repeat(grid, times, axis=draw(st.integers(0, 1)))


codings = st.tuples(st.integers(0, 3), st.booleans())


def size_of(grid: np.ndarray) -> Size:
    return Size(grid.shape[1], grid.shape[0])


def test_the_sequence_of_the_standard_is_coded_and_decoded() -> None:
    registers, out, contexts = mq.registers(), np.zeros(200 + mq.EXTRA_BYTES, np.uint8), np.zeros(1, np.uint8)
    symbols = np.unpackbits(np.frombuffer(PLAIN, np.uint8)).tolist()
    mq.start_encoder(registers)
    for symbol in symbols:
        mq.encode(registers, out, contexts, 0, symbol)
    end = mq.finish(registers, out)
    assert out[1 : end + 1].tobytes() + MARKER == CODED
    data = np.frombuffer(CODED, np.uint8)
    contexts[:] = 0
    mq.start_decoder(registers, data)
    assert [mq.decode(registers, data, contexts, 0) for _ in symbols] == symbols
    slow = plain.ArithmeticDecoder(CODED)
    assert [slow.decode(0) for _ in symbols] == symbols


@given(pictures(), codings)
def test_every_picture_comes_back_from_every_template(grid: np.ndarray, coding: tuple[int, bool]) -> None:
    data = jbig2region.encode(grid, *coding)
    assert np.array_equal(jbig2region.decode(data, *size_of(grid), *coding), grid)
    assert np.array_equal(jbig2region.decode(data + MARKER, *size_of(grid), *coding), grid)
    assert data[-1:] != b"\xff" and data[-2:] != b"\xff\x7f"
    if data:
        shorter = jbig2region.decode(data[:-1], *size_of(grid), *coding)
        assert not np.array_equal(shorter, grid)


# Bytes that markers and stuffed bits come of more often than by chance.
region_data = st.lists(st.integers(0, 255) | st.sampled_from((0x7F, 0x8F, 0x90, 0xAC, 0xFF)), max_size=40).map(bytes)


@settings(max_examples=300)
@given(region_data, st.integers(1, 24), st.integers(1, 24), codings)
def test_any_data_give_what_the_slow_decoder_gives(
    data: bytes, width: int, height: int, coding: tuple[int, bool]
) -> None:
    grid = jbig2region.decode(data, width, height, *coding)
    assert grid.shape == (height, width) and grid.dtype == np.bool_
    assert [row.tobytes() for row in grid] == plain.decode_map(plain.ArithmeticDecoder(data), width, height, *coding)


@given(pictures())
def test_the_shortest_region_is_taken(grid: np.ndarray) -> None:
    region = maps_jbig2.region_of(grid)
    lengths = [
        (len(jbig2region.encode(grid, template, typical)), template, typical)
        for template in range(4)
        for typical in (False, True)
    ]
    assert (len(region.data) - 2, region.template, region.typical_prediction) == min(lengths)


@given(st.lists(region_data, min_size=1, max_size=5), st.data())
def test_regions_are_kept_to_the_byte(parts: list[bytes], data: st.DataObject) -> None:
    regions = tuple(Region(*data.draw(codings), part) for part in parts)
    maps = Maps(tuple(maps_jbig2.pixels(region, Size(9, 5)) for region in regions), regions)
    written = misc_format.write(Stream(96, 64, maps=maps, methods={"maps": "jbig2"}))
    back = misc_format.read(written)
    assert back.maps == maps and isinstance(back.maps, Maps) and back.maps.regions == regions
    assert misc_format.write(back) == written
    assert misc_format.validate(written).verdict == "conforming"


@given(st.binary(max_size=60), st.sampled_from((b"\x01", b"\x21", b"\x0e\x0b\x07")))
def test_any_payload_is_read_or_refused(payload: bytes, header: bytes) -> None:
    reader = BitReader(header + payload, path="maps")
    try:
        content = maps_jbig2.decode(reader, PICTURE)
    except MiscError as error:
        assert error.path and error.bit_offset is not None
    else:
        assert reader.remaining == 0 and len(content.maps) == len(content.regions)


def test_our_region_of_the_standards_picture_is_that_of_the_standard() -> None:
    region = Region(0, True, ANNEX_H[26:])
    grid = maps_jbig2.pixels(region, Size(54, 44))
    assert [row.tobytes() for row in grid] == plain.decode_map(plain.ArithmeticDecoder(region.data), 54, 44, 0, True)
    frame = np.ones((44, 54), np.bool_)
    frame[2:-2, 2:-2] = False
    assert np.array_equal(grid, frame)
    assert maps_jbig2.region_of(grid) == region


def test_golden_region() -> None:
    disc = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0]], np.bool_)
    assert maps_jbig2.encode(Maps((disc, ~disc)), PICTURE).hex() == GOLDEN


GOLDEN = "1e030210230b2748"


def test_regions_are_for_those_who_ask_for_them() -> None:
    grid = np.zeros((8, 8), np.bool_)
    grid[2:5, 3:6] = True
    region = Region(3, True, jbig2region.encode(grid, 3, True) + MARKER)
    maps = Maps((grid,), (region,))
    chosen = misc_format.read(misc_format.write(Stream(96, 64, maps=maps)))
    assert chosen.maps == maps and chosen.methods["maps"] != "jbig2"
    kept = misc_format.read(misc_format.write(Stream(96, 64, maps=maps, methods={"maps": "jbig2"})))
    assert isinstance(kept.maps, Maps) and kept.maps.regions == (region,)


@pytest.mark.parametrize(
    "regions", [(Region(0, False, b"\x00\x12"),), (None, Region(0, False, b""))], ids=["other pixels", "no map"]
)
def test_a_region_with_other_pixels_is_refused(regions: tuple[Region | None, ...]) -> None:
    maps = Maps((np.eye(8, dtype=np.bool_),), regions)
    with pytest.raises(MiscError, match="MISC-MAP-006 at maps/"):
        misc_format.write(Stream(96, 64, maps=maps, methods={"maps": "jbig2"}))
    misc_format.write(Stream(96, 64, maps=maps, methods={"maps": "packed"}))


def test_other_methods_need_no_compiler() -> None:
    code = (
        "import sys, numpy, misc_format; s = misc_format.Stream(9, 9, maps=misc_format.Maps((numpy.eye(9) > 0,)), "
        "methods={'maps': 'packed'}); misc_format.read(misc_format.write(s)); assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Decoders of others


@needs_jbig2dec
@settings(max_examples=60)
@given(pictures(), codings)
def test_jbig2dec_decodes_our_files(
    tmp_path_factory: pytest.TempPathFactory, grid: np.ndarray, coding: tuple[int, bool]
) -> None:
    region = Region(*coding, jbig2region.encode(grid, *coding) + MARKER)
    file = jbig2file.wrap(region, size_of(grid))
    assert jbig2file.unwrap(file, "") == (size_of(grid), region)
    assert np.array_equal(with_jbig2dec(file, tmp_path_factory.getbasetemp()), grid)


@needs_jbig2dec
@settings(max_examples=60)
@given(region_data, codings)
def test_jbig2dec_makes_the_same_of_any_data(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, coding: tuple[int, bool]
) -> None:
    assume(not re.search(rb"\xff[\x80-\x8f]", data))  # a carry that no encoder makes here; decoders differ
    region = Region(*coding, data + MARKER)
    file = jbig2file.wrap(region, PICTURE)
    found = with_jbig2dec(file, tmp_path_factory.getbasetemp())
    assert np.array_equal(found, maps_jbig2.pixels(region, PICTURE))


@settings(max_examples=60)
@given(pictures(), codings)
def test_pdfium_decodes_our_embedded_segments(grid: np.ndarray, coding: tuple[int, bool]) -> None:
    assume(min(grid.shape) > 1)
    region = Region(*coding, jbig2region.encode(grid, *coding) + MARKER)
    segments = jbig2file.embedded(region, size_of(grid))
    assert jbig2file.unwrap(segments, "") == (size_of(grid), region)
    assert np.array_equal(with_pdfium(segments, size_of(grid)), grid)


# Files of others


def segment(kind: int, data: bytes = b"", *, length: int | None = None, number: int = 0) -> tuple[bytes, bytes]:
    return struct.pack(">IBBBI", number, kind, 0, 1, len(data) if length is None else length), data


def page(width: int = 54, height: int = 44, flags: int = 0, striping: int = 0) -> tuple[bytes, bytes]:
    return segment(48, struct.pack(">IIIIBH", width, height, 0, 0, flags, striping))


WHOLE = struct.pack(">IIIIB", 54, 44, 0, 0, 0)
# With a pair of bytes that an encoder may leave out.
OTHER = Region(0, True, ANNEX_H[26:-2] + bytes.fromhex("FF7FFFAC"))
REGION = WHOLE + ANNEX_H[17:26] + OTHER.data
END = segment(51)


def joined(*segments: tuple[bytes, bytes]) -> bytes:
    return b"".join(head + data for head, data in segments)


def apart(*segments: tuple[bytes, bytes]) -> bytes:
    heads, datas = zip(*segments, strict=True)
    return jbig2file.ID + b"\x00\x00\x00\x00\x01" + b"".join(heads) + b"".join(datas)


GOOD = {
    "embedded": joined(page(), segment(39, REGION)),
    "sequential": jbig2file.ID + b"\x01\x00\x00\x00\x01" + joined(page(), segment(38, REGION), segment(49), END),
    "pages unknown": jbig2file.ID + b"\x03" + joined(page(), segment(38, REGION), END),
    "random access": apart(page(), segment(39, REGION), segment(49), END),
    "length unknown": joined(page(), segment(38, REGION + struct.pack(">I", 44), length=0xFFFFFFFF), END),
    "drawn on black by AND": joined(page(flags=4), segment(39, WHOLE[:-1] + b"\x01" + REGION[17:])),
    "page of four bytes": joined(page(), (struct.pack(">IBBII", 1, 39 | 0x40, 0, 1, len(REGION)), REGION)),
    "long count of references": joined(page(), (struct.pack(">IBIBBI", 1, 39, 0xE0000000, 0, 1, len(REGION)), REGION)),
    "remark": joined(page(), segment(62, b"\x20\x00\x00\x00hello"), segment(39, REGION)),
}


@pytest.mark.parametrize("file", GOOD.values(), ids=GOOD)
def test_a_file_of_another_encoder_is_taken_to_the_byte(file: bytes, tmp_path: Path) -> None:
    size, region = jbig2file.unwrap(file, "0.jb2")
    assert size == (54, 44) and region == OTHER
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "0.jb2").write_bytes(file)
    (tmp_path / "manifest.json").write_text('{"width": 54, "height": 44, "methods": {"maps": "jbig2"}}')
    data = misc_format.pack(tmp_path)
    assert data.endswith(region.data.removesuffix(MARKER)) and len(data) == 8 + 1 + 2 + 9
    misc_format.unpack(data, tmp_path / "back")
    assert sorted(path.name for path in (tmp_path / "back" / "maps").iterdir()) == ["0.jb2", "0.png"]
    assert misc_format.pack(tmp_path / "back") == data


BAD = {
    "MMR": joined(page(), segment(39, WHOLE + b"\x01" + REGION[18:])),
    "extended template": joined(page(), segment(39, WHOLE + b"\x18" + REGION[18:])),
    "adaptive pixels": joined(page(), segment(39, WHOLE + b"\x08\x04" + REGION[19:])),
    "symbol dictionary": joined(page(), segment(0), segment(39, REGION)),
    "text region": joined(page(), segment(6)),
    "type 63": joined(page(), segment(63), segment(39, REGION)),
    "refinement": joined(page(), segment(39, REGION), segment(43)),
    "two regions": joined(page(), segment(39, REGION), segment(39, REGION)),
    "two pages": joined(page(), page(), segment(39, REGION)),
    "no page": joined(segment(39, REGION)),
    "stripes": joined(page(height=0xFFFFFFFF, striping=0x8010), segment(39, REGION), segment(50)),
    "striped page": joined(page(striping=0x8010), segment(39, REGION)),
    "part of the page": joined(page(), segment(39, ANNEX_H)),
    "page that is larger": joined(page(height=45), segment(39, REGION)),
    "fewer rows": joined(page(), segment(38, REGION + struct.pack(">I", 43), length=0xFFFFFFFF)),
    "no end": joined(page(), segment(38, REGION[:-2], length=0xFFFFFFFF)),
    "lossless of unknown length": joined(page(), segment(39, REGION, length=0xFFFFFFFF)),
    "drawn on black by OR": joined(page(flags=4), segment(39, REGION)),
    "cut": joined(page(), segment(39, REGION))[:-1],
    "colours": jbig2file.ID + b"\x09" + joined(page(), segment(39, REGION)),
    "nothing": b"",
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(60),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_what_is_no_single_generic_region_is_refused_by_name(file: bytes) -> None:
    with pytest.raises(MiscError, match=r"MISC-PCK-003 at 0\.jb2"):
        jbig2file.unwrap(file, "0.jb2")


@pytest.mark.parametrize(
    "width, height, rule", [(0, 1, "MISC-MAP-005"), (65_536, 1, "MISC-MAP-005"), (65_535, 65_535, "MISC-MAP-003")]
)
def test_sizes_of_files_are_checked_before_memory_is_taken(width: int, height: int, rule: str) -> None:
    region = struct.pack(">IIIIB", width, height, 0, 0, 0) + REGION[17:]
    with pytest.raises(MiscError, match=rule):
        jbig2file.unwrap(joined(page(width, height), segment(39, region)), "0.jb2")


@settings(max_examples=500)
@given(st.sampled_from(sorted(GOOD)).flatmap(lambda name: mutations(GOOD[name])))
def test_any_mutated_file_is_taken_or_refused(file: bytes) -> None:
    try:
        size, _ = jbig2file.unwrap(file, "0.jb2")
    except MiscError as error:
        assert error.path == "0.jb2"
    else:
        assert size.width * size.height <= 2**24


# Folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "maps").mkdir()
    (tmp_path / "manifest.json").write_text('{"width": 54, "height": 44}')
    (tmp_path / "maps" / "0.jb2").write_bytes(GOOD["sequential"])
    return tmp_path


def test_maps_of_both_kinds_stand_side_by_side(folder: Path) -> None:
    size, region = jbig2file.unwrap(GOOD["sequential"], "")
    Image.fromarray(maps_jbig2.pixels(region, size)).save(folder / "maps" / "0.png")
    Image.fromarray(np.eye(44, 54, dtype=np.bool_)).save(folder / "maps" / "1.png")
    (folder / "maps" / "2.jbig2").write_bytes(GOOD["embedded"])
    maps = misc_format.read(misc_format.pack(folder)).maps
    assert isinstance(maps, Maps) and np.array_equal(maps.maps[0], maps.maps[2])
    (folder / "manifest.json").write_text('{"width": 54, "height": 44, "methods": {"maps": "jbig2"}}')
    data = misc_format.pack(folder)
    misc_format.unpack(data, folder / "back")
    assert sorted(path.name for path in (folder / "back" / "maps").glob("*.jb2")) == ["0.jb2", "2.jb2"]
    assert misc_format.pack(folder / "back") == data


def test_files_that_say_different_things_are_refused(folder: Path) -> None:
    Image.fromarray(np.eye(44, 54, dtype=np.bool_)).save(folder / "maps" / "0.png")
    with pytest.raises(MiscError, match=r"MISC-MAP-006 at 0\.jb2"):
        misc_format.pack(folder)
    (folder / "maps" / "0.png").unlink()
    (folder / "maps" / "0.jbig2").write_bytes(GOOD["embedded"])
    with pytest.raises(MiscError, match=r"MISC-PCK-003 at 0\.jb2"):
        misc_format.pack(folder)


@needs_jbig2dec
@pytest.mark.parametrize("method", ["packed", "runlength", "jbig2"])
def test_unpacked_files_are_those_of_jbig2dec(method: str, tmp_path: Path) -> None:
    y, x = np.mgrid[0:40, 0:61]
    grids = ((x - 30) ** 2 + (y - 20) ** 2 < 200, x // 3 % 2 == y // 5 % 2)
    data = misc_format.write(Stream(96, 64, maps=Maps(grids), methods={"maps": method}))
    misc_format.unpack(data, tmp_path / "folder", jbig2=True)
    for index, grid in enumerate(grids):
        assert np.array_equal(
            with_jbig2dec((tmp_path / "folder" / "maps" / f"{index}.jb2").read_bytes(), tmp_path), grid
        )
    assert misc_format.pack(tmp_path / "folder") == data
    misc_format.unpack(data, tmp_path / "plain")
    assert not list((tmp_path / "plain" / "maps").glob("*.jb2"))
