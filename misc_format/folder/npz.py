"""Reads arrays from untrusted .npz files: without pickles, and with sizes checked before memory is allocated."""

from __future__ import annotations

import io
import lzma
import tokenize
import zipfile
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from misc_format.errors import MiscError

MAX_BYTES = 2**28  # of all arrays together: 2^24 numbers of 16 bytes
MAX_ARRAYS = 16
MAX_HEADER = 10_000
#: What the libraries raise for damaged bytes. For those of bzip2 it is `OSError`, which means here no fault of reading: `BytesIO` is read.
DAMAGE = (
    ValueError, NotImplementedError, RuntimeError, EOFError, OSError, SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
    lzma.LZMAError,
)  # fmt: skip


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """The arrays of an .npz file by name.

    Raises `MiscError` if the content is not such a file, `OSError` if the file cannot be read.
    """
    data = io.BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(data) as archive:
            members = archive.infolist()
            if len(members) > MAX_ARRAYS:
                raise ValueError(f"there are {len(members)} arrays, more than {MAX_ARRAYS}")
            if len({member.filename for member in members}) < len(members):
                raise ValueError("two arrays have the same name")
            size = sum(member.file_size for member in members)
            if size > MAX_BYTES:
                raise ValueError(f"the arrays have {size:,} bytes together, more than {MAX_BYTES:,}")
            return {member.filename.removesuffix(".npy"): _read_array(archive, member) for member in members}
    except DAMAGE as error:
        raise MiscError(
            "MISC-PCK-003", f"the file is not a valid .npz file of arrays: {error}", path=path.name
        ) from None


def read_array(path: Path) -> NDArray[np.generic]:
    """The array of an .npy file. Raises as `read_arrays`."""
    is_too_large = path.stat().st_size > MAX_BYTES + MAX_HEADER
    data = io.BytesIO(b"" if is_too_large else path.read_bytes())
    try:
        if is_too_large:
            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        return _array(data, path.name)
    except DAMAGE as error:
        raise MiscError(
            "MISC-PCK-003", f"the file is not a valid .npy file of numbers: {error}", path=path.name
        ) from None


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[np.generic]:
    if not member.filename.endswith(".npy"):
        raise ValueError(f"{member.filename} is not an array")
    with archive.open(member) as stream:
        return _array(io.BytesIO(stream.read(member.file_size + 1)), member.filename)


def _array(content: io.BytesIO, name: str) -> NDArray[np.generic]:
    """The array of the content of an .npy file. Raises ValueError."""
    version = npy.read_magic(content)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} has version {version}, not 1.0 or 2.0")
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(content, MAX_HEADER)
    data_bytes = len(content.getbuffer()) - content.tell()
    if dtype.kind not in "biuf" or prod(shape) * dtype.itemsize != data_bytes:
        raise ValueError(f"{name} does not have the numbers of shape {shape} and dtype {dtype}")
    values = np.frombuffer(content.getbuffer()[content.tell() :], dtype)
    return values.reshape(shape, order="F" if fortran else "C").copy()
