"""Clause 14: ancillary components."""

from __future__ import annotations

import zlib
from typing import Any

from .bits import BrokenRule, Payload, utf8

TYPES = {6: "comment", 7: "provenance", 8: "icc", 13: "private-13", 14: "private-14", 15: "checksum"}
COMMENT, PROVENANCE, CHECKSUM = 6, 7, 15


def name(number: int) -> str:
    """Clause 3.4: the registered name of a type, or its number."""
    return TYPES.get(number, str(number))


def decode(payload: Payload, number: int) -> dict[str, Any]:
    """A member of the ancillary list."""
    start, path = payload.position, f"ancillary/{name(number)}"
    data = payload.rest()
    if number == CHECKSUM:
        if len(data) != 4:
            raise BrokenRule("MISC-ANC-001", start, path)
        if int.from_bytes(data, "big") != zlib.crc32(payload.data[: start // 8]):
            raise BrokenRule("MISC-ANC-002", start, path)
    if number in (COMMENT, PROVENANCE):
        utf8(data, "MISC-ANC-003", start, path)
    return {"type": number, "payload": data.hex()}
