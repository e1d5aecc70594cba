"""Which files are opened as pictures, and what is said about the others."""

from __future__ import annotations

import ast
import io
import resource
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import EpsImagePlugin, Image, PngImagePlugin

from misc_format.errors import MiscError, PictureError
from misc_format.folder import packing
from misc_format.pictures import formats, from_bytes, load
from misc_format.pictures import png as chunks
from misc_format.pictures.opening import opened
from tests.misc_format.small_pictures import png
from tests.needs import pillow_writing, require

ROOT = Path(__file__).parents[2]
RGB = np.random.default_rng(1).integers(0, 256, (6, 8, 3))


def reason(data: bytes) -> str:
    with pytest.raises(PictureError) as error:
        from_bytes(data, "sound.bin")
    text = str(error.value)
    assert text.startswith("'sound.bin' ") and text.endswith(".") and ". " not in text
    return text


def eps() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(stream, "EPS")
    return stream.getvalue()


def test_only_one_module_opens_pictures() -> None:
    """And it names the formats. The module that tests and benchmarks use is Pillow's own."""
    calls = [
        (path.relative_to(ROOT).as_posix(), {keyword.arg for keyword in node.keywords})
        for package in ("misc_format", "reference_codec", "conformance")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Image.open")
    ]
    assert {path for path, _ in calls} == {"misc_format/pictures/opening.py"}
    assert all("formats" in keywords for _, keywords in calls)


@pytest.mark.parametrize("name", ["sound.eps", "image.png", "photo.jpg"])
def test_an_eps_is_refused_by_name_and_starts_no_program(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was started"))
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
    (tmp_path / name).write_bytes(eps())
    with pytest.raises(PictureError, match="is an EPS picture, which only Ghostscript can draw"):
        load(tmp_path / name)


@pytest.mark.parametrize("place", ["image.png", "maps/0.png"])
def test_an_eps_in_a_folder_to_be_packed_is_refused(place: str, tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    (tmp_path / "manifest.json").write_text('{"width": 8, "height": 8}')
    (tmp_path / place).write_bytes(eps())
    if place != "maps/0.png":
        (tmp_path / "maps").rmdir()
    with pytest.raises(MiscError, match="EPS picture") as error:
        packing.pack(tmp_path)
    assert error.value.rule == "MISC-PCK-003"


@pytest.mark.parametrize("row", formats.REFUSED, ids=lambda row: row.what)
def test_every_format_of_the_list_is_refused_by_name(row: formats.Refusal) -> None:
    text = reason(bytes(row.offset) + row.signature + bytes(64))
    assert "damaged" not in text
    assert row.remedy in text


@pytest.mark.parametrize("ending", sorted({row.name for row in formats.TAKEN}))
def test_no_format_that_is_taken_is_refused(ending: str) -> None:
    require(pillow_writing(ending))
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, ending)
    assert formats.refusal(stream.getvalue()) is None
    assert from_bytes(stream.getvalue(), "a").samples.shape == (16, 16, 3)


def test_other_formats_of_pillow_are_not_opened() -> None:
    for kind in ("TGA", "PCX", "SGI", "IM", "XBM", "ICO", "SPIDER"):
        stream = io.BytesIO()
        mode = {"XBM": "1", "SPIDER": "F"}.get(kind, "RGB")
        Image.new(mode, (16, 16)).save(stream, kind)
        assert "damaged" not in reason(stream.getvalue())


@given(st.binary(max_size=60))
def test_bytes_of_no_format_are_not_called_damaged(data: bytes) -> None:
    if not data.startswith((b"BM", b"P", b"\xff\xd8", b"GIF8", b"II", b"MM", b"RIFF", b"\x89PNG", b"\xff\x4f")):
        assert "damaged" not in reason(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "JPEG2000"])
def test_a_file_cut_short_is_called_damaged(kind: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (64, 64), np.uint8)).save(stream, kind)
    data = stream.getvalue()
    assert "is damaged or cut short; get a fresh copy" in reason(data[: len(data) // 2])


def test_an_empty_file() -> None:
    assert "is empty" in reason(b"")


# Sizes


def header_of(width: int, height: int) -> bytes:
    """A PNG without pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return chunks.SIGNATURE + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    )


@pytest.mark.parametrize("size", [(65_536, 1), (1, 65_536), (100_000, 2)])
def test_a_side_of_more_than_65535_pixels_is_refused_by_the_header(size: tuple[int, int]) -> None:
    text = reason(header_of(*size))
    assert f"{size[0]:,} x {size[1]:,} pixels, and a side has at most 65,535" in text


def test_65535_pixels_are_taken() -> None:
    stream = io.BytesIO()
    Image.new("L", (65_535, 1), 7).save(stream, "PNG")
    assert from_bytes(stream.getvalue(), "a").samples.shape == (1, 65_535)


def test_sizes_are_checked_before_pixels_are_decoded() -> None:
    with opened(header_of(60_000, 1)) as picture:
        assert picture.image.size == (60_000, 1)  # although there are no pixels


def test_too_many_pixels_are_refused_by_the_header() -> None:
    assert "too many pixels" in reason(header_of(65_535, 65_535))


# Texts of PNG


def text(kind: str, size: int, key: str = "Comment") -> tuple[bytes, bytes]:
    content = zlib.compress(b"x" * size)
    if kind == "zTXt":
        return b"zTXt", key.encode() + b"\0\0" + content
    if kind == "iTXt":
        return b"iTXt", key.encode() + b"\0\1\0\0\0" + content
    return b"tEXt", key.encode() + b"\0" + b"x" * size


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt"])
@pytest.mark.parametrize("count", [1, 80])
def test_texts_of_more_than_a_mebibyte_are_no_obstacle(kind: str, count: int) -> None:
    data = png(RGB, 8, 2, *[text(kind, 2**20 + 1, f"Comment {index}") for index in range(count)])
    picture = from_bytes(data, "a")
    np.testing.assert_array_equal(picture.samples, RGB)
    assert picture.notes == ()


def test_a_text_behind_the_pixels_is_no_obstacle() -> None:
    data = png(RGB, 8, 2)
    kind, content = text("zTXt", 2**21)
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    np.testing.assert_array_equal(from_bytes(data[:-12] + chunk + data[-12:], "a").samples, RGB)


def test_a_text_bomb_takes_no_memory() -> None:
    bomb = zlib.compress(bytes(2**28))
    data = png(RGB, 8, 2, *[(b"zTXt", b"a%d\0\0" % index + bomb) for index in range(20)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.testing.assert_array_equal(from_bytes(data, "a").samples, RGB)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/></x:xmpmeta>'


@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_text_that_says_how_the_picture_is_turned_is_read(is_compressed: bool) -> None:
    content = b"\1\0\0\0" + zlib.compress(XMP) if is_compressed else b"\0\0\0\0" + XMP
    picture = from_bytes(png(RGB, 8, 2, (b"iTXt", b"XML:com.adobe.xmp\0" + content)), "a")
    np.testing.assert_array_equal(picture.samples, np.rot90(RGB, -1))


def test_such_a_text_of_more_than_a_mebibyte_is_named() -> None:
    content = b"\1\0\0\0" + zlib.compress(XMP + bytes(2**20))
    picture = from_bytes(png(RGB, 8, 2, (b"iTXt", b"XML:com.adobe.xmp\0" + content)), "a")
    np.testing.assert_array_equal(picture.samples, RGB)
    assert picture.notes == (chunks.NOTE_TEXT,)


def test_of_texts_that_say_it_twice_the_first_counts() -> None:
    other = XMP.replace(b'"6"', b'"3"')
    texts = [(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + content) for content in (XMP, other)]
    np.testing.assert_array_equal(from_bytes(png(RGB, 8, 2, *texts), "a").samples, np.rot90(RGB, -1))


def test_the_limit_of_pillow_is_not_changed() -> None:
    assert PngImagePlugin.MAX_TEXT_CHUNK == 2**20


def test_a_png_without_texts_is_not_copied() -> None:
    data = png(RGB, 8, 2)
    assert chunks.without_extras(data).data is data


@given(st.data())
def test_a_damaged_png_is_a_picture_or_one_sentence(data: st.DataObject) -> None:
    whole = png(RGB, 8, 2, text("zTXt", 50), (b"iCCP", b"a\0\0" + zlib.compress(b"x" * 200)), text("iTXt", 50))
    changed = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for place in data.draw(st.lists(st.integers(0, max(len(changed) - 1, 0)), max_size=3)) if changed else []:
        changed[place] ^= data.draw(st.integers(1, 255))
    try:
        assert from_bytes(bytes(changed), "a").samples.dtype == np.uint8
    except PictureError as error:
        assert str(error).endswith(".")
