"""Captions that a codec compresses with zlib."""

from __future__ import annotations

import zlib

from misc_format.codecs.faults import source_fault
from misc_format.limits import MAX_TEXT_BYTES


def inflate(data: bytes, path: str) -> str:
    """The caption of a zlib stream, at most as long as a file can hold. Raises `MiscError`."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, MAX_TEXT_BYTES + 1)
        if len(text) > MAX_TEXT_BYTES:
            raise source_fault(f"the caption has more than {MAX_TEXT_BYTES:,} bytes", path)
        if not stream.eof:
            raise source_fault("the zlib stream of the caption is cut short", path)
        if stream.unused_data:
            raise source_fault(f"{len(stream.unused_data):,} bytes follow the zlib stream of the caption", path)
        return text.decode()
    except zlib.error as error:
        raise source_fault(f"the caption is not a zlib stream: {error}", path) from None
    except UnicodeDecodeError as error:
        raise source_fault(f"byte {error.start} of the caption is not UTF-8", path) from None


def deflate(text: str, level: int = -1) -> bytes:
    """The zlib stream of a caption. Other releases of zlib may write other bytes for the same text."""
    return zlib.compress(text.encode(), level)
