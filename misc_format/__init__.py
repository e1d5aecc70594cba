"""MISC bitstream: read, write, count, check and pack the file format of ultra-low-bitrate semantic image compression.

stream = misc_format.read("photo.misc")            # the content, every symbol decoded
data = misc_format.write(stream)                   # the same bytes again
misc_format.account(data).bpp                      # exact bits per pixel, by component
misc_format.validate(data).issues                  # broken rules, with clause and bit offset
"""

from __future__ import annotations

from pathlib import Path

from misc_format import stream as _stream
from misc_format.accounting import account, account_many, inspect
from misc_format.components import (
    Ancillary,
    Codestream,
    Generation,
    Grid,
    Item,
    Latents,
    Maps,
    Opaque,
    Stream,
    Strings,
    Text,
)
from misc_format.errors import MiscError
from misc_format.stream import write
from misc_format.validation.validator import validate

__version__ = "0.1.0"

__all__ = [
    "Ancillary", "Codestream", "Generation", "Grid", "Item", "Latents", "Maps", "MiscError", "Opaque", "Stream", "Strings", "Text",
    "account", "account_many", "inspect", "pack", "read", "unpack", "validate", "write",
]  # fmt: skip


def read(source: bytes | bytearray | memoryview | str | Path) -> Stream:
    """All content of a file, from its bytes or its path. Raises `MiscError`, or `OSError` for a path that cannot be read."""
    return _stream.read(Path(source).read_bytes() if isinstance(source, str | Path) else bytes(source))


def pack(folder: str | Path) -> bytes:
    """The bitstream of a folder of plain files (clause 14.2). Raises `MiscError`, `OSError`."""
    from misc_format.folder import packing  # Pillow is for those who pack

    return packing.pack(folder)


def unpack(data: bytes, folder: str | Path, *, jbig2: bool = False) -> None:
    """Write a bitstream's content to a new or empty folder, so that `pack` gives the same bytes. Raises `MiscError`, `OSError`.

    `jbig2`: write each map as a JBIG2 file, too.
    """
    from misc_format.folder import packing

    packing.unpack(data, folder, jbig2=jbig2)
