"""Files of arrays from strangers: whatever zipfile and NumPy raise is one error of the folder."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import misc_format
from misc_format import MiscError
from misc_format.folder.npz import read_array, read_arrays
from misc_format.testing import mutations


def npy(header: bytes, content: bytes = b"", version: bytes = b"\x01\0") -> bytes:
    length = struct.pack("<H" if version == b"\x01\0" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header + content


def npz(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def whole(method: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.arange(300, dtype=np.int16))
    return npz(("y.npy", stream.getvalue()), method=method)


def changed(data: bytes, offset: int, value: bytes) -> bytes:
    """With bytes at an offset of the local header and of the central one."""
    central = data.index(b"PK\x01\x02")
    data = data[:offset] + value + data[offset + len(value) :]
    return data[: central + offset + 2] + value + data[central + offset + 2 + len(value) :]


def damaged(method: int) -> bytes:
    data = bytearray(whole(method))
    begin = 30 + len("y.npy") + 10
    data[begin : begin + 12] = bytes(range(200, 212))
    return bytes(data)


def declared(size: int) -> bytes:
    """The size of the member as its central header has it."""
    data = bytearray(whole(zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", size)
    return bytes(data)


HEADER = b"{'descr': '<i2', 'fortran_order': False, 'shape': (%b,), }"
ARRAYS = {
    "unclosed header": npy(b"{'descr': '<i2', 'shape': (("),
    "unclosed text": npy(b"'''"),
    "no Python": npy(b"\xff\x00\x80"),
    "zero bytes": npy(bytes(64)),
    "deep header": npy(b"(" * 5_000),
    "deep signs": npy(b"-" * 9_000 + b"1"),
    "long number": npy(HEADER % (b"1" * 5_000)),
    "negative": npy(HEADER % b"-1"),
    "huge": npy(HEADER % b"4611686018427387904"),
    "a truth": npy(HEADER % b"True"),
    "objects": npy(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", bytes(8)),
    "records": npy(b"{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (1,), }", bytes(2)),
    "unknown type": npy(b"{'descr': '<x9', 'fortran_order': False, 'shape': (1,), }", bytes(9)),
    "type without a size": npy(b"{'descr': 'V0', 'fortran_order': False, 'shape': (1,), }"),
    "deep type": npy(b"{'descr': " + b"[" * 90 + b"]" * 90 + b", 'fortran_order': False, 'shape': (1,), }"),
    "many axes": npy(b"{'descr': '<i2', 'fortran_order': False, 'shape': (" + b"1," * 65 + b"), }", bytes(2)),
    "many empty axes": npy(b"{'descr': '<i2', 'fortran_order': False, 'shape': (0," + b"9999999999," * 9 + b"), }"),
    "long header": npy(b" " * 20_000, version=b"\x02\0"),
    "version 3": npy(b"{}", version=b"\x03\0"),
    "cut": npy(HEADER % b"9", bytes(3)),
    "empty": b"",
}
ARCHIVES: dict[str, Callable[[], bytes]] = {
    "encrypted": lambda: changed(whole(), 6, b"\x01\0"),
    "strongly encrypted": lambda: changed(whole(), 6, b"\x41\0"),
    "patched": lambda: changed(whole(), 6, b"\x20\0"),
    "Deflate64": lambda: changed(whole(), 8, b"\x09\0"),
    "PPMd": lambda: changed(whole(), 8, b"\x62\0"),
    "Zstandard": lambda: changed(whole(), 8, b"\x5d\0"),
    "stored as LZMA": lambda: changed(whole(), 8, b"\x0e\0"),
    "stored as bzip2": lambda: changed(whole(), 8, b"\x0c\0"),
    "a later version": lambda: changed(whole(), 4, b"\xff\0"),
    "damaged deflate": lambda: damaged(zipfile.ZIP_DEFLATED),
    "damaged bzip2": lambda: damaged(zipfile.ZIP_BZIP2),
    "damaged LZMA": lambda: damaged(zipfile.ZIP_LZMA),
    "damaged content": lambda: damaged(zipfile.ZIP_STORED),
    "smaller than it is": lambda: declared(10),
    "larger than it is": lambda: declared(2**27),
    "four gibibytes": lambda: declared(2**32 - 2),
    "a folder": lambda: npz(("y.npy/", b"")),
    "a name twice": lambda: npz(("y.npy", b""), ("y.npy", b"")),
    "seventeen": lambda: npz(*((f"{number}.npy", b"") for number in range(17))),
    "no arrays": lambda: npz(("y.txt", b"")),
    "cut": lambda: whole()[:-30],
    "a comment that is a directory": lambda: whole() + whole()[-22:],
    "empty": lambda: b"",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("alone", [True, False], ids=["npy", "npz"])
def test_arrays(kind: str, alone: bool, tmp_path: Path) -> None:
    path = tmp_path / ("a.npy" if alone else "a.npz")
    path.write_bytes(ARRAYS[kind] if alone else npz(("y.npy", ARRAYS[kind]), method=zipfile.ZIP_DEFLATED))
    with pytest.raises(MiscError, match="MISC-PCK-003"):
        read_array(path) if alone else read_arrays(path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ARCHIVES)
def test_archives(kind: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"width": 16, "height": 16}')
    (tmp_path / "image.npz").write_bytes(ARCHIVES[kind]())
    with pytest.raises(MiscError) as caught:
        misc_format.pack(tmp_path)
    assert caught.value.path.startswith("image")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_every_right_archive_is_read(method: int, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(whole(method))
    assert read_arrays(tmp_path / "a.npz")["y"].tolist() == list(range(300))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300)
@given(st.sampled_from((0, 8, 12, 14)).map(whole).flatmap(mutations))
def test_any_mutated_archive_is_read_or_refused(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.npz"
        path.write_bytes(content)
        try:
            read_arrays(path)
        except MiscError as error:
            assert error.path == "a.npz"
