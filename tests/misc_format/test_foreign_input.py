"""Input from outside that other people's libraries read for us: whatever they raise must not reach the user as it is."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import misc_format
from misc_format import Generation, MiscError, Stream, Text
from misc_format.testing import mutations

LONG_NUMBER = "1" * 5_000  # more digits than Python converts by default


def png(mode: str = "L") -> bytes:
    buffer = io.BytesIO()
    samples = np.random.default_rng(1).integers(0, 256, (6, 7), np.uint8)
    Image.fromarray(samples).convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


def short_header() -> bytes:
    """A PNG whose IHDR chunk, with a right checksum, is too short."""
    chunk = b"IHDR" + bytes(5)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 5) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("folder")
    (made / "manifest.json").write_text('{"width": 100, "height": 100}')
    (made / "maps").mkdir()
    Image.fromarray(np.eye(8, dtype=np.bool_)).save(made / "maps" / "0.png")
    return made


@pytest.mark.parametrize(
    "name, content",
    [
        ("manifest.json", f'{{"width": {LONG_NUMBER}, "height": 3}}'),
        ("items.json", f'[{{"name": {LONG_NUMBER}, "detail": ""}}]'),
    ],
)
def test_a_number_too_long_for_python_is_explained(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 3, "height": 3}')
    (tmp_path / name).write_text(content)
    with pytest.raises(MiscError) as caught:
        misc_format.pack(tmp_path)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", name)


@pytest.mark.parametrize("content", [short_header(), png()[:60]], ids=["IHDR", "cut"])
def test_a_broken_picture_is_a_fault_of_its_content(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 100, "height": 100}')
    (tmp_path / "image.png").write_bytes(content)
    with pytest.raises(MiscError) as caught:
        misc_format.pack(tmp_path)
    assert (caught.value.rule, caught.value.path) == ("MISC-PCK-003", "image.png")


@settings(max_examples=400)
@given(
    st.sampled_from(("L", "RGB", "1", "P")).map(png).flatmap(mutations), st.sampled_from(("image.png", "maps/0.png"))
)
def test_any_mutated_picture_is_packed_or_refused(folder: Path, content: bytes, name: str) -> None:
    path = folder / name
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        misc_format.pack(folder)
    except MiscError as error:
        assert error.path
    finally:
        path.unlink()
        if before is not None:
            path.write_bytes(before)


@pytest.mark.parametrize(
    "digest",
    ["0x1234567890abcd", "1_234567890abcde", " 23456789abcdef ", "+123456789abcdef", "-123456789abcdef", "１" * 16],
)
def test_only_sixteen_hexadecimal_digits_are_a_digest(digest: str) -> None:
    with pytest.raises(MiscError, match="MISC-GEN-002"):
        misc_format.write(Stream(4, 4, text=Text(""), generation=Generation(model=digest)))


@pytest.mark.parametrize("digest", ["0" * 16, "0123456789abcdef", "f" * 16])
def test_a_digest_comes_back(digest: str) -> None:
    data = misc_format.write(Stream(4, 4, text=Text(""), generation=Generation(model=digest)))
    assert misc_format.read(data).generation == Generation(model=digest)


@pytest.mark.parametrize(
    "tenths",
    [
        0,
        75,
        4_000_000_000,
        4_000_000_001,
        2**32 - 1,
    ],
)
def test_every_guidance_of_a_file_is_packed_again(tenths: int, tmp_path: Path) -> None:
    data = misc_format.write(Stream(4, 4, text=Text(""), generation=Generation(guidance=tenths)))
    misc_format.unpack(data, tmp_path / "folder")
    assert misc_format.pack(tmp_path / "folder") == data
