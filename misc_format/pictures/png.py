"""Chunks of PNG files that Pillow should not or does not read: texts, profiles and code points of colours.

Rule 1.  A text is not decompressed, however long it is. Two kinds of text may say how a picture is turned, and are kept up to MAX_TEXT.
Rule 2.  A profile has at most MAX_PROFILE bytes.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_TEXT: Final = 2**20  # bytes; also Pillow's limit
MAX_PROFILE: Final = 2**24  # bytes; profiles of printers have one or two mebibytes
_TEXTS: Final = (b"tEXt", b"zTXt", b"iTXt")
_TURNING: Final = (b"Raw profile type exif\0", b"XML:com.adobe.xmp\0")  # keywords of texts with an orientation

NOTE_TEXT: Final = "The picture's metadata has more than 1 MiB, so an orientation in it was ignored."
NOTE_PROFILE: Final = "The picture's ICC profile is broken, so its colours were taken for sRGB."


@dataclass
class Rest:
    """A PNG file without the chunks that were taken out of it.

    `info`: what they say, as the `info` of a picture of Pillow has it: "icc_profile" and "cicp". `notes`: for the user.
    """

    data: bytes
    info: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def without_extras(data: bytes) -> Rest:
    """The file without texts and profile. A damaged file keeps its damage, for Pillow to find."""
    rest = Rest(data)
    kept, start, place = [], 0, len(SIGNATURE)
    seen: set[bytes] = set()
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data) or kind == b"IEND":
            break
        if kind in _TEXTS or kind in (b"iCCP", b"cICP"):
            content = data[place + 8 : end - 4]
            if not _is_kept(kind, content, seen, rest):
                kept.append(data[start:place])
                start = end
        place = end
    if kept:
        rest.data = b"".join((*kept, data[start:]))
    return rest


def _is_kept(kind: bytes, content: bytes, seen: set[bytes], rest: Rest) -> bool:
    """Whether Pillow shall read a chunk. What it shall not read goes to `rest` if it matters. Of equal chunks, the first counts."""
    keyword = content[: content.find(b"\0") + 1] if kind in _TEXTS else kind
    is_first = keyword not in seen
    seen.add(keyword)
    if kind == b"cICP":
        if is_first and len(content) == 4:
            rest.info["cicp"] = tuple(content)
        return False
    if kind == b"iCCP":
        if is_first:
            name, _, stream = content.partition(b"\0")
            profile = inflated(stream[1:], MAX_PROFILE) if name and stream[:1] == b"\0" else None
            if profile is None:
                rest.notes.append(NOTE_PROFILE)
            else:
                rest.info["icc_profile"] = profile
        return False
    if keyword not in _TURNING or not is_first:
        return False
    compressed = _compressed(kind, content[len(keyword) :])
    if len(content) <= MAX_TEXT and (compressed is None or inflated(compressed, MAX_TEXT) is not None):
        return True
    rest.notes.append(NOTE_TEXT)
    return False


def _compressed(kind: bytes, content: bytes) -> bytes | None:
    """The compressed part of a text behind its keyword; None for a text that is not compressed."""
    if kind == b"zTXt":
        return content[1:]
    if kind == b"iTXt" and content[:1] != b"\0":
        return content[2:].split(b"\0", 2)[-1]
    return None


def inflated(data: bytes, limit: int) -> bytes | None:
    """What a zlib stream holds; None if it is broken or holds more than `limit` bytes, of which no more are decompressed."""
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, limit + 1)
    except zlib.error:
        return None
    return content if stream.eof and len(content) <= limit else None
