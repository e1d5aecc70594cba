"""MISC bitstream: read, write, count, check and pack the file format of ultra-low-bitrate semantic image compression.

stream = misc_format.read("photo.misc")            # the content, all payloads decoded
data = misc_format.write(stream)                   # the same bytes
misc_format.account(data).bpp                      # exact bits per pixel
misc_format.validate(data).issues                  # broken rules, with clause and bit offset
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from misc_format.accounting import Account, Need, Part, account, account_many, inspect
from misc_format.components import (
    Ancillary,
    CodedString,
    Codes,
    Codestream,
    Content,
    Generation,
    Grid,
    ImagePart,
    Integers,
    Item,
    Latents,
    Maps,
    NamedText,
    Opaque,
    Parts,
    Region,
    Sets,
    Size,
    Stream,
    Strings,
    Text,
)
from misc_format.document import Document, OpenedComponent, Source, opened
from misc_format.errors import LimitError, MiscError, OptionError, SourceError, TruncatedError, UnsupportedError
from misc_format.stream import write
from misc_format.structure.bits import Leaf
from misc_format.validation.validator import Issue, Report, ValidationOptions, validate, validate_many

__version__ = "0.2.0"

__all__ = [
    "Account", "Ancillary", "CodedString", "Codes", "Codestream", "Content", "Document", "Generation", "Grid", "ImagePart",
    "Integers", "Issue", "Item", "Latents", "Leaf", "LimitError", "Maps", "MiscError", "NamedText", "Need", "Opaque",
    "OpenedComponent", "OptionError", "Part", "Parts", "Region", "Report", "Sets", "Size", "Source", "SourceError", "Stream", "Strings",
    "Text", "TruncatedError", "UnsupportedError", "ValidationOptions", "account", "account_many", "inspect", "pack", "read", "table",
    "unpack", "validate", "validate_many", "write",
]  # fmt: skip


def read(source: Source) -> Stream:
    """The content of a file, all payloads decoded. Raises `MiscError`, or `OSError` for a path that cannot be read.

    A file that only breaks the rules of its profile is read: `validate` reports these (clause 3.5).
    """
    return opened(source).stream()


def table(
    sources: Iterable[Source],
    *,
    names: Sequence[str] | None = None,
    deep: bool = True,
    progress: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """One flat row per source, in order: the columns of `misc bpp -o report.csv`, the same in all rows. For notebooks and training loops.

    A file that could not be counted has its reason in `error`, and None in the columns of bits. A component that a file lacks has 0 bits.

    `names`: the values of the column `file`; by default, a path is its own name, and any other source is named by its index.
    `deep`: as in `account`. `progress`: called with the number of finished files after each group. Raises `MiscError` (MISC-ARG-001) if
    the number of names is not that of the sources.
    """
    # Imported here, because it imports what reads files in processes.
    from misc_format.engine.table import rows_of

    return rows_of(sources, names, deep, progress)


def pack(folder: str | Path, note: Callable[[str], object] | None = None) -> bytes:
    """The bitstream of a folder of plain files (clause 18.2). Raises `MiscError`, `OSError`.

    `note`: called with each sentence for the user, such as that a picture was converted to sRGB or how a mask was read.
    """
    from misc_format.folder import packing  # imports Pillow, which only packing needs

    return packing.pack(folder, note)


def unpack(source: Source, folder: str | Path, *, jbig2: bool = False) -> None:
    """Write the content of a file to a new or empty folder. `pack` then gives the same bytes. Raises `MiscError`, `OSError`.

    `jbig2`: also write each map as a JBIG2 file.
    """
    from misc_format.folder import packing

    packing.unpack(source, folder, jbig2=jbig2)
