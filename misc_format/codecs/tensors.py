"""Reads the tensors of a `.pt` file from a stranger. PyTorch is loaded only here, and only for such a file."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

from misc_format.codecs.faults import source_fault
from misc_format.folder.npz import FAULTS, MAX_BYTES, MAX_DIRECTORY
from misc_format.system.reading import read_file

MAX_MEMBERS = 64


def read_tensors(path: Path) -> dict[str, Any]:
    """The values of the dictionary that `torch.save` wrote: arrays, bytes, numbers and sequences of numbers.

    Nothing of the file is executed: PyTorch reads it with `weights_only`. Raises `MiscError`, `OSError`, and `ModuleNotFoundError` if
    PyTorch is not installed.
    """
    data = read_file(path, MAX_BYTES)
    _check_archive(data, path.name)
    import torch

    try:
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:  # what PyTorch raises for a damaged file has no common class
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise source_fault(f"PyTorch does not read it as plain tensors: {reason}", path.name) from None
    if not isinstance(loaded, dict) or not all(isinstance(name, str) for name in loaded):
        raise source_fault("it does not hold a dictionary of named tensors", path.name)
    return {name: _plain(value, f"{path.name}/{name}") for name, value in loaded.items()}


def _check_archive(data: bytes, name: str) -> None:
    """Check the sizes of the members before PyTorch takes memory for them."""
    try:
        if not 0 <= _directory_bytes(data) <= MAX_DIRECTORY:
            raise ValueError("it is not a zip file, or its list of members is too long")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except FAULTS as error:
        raise source_fault(f"it is not a file of torch.save: {error}", name) from None
    if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
        raise source_fault(f"it has more than {MAX_MEMBERS} members or {MAX_BYTES:,} bytes", name)
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise source_fault("a member is compressed, which torch.save does not do", name)


def _directory_bytes(data: bytes) -> int:
    """The bytes of the list of members, as both records at the end of the file give it; -1 if there is no such record."""
    end = data.rfind(b"PK\5\6")
    if end < 0 or len(data) - end < 22:
        return -1
    [size] = struct.unpack_from("<I", data, end + 12)
    if (
        data[max(end - 20, 0) : end].startswith(b"PK\6\7") and end >= 76
    ):  # PyTorch always writes the record of large files, too
        [large] = struct.unpack_from("<Q", data, end - 20 - 56 + 40)
        size = max(size, large)
    return int(size)


def _plain(value: Any, path: str) -> Any:
    """A tensor as an array; other values as they are. A small storage can pose as a large tensor."""
    if not hasattr(value, "detach"):
        return value
    if value.numel() * value.element_size() > MAX_BYTES:
        raise source_fault(f"a tensor of {tuple(value.shape)} has more than {MAX_BYTES:,} bytes", path)
    try:
        return value.detach().cpu().numpy()
    except (TypeError, RuntimeError) as error:
        raise source_fault(f"the tensor is not of plain numbers: {error}", path) from None
