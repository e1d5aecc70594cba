"""Reads arrays from untrusted .npz files: without pickles, and with sizes checked before memory is allocated."""

from __future__ import annotations

import io
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from misc_format.errors import MiscError
from misc_format.system.reading import CHUNK, read_file

MAX_BYTES = 2**28  # of all arrays of a file: 2^24 numbers of 16 bytes
MAX_ARRAYS = 16
MAX_HEADER = 10_000
MAX_DIRECTORY = 2**16  # bytes of the list of members, which is read into memory whole
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of np.savez and np.savez_compressed
_END = b"PK\5\6"  # the record at the end of a zip file
_LARGE_END = b"PK\6\7"  # stands before it if the file has more than 4 GiB or 65,535 members
FAULTS = (
    ValueError, NotImplementedError, RuntimeError, EOFError, SyntaxError, tokenize.TokenError, OverflowError, struct.error, MemoryError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of an .npz file by name.

    Raises `MiscError` if the content is not such a file, `OSError` if the file cannot be read.
    """
    data = read_file(path)
    try:
        _check_directory(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members)
            return {member.filename.removesuffix(".npy"): _read_member(archive, member) for member in members}
    except FAULTS as error:
        raise MiscError(
            "MISC-PCK-003", f"the file is not a valid .npz file of arrays: {error}", path=path.name
        ) from None


def read_array(path: Path) -> NDArray[np.generic]:
    """The array of an .npy file. Raises as `read_arrays`."""
    try:
        with path.open("rb") as stream:
            return array_of_file(stream, path.stat().st_size, path.name)
    except FAULTS as error:
        raise MiscError(
            "MISC-PCK-003", f"the file is not a valid .npy file of numbers: {error}", path=path.name
        ) from None


def _check_directory(data: bytes) -> None:
    """Raise `ValueError` if the list of members is too long to be read."""
    end = data.rfind(_END)
    if end < 0 or len(data) - end < 22:
        raise ValueError("it is not a zip file")
    [directory_bytes] = struct.unpack_from("<I", data, end + 12)
    if directory_bytes > MAX_DIRECTORY or data[max(end - 20, 0) : end].startswith(_LARGE_END):
        raise ValueError(f"there are more than {MAX_ARRAYS} arrays")


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    """Raise `ValueError` for what np.savez never writes, and for more bytes than are read."""
    if len(members) > MAX_ARRAYS:
        raise ValueError(f"there are {len(members)} arrays, more than {MAX_ARRAYS}")
    if len({member.filename for member in members}) < len(members):
        raise ValueError("two arrays have the same name")
    for member in members:
        if not member.filename.endswith(".npy"):
            raise ValueError(f"{member.filename} is not an array")
        if member.compress_type not in METHODS:
            raise ValueError(
                f"{member.filename} has compression method {member.compress_type}; use np.savez_compressed"
            )
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES:
        raise ValueError(f"the arrays have {total:,} bytes together, more than {MAX_BYTES:,}")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[np.generic]:
    with archive.open(member) as stream:
        return array_of_file(stream, member.file_size, member.filename)


def array_of_file(stream: IO[bytes], size: int, name: str) -> NDArray[np.generic]:
    """The array of an .npy file of `size` bytes. Memory is taken only for the shape in its header. Raises one of `FAULTS`."""
    if size > MAX_BYTES + MAX_HEADER:
        raise ValueError(f"{name} has {size:,} bytes, more than {MAX_BYTES:,}")
    version = npy.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} has version {version}, not 1.0 or 2.0")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(stream, MAX_HEADER)
    if dtype.kind not in "biuf" or prod(shape) * dtype.itemsize != size - stream.tell():
        raise ValueError(f"{name} does not have the numbers of shape {shape} and dtype {dtype}")
    values = np.empty(prod(shape), dtype)
    content = memoryview(values.view(np.uint8).data)
    while content:
        count = stream.readinto(content[:CHUNK])  # type: ignore[attr-defined]
        if not count:
            raise ValueError(f"{name} ends too early")
        content = content[count:]
    if stream.read(1):
        raise ValueError(f"{name} goes on behind its numbers")
    return values.reshape(shape, order="F" if fortran else "C")
