"""What a decoder must make of a vector, as JSON: for a conforming file its symbols and its account, for another the rule it breaks."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np

from misc_format import (
    Codestream,
    Generation,
    Grid,
    Latents,
    Maps,
    Opaque,
    Stream,
    Strings,
    Text,
    account,
    read,
    validate,
)


def symbols(stream: Stream) -> dict[str, Any]:
    """The content of a stream: strings and numbers as they are, arrays by size and digest.

    The digest of a map is the SHA-256 of its pixels, a byte 0 or 1 each, row by row; that of a grid of its samples, a byte each; those
    of latents of their values less means, four bytes each, little-endian, channels within places; that of a
    codestream of its bytes.
    """
    content: dict[str, Any] = {"width": stream.width, "height": stream.height, "profile": stream.profile}
    content["methods"] = dict(stream.methods)
    for kind, part in stream.core().items():
        content[kind] = _symbols_of(part)
    if stream.ancillary:
        content["ancillary"] = [{"type": member.type, "payload": member.payload.hex()} for member in stream.ancillary]
    return content


def _symbols_of(part: Any) -> Any:
    if isinstance(part, Opaque):
        return {"payload": part.payload.hex()}
    if isinstance(part, Text):
        return {"overall": part.overall, "items": [asdict(item) for item in part.items]}
    if isinstance(part, Maps):
        return [_array(grid.astype(np.uint8)) for grid in part.maps]
    if isinstance(part, Grid):
        return {**_array(part.samples), "depth": part.depth, "block": part.block}
    if isinstance(part, Codestream):
        return {
            "format": part.format,
            "reduction": part.reduction,
            "bytes": len(part.data),
            "sha256": hashlib.sha256(part.data).hexdigest(),
        }
    if isinstance(part, Latents):
        return {
            "quality": part.quality,
            "grey": part.grey,
            "y": _array(part.y.astype("<i4")),
            "z": _array(part.z.astype("<i4")),
        }
    assert isinstance(part, Generation | Strings)
    values = {name: value for name, value in asdict(part).items() if value is not None}
    if isinstance(part, Strings):
        values["shape"] = list(part.shape)
        values["strings"] = [string.hex() for string in part.strings]
    return values


def _array(values: np.ndarray[Any, np.dtype[Any]]) -> dict[str, Any]:
    planes = 1 if values.ndim == 2 else values.shape[2]
    return {
        "columns": values.shape[1],
        "rows": values.shape[0],
        "planes": planes,
        "sha256": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest(),
    }


def outcome(data: bytes) -> dict[str, Any]:
    """What the reference decoder makes of a file, in the form of the manifest."""
    report = validate(data)
    for issue in report.issues:
        if issue.severity == "error":
            return {"verdict": report.verdict, "rule": issue.id, "bit_offset": issue.bit_offset, "path": issue.path}
    bits = {part.path: part.bits for part in account(data, deep=True).components}
    found = {"verdict": report.verdict, "symbols": symbols(read(data)), "bits": bits}
    warnings = [{"rule": issue.id, "bit_offset": issue.bit_offset, "path": issue.path} for issue in report.issues]
    return found | ({"warnings": warnings} if warnings else {})
