"""Reads files that a stranger may have made: no more than a limit, and in a folder nothing but ordinary files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from errno import EFBIG
from pathlib import Path
from typing import Any, Final, Protocol

from misc_format.system.paths import resolved

MAX_FILE_BYTES: Final = 2**30  # of a file of any kind; only a hostile file has more
CHUNK: Final = 2**20


class TooLargeError(OSError):
    """A file has more bytes than the largest allowed number."""


class Readable(Protocol):
    """Something that is read from beginning to end."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises `OSError`."""


def read_limited(stream: Readable, max_bytes: int = MAX_FILE_BYTES, signature: bytes = b"") -> bytes:
    """Read all of a stream. If it does not begin with `signature`, read only as many bytes as the signature has.

    Raises `OSError`, and `TooLargeError` if the stream has more than `max_bytes`; if the size of its file is known, before it is read.
    """
    head = b""
    while len(head) < len(signature) and (part := stream.read(len(signature) - len(head))):
        head += part
    if head != signature:
        return head
    if _size(stream) > max_bytes:
        raise TooLargeError(_too_large(max_bytes))
    parts = [head]
    length = len(head)
    while part := stream.read(CHUNK):
        parts.append(part)
        length += len(part)
        if length > max_bytes:
            raise TooLargeError(_too_large(max_bytes))
    return b"".join(parts)


def _too_large(max_bytes: int) -> str:
    return f"it has more than {max_bytes:,} bytes, the largest size that is read"


def _size(stream: Any) -> int:
    """The size of the file of a stream, in bytes; 0 if it is not known."""
    with suppress(AttributeError, OSError, ValueError):
        return os.fstat(stream.fileno()).st_size
    return 0


def read_file(path: Path, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a file that the user named, which may be a pipe.

    Raises `OSError`, and `TooLargeError` if it has more than `max_bytes`.
    """
    with path.open("rb") as stream:
        try:
            return read_limited(stream, max_bytes)
        except TooLargeError as error:
            raise TooLargeError(EFBIG, str(error), str(path)) from None


def fault_of_entry(root: Path, path: Path) -> str | None:
    """Why an entry of a folder from a stranger must not be read; None if it is an ordinary file or a folder.

    `root`: the folder, without links. A link may lead to another entry of the folder, but not out of it.
    """
    if not resolved(path).is_relative_to(root):
        return "it is a link that leads out of the folder; put a copy of the file in its place"
    mode = path.stat()
    if stat.S_ISDIR(mode.st_mode):
        return None
    if not stat.S_ISREG(mode.st_mode):
        return "it is not an ordinary file; put the content in a file"
    if mode.st_size > MAX_FILE_BYTES:
        return _too_large(MAX_FILE_BYTES)
    return None


def entries_below(folder: Path) -> Iterator[Path]:
    """The entries of a folder at any depth. Links are entries and are not followed. Names that begin with a dot are left out."""
    for entry in sorted(folder.iterdir()):
        if not entry.name.startswith("."):
            yield entry
            if entry.is_dir() and not entry.is_symlink():
                yield from entries_below(entry)
