"""The main header of a JPEG 2000 codestream (ITU-T T.800, Annex A), without what says nothing of the picture."""

from __future__ import annotations

from typing import Final

SOC: Final = b"\xff\x4f"
SOT: Final = b"\xff\x90"
COM: Final = b"\xff\x64"


def without_comments(data: bytes) -> bytes:
    """A codestream without the comments of its main header. OpenJPEG writes its version into one."""
    kept, position = [SOC], len(SOC)
    while not data.startswith(SOT, position):
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if not data.startswith(COM, position):
            kept.append(data[position:end])
        position = end
    return b"".join((*kept, data[position:]))
