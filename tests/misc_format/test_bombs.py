"""Small files of a folder that declare much: each is refused by its headers, before memory is taken."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from misc_format import MiscError, pack
from misc_format.folder.maskfiles import MAX_ANNOTATION_BYTES
from misc_format.folder.packing import read_maps
from misc_format.limits import MAX_MAP_PIXELS

MAX_PEAK = 64 * 2**20


def png(width: int, height: int, bits: int = 1) -> bytes:
    """A black picture in greys."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    packer, rows = zlib.compressobj(9), bytes(-(-width * bits // 8) + 1) * 64
    data = b"".join(packer.compress(rows) for _ in range(-(-height // 64))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def npz(method: int, *sizes: int) -> bytes:
    """A file with an array of bytes for each size."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for number, size in enumerate(sizes):
            with archive.open(f"{number}.npy", "w") as member:
                npy.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
                for start in range(0, size, 2**20):
                    member.write(bytes(min(2**20, size - start)))
    return stream.getvalue()


def lying_npz() -> bytes:
    """An array that is longer than its shape."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("y.npy", "w") as member:
        npy.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": (99,)})
        member.write(bytes(100))
    return stream.getvalue()


def zip64() -> bytes:
    """A file whose record at the end stands behind that of a large file."""
    data = npz(zipfile.ZIP_STORED, 8)
    end = data.rfind(b"PK\5\6")
    return data[:end] + struct.pack("<4sIQI", b"PK\6\7", 0, end, 1) + data[end:]


BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "bzip2": ("image.npz", lambda: npz(zipfile.ZIP_BZIP2, 2**27), "compression method 12"),
    "lzma": ("image.npz", lambda: npz(zipfile.ZIP_LZMA, 2**20), "compression method 14"),
    "deflate": ("image.npz", lambda: npz(zipfile.ZIP_DEFLATED, 2**28), "together, more than 268,435,456"),
    "deflate, in parts": (
        "image.npz",
        lambda: npz(zipfile.ZIP_DEFLATED, *[2**25] * 9),
        "together, more than 268,435,456",
    ),
    "many members": ("image.npz", lambda: npz(zipfile.ZIP_STORED, *[0] * 17), "17 arrays, more than 16"),
    "very many members": ("image.npz", lambda: npz(zipfile.ZIP_STORED, *[0] * 3000), "more than 16 arrays"),
    "a large zip file": ("image.npz", zip64, "more than 16 arrays"),
    "another shape": ("image.npz", lying_npz, "does not have the numbers of shape"),
    "no zip file": ("image.npz", lambda: b"PK\5\6", "not a zip file"),
    "a grid": ("image.png", lambda: png(13_000, 13_000), "13,000 x 13,000 pixels, and at most 262,144 fit"),
    "a map": ("maps/0.png", lambda: png(13_000, 13_000), "13,000 x 13,000 pixels, and at most 16,777,216 fit"),
    "JSON": ("maps/0.json", lambda: b"[" + b"1," * (MAX_ANNOTATION_BYTES // 2), "more than 16,777,216 bytes"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_its_headers(tmp_path: Path, name: str) -> None:
    file, make, fault = BOMBS[name]
    (tmp_path / "manifest.json").write_text('{"width": 13000, "height": 13000}')
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_bytes(make())
    tracemalloc.start()
    try:
        with pytest.raises(MiscError, match="MISC-PCK-003") as caught:
            pack(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < MAX_PEAK
    finally:
        tracemalloc.stop()
    assert fault in caught.value.message


def test_many_maps_are_counted_together(tmp_path: Path) -> None:
    """Sixteen maps of 13,000 x 13,000 in 595 KB took 4.8 GB and 49 s."""
    side = int(MAX_MAP_PIXELS**0.5) // 2
    (tmp_path / "maps").mkdir()
    (tmp_path / "manifest.json").write_text('{"width": 4096, "height": 4096}')
    for number in range(4):
        (tmp_path / "maps" / f"{number}.png").write_bytes(png(side, side))
    pack(tmp_path)
    (tmp_path / "maps" / "4.png").write_bytes(png(8, 8))
    with pytest.raises(MiscError, match="at most 0 fit") as caught:
        pack(tmp_path)
    assert caught.value.path == "4.png"
    assert len(read_maps(tmp_path / "maps").maps) == 5  # for an encoder, which scales them down


def test_numbers_of_any_order_come_back(tmp_path: Path) -> None:
    from misc_format.folder.npz import read_arrays

    arrays = {"a": np.arange(12, dtype=">i4").reshape(3, 4).T, "b": np.array(True), "c": np.zeros((0, 3), np.float16)}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz")
    assert all(np.array_equal(found[name], arrays[name]) and found[name].dtype == arrays[name].dtype for name in arrays)
