"""The sizes that codestreams and files of boxes state (clause 11.1), against the plain decoder, and files that lie about them."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from conformance.authoring import codestreamheaders
from conformance.authoring.breaking import undivided
from conformance.plain.codestreamheaders import HeaderEnds, stated_sizes
from conformance.suite import CODESTREAMS
from misc_format import Codestream, MiscError, Stream, pack, read, validate, write
from misc_format.coders.image.formats import FORMAT_OF_ENDING, FORMATS
from misc_format.coders.image.isobmff import MAX_TRACKS, av1_codestream, avif_sizes, jpeg2000_codestream, jxl_codestream
from misc_format.components import Size
from misc_format.errors import PictureError
from misc_format.limits import MAX_CODESTREAM_BYTES, MAX_SIDE
from misc_format.pictures import load
from misc_format.testing.codestream_headers import KINDS, header
from tests.needs import AVIF, needs

MADE = [*codestreamheaders.made(), *codestreamheaders.passed_over()]
FILES = [(FORMAT_OF_ENDING[path.suffix].name, path.read_bytes()[:200]) for path in sorted(CODESTREAMS.iterdir())]
LIE = Image.new("RGB", (1200, 900), "red")


def plainly(kind: str, data: bytes) -> list[tuple[int, int]] | None:
    try:
        return list(stated_sizes(kind, data))
    except HeaderEnds:
        return None


def ours(kind: str, data: bytes) -> list[tuple[int, int]] | None:
    sizes = [size if size is None else (size.width, size.height) for size in FORMATS[kind].sizes(data)]
    return None if None in sizes else sizes  # type: ignore[return-value]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.name)
def test_every_field_before_a_size_is_passed_over(made: codestreamheaders.Made) -> None:
    assert set(FORMATS[made.format].sizes(made.data)) == {made.size}


@given(st.sampled_from(KINDS), st.builds(Size, *[st.integers(1, 2**14 - 1)] * 2))
def test_the_shortest_header_states_its_size(kind: str, size: Size) -> None:
    assert list(FORMATS[kind].sizes(header(kind, size))) == [size]


@given(st.sampled_from([kind for kind in KINDS if kind != "webp"]), st.builds(Size, *[st.integers(1, MAX_SIDE)] * 2))
def test_the_shortest_header_states_any_size(kind: str, size: Size) -> None:
    assert list(FORMATS[kind].sizes(header(kind, size))) == [size]


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([*FILES, *((made.format, made.data) for made in MADE)]),
    st.lists(st.tuples(st.integers(2, 60), st.sampled_from(["flip", "set", "cut", "insert"]), st.integers(0, 255)), max_size=6),
    st.integers(12, 200),
)  # fmt: skip
def test_damaged_headers_state_the_same_to_both_decoders(
    file: tuple[str, bytes], changes: Sequence[tuple[int, str, int]], end: int
) -> None:
    kind, data = file[0], bytearray(file[1])
    for place, change, value in changes:
        if change == "insert":
            data[place:place] = bytes((value & 3,))
        elif place < len(data):
            if change == "cut":
                del data[place]
            else:
                data[place] = value if change == "set" else data[place] ^ 1 << (value & 7)
    damaged = bytes(data[:end])
    if FORMATS[kind].begins(damaged):
        assert ours(kind, damaged) == plainly(kind, damaged)


@pytest.mark.parametrize("kind", KINDS)
def test_validate_reads_the_size_and_decodes_nothing(kind: str) -> None:
    """A JPEG XL of 17 KB for 8 x 8 pixels that held 16,000 x 16,000 conformed, and a decoder took 18 s and 1.2 GB to refuse it."""
    large = header(kind, Size(16_000, 16_000))
    assert validate(undivided(kind, large)).issues[0].id == "MISC-CDS-005"
    with pytest.raises(MiscError, match="MISC-CDS-005"):
        write(Stream(8, 8, image=Codestream(kind, large)))


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", 8 + len(content)) + kind + content


def avif(codestream: bytes, extents: int = 1, properties: bytes = b"", places: bool = True) -> bytes:
    """An AVIF file whose item is the same place of the file `extents` times."""
    start = 24
    sizes = b"\x44\0" if places else b"\0\0"
    each = struct.pack(">II", start, len(codestream)) if places else b""
    location = b"\0" * 4 + sizes + struct.pack(">HHHH", 1, 1, 0, extents) + each * extents
    item = box(b"infe", b"\2\0\0\0\0\1\0\0av01\0")
    information = box(b"iinf", b"\0" * 4 + b"\0\1", item)
    meta = box(b"meta", b"\0" * 4, box(b"iloc", location), information, box(b"iprp", box(b"ipco", properties)))
    return box(b"ftyp", b"avif\0\0\0\0")[:16] + box(b"mdat", codestream) + meta


def refused(reader: Callable[[bytes, str], object], data: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(MiscError, match="MISC-PCK-003") as caught:
        reader(data, "image")
    return caught.value.message


def sizes(data: bytes, path: str) -> list[Size | None]:
    return list(avif_sizes(data, path))


def test_repeated_extents_are_counted_before_they_are_joined() -> None:
    data = avif(header("av1", Size(8, 8)) + bytes(80_000), 4_000)
    start = time.process_time()
    assert "more than" in refused(av1_codestream, data)
    assert "overlap" in refused(sizes, data)
    assert time.process_time() - start < 1
    assert "without places" in refused(av1_codestream, avif(b"", 65_535, places=False))


def test_what_an_avif_file_says_beside_its_picture_is_not_lost() -> None:
    small = header("av1", Size(8, 8))
    kept = b"".join(box(kind, bytes(4)) for kind in (b"ispe", b"pixi", b"av1C")) + box(b"colr", b"nclx" + bytes(7))
    assert av1_codestream(avif(small, properties=kept), "image.avif") == small
    for kind, content in ((b"irot", b"\1"), (b"imir", b"\1"), (b"clap", bytes(32)), (b"colr", b"prof" + bytes(9))):
        assert kind.decode() in refused(av1_codestream, avif(small, properties=box(kind, content)))


def test_the_parts_of_a_jpeg_xl_file_are_in_order() -> None:
    head = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    first, last = box(b"jxlp", b"\0\0\0\0\xff\x0a"), box(b"jxlp", b"\x80\0\0\1rest")
    assert jxl_codestream(head + first + last, "image.jxl") == b"\xff\x0arest"
    assert "not in order" in refused(jxl_codestream, head + last + first)


def jp2(*more: bytes, colours: bytes = b"\1\0\0\0\0\0\x10", header: bytes = b"", pieces: int = 1) -> bytes:
    """A JP2 file with more boxes, in its header and outside."""
    head = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    inner = box(b"ihdr", bytes(14)) + box(b"colr", colours) + header
    return head + box(b"jp2h", inner) + b"".join(more) + box(b"jp2c", header_of_8()) * pieces


def header_of_8() -> bytes:
    return header("jpeg2000", Size(8, 8))


def test_what_a_jp2_file_says_beside_its_picture_is_not_lost() -> None:
    small = header_of_8()
    assert jpeg2000_codestream(small, "image.j2k") == small
    assert jpeg2000_codestream(jp2(), "image.jp2") == small
    assert jpeg2000_codestream(jp2(header=box(b"bpcc", b"\7\7\7"), colours=b"\1\0\0\0\0\0\x11"), "image.jp2") == small
    for kind in (b"xml ", b"uuid", b"jp2i"):
        assert kind.decode() in refused(jpeg2000_codestream, jp2(box(kind, b"?")))
    for kind in (b"pclr", b"cmap", b"cdef", b"res "):
        assert kind.decode() in refused(jpeg2000_codestream, jp2(header=box(kind, b"?")))
    for colours in (b"\1\0\0\0\0\0\x12", b"\2\0\0" + bytes(9), b""):  # sYCC, a profile, nothing
        assert "colours" in refused(jpeg2000_codestream, jp2(colours=colours))
    for pieces in (0, 2):
        assert f"{pieces} codestreams" in refused(jpeg2000_codestream, jp2(pieces=pieces))


def test_a_jp2_file_of_pillow_gives_its_codestream(tmp_path: Path) -> None:
    LIE.resize((40, 30)).save(tmp_path / "image.jp2")
    (tmp_path / "manifest.json").write_text('{"width": 40, "height": 30}')
    image = read(pack(tmp_path)).image
    assert isinstance(image, Codestream) and image.format == "jpeg2000"
    assert image.data.startswith(b"\xff\x4f\xff\x51") and image.data.endswith(b"\xff\xd9")


def test_many_tracks_are_refused() -> None:
    chunk = box(b"stco", struct.pack(">III", 0, 1, 24))
    for name in (b"stbl", b"minf", b"mdia", b"trak"):
        chunk = box(name, chunk)
    small = header("av1", Size(8, 8))
    made = lambda count: avif(small) + box(b"moov", chunk * count)  # noqa: E731
    assert list(avif_sizes(made(MAX_TRACKS), "")) == [Size(8, 8)] * (1 + MAX_TRACKS)
    assert "tracks" in refused(sizes, made(MAX_TRACKS + 1))


@needs(AVIF)
@pytest.mark.parametrize("frames", [1, 2])
def test_an_avif_picture_that_lies_about_its_size_is_not_decoded(tmp_path: Path, frames: int) -> None:
    stream = io.BytesIO()
    LIE.save(stream, "AVIF", save_all=frames > 1, append_images=[LIE.rotate(180)] * (frames - 1), quality=10)
    data, sized = bytearray(stream.getvalue()), tmp_path / "sized.avif"
    sized.write_bytes(data)
    assert load(sized).samples.shape == (900, 1200, 3)
    for place in (index for index in range(len(data)) if data.startswith(b"ispe", index)):
        struct.pack_into(">II", data, place + 8, 8, 8)
    # In an animation, the size also stands in the track.
    for old, new in ((struct.pack(">II", 1200 << 16, 900 << 16), struct.pack(">II", 8 << 16, 8 << 16)),
                     (struct.pack(">HH", 1200, 900), struct.pack(">HH", 8, 8))):  # fmt: skip
        data = data.replace(old, new)
    (tmp_path / "lie.avif").write_bytes(data)
    with pytest.raises(PictureError, match="states 8 x 8 pixels and holds 1,200 x 900"):
        load(tmp_path / "lie.avif")


@given(
    st.binary(max_size=120), st.sampled_from([avif(header("av1", Size(8, 8)), 2), b"", avif(b"")]), st.integers(0, 150)
)
@settings(deadline=None, max_examples=500)
def test_any_boxes_are_read_or_refused(noise: bytes, file: bytes, place: int) -> None:
    data = file[:place] + noise + file[place + len(noise) :]
    for reader in (
        av1_codestream,
        jxl_codestream,
        jpeg2000_codestream,
        lambda data, path: list(avif_sizes(data, path)),
    ):
        try:
            reader(data, "image")
        except MiscError as error:
            assert error.rule == "MISC-PCK-003"


def test_a_folder_with_a_large_avif_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 8, "height": 8}')
    (tmp_path / "image.avif").write_bytes(avif(header("av1", Size(8, 8)) + bytes(MAX_CODESTREAM_BYTES), 3))
    with pytest.raises(MiscError, match=r"image\.avif.*more than"):
        pack(tmp_path)
