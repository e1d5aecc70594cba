"""What a decoder must make of a vector, as JSON: for a conforming file its symbols, bits and fields, for another the rule it breaks.

Of an array there are size and digest; `arrays` gives it as a file, for whoever gets another digest.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format import Document, Stream, account, validate
from misc_format.coders import form_of

MAX_PIXELS = 2**17  # of an array that is kept as a file


def symbols(stream: Stream) -> dict[str, Any]:
    """The content of a stream: strings and numbers as they are, arrays by size and digest.

    The digest of a map is the SHA-256 of its pixels, a byte 0 or 1 each, row by row; that of a grid of its samples, a byte each; those
    of latents of their values less means, four bytes each, little-endian, channels within places; that of a
    codestream of its bytes.
    """
    content: dict[str, Any] = {"width": stream.width, "height": stream.height, "profile": stream.profile}
    content["methods"] = dict(stream.methods)
    for kind, part in stream.core().items():
        content[kind] = form_of(kind, part).symbols(part)
    if stream.ancillary:
        content["ancillary"] = [{"type": member.type, "payload": member.payload.hex()} for member in stream.ancillary]
    return content


def arrays(stream: Stream) -> dict[str, bytes]:
    """Maps and grids as PNG files, latents as NPZ, by the end of their names; of larger ones there is only the digest."""
    files: dict[str, bytes] = {}
    for kind, content in stream.core().items():
        for name, values in form_of(kind, content).arrays(content).items():
            if isinstance(values, dict):
                files[name] = npz(values)
            elif values.size <= MAX_PIXELS:
                files[name] = png(values)
    return files


def npz(named: dict[str, NDArray[Any]]) -> bytes:
    """An NPZ file of 16-bit numbers, stored, without a clock."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in named.items():
            held = io.BytesIO()
            np.lib.format.write_array(held, np.ascontiguousarray(values.astype("<i2")), version=(1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), held.getvalue())
    return file.getvalue()


def png(samples: NDArray[Any]) -> bytes:
    """A PNG file, of 1 bit for a map and 8 bits a sample for grey or RGB, whose bytes depend on no library: its data are stored."""
    rows, columns = samples.shape[:2]
    one_bit = samples.dtype == np.bool_
    data = b"".join(b"\0" + row.tobytes() for row in (np.packbits(samples, 1) if one_bit else samples))
    stored = b"".join(
        bytes((start + 65_535 >= len(data),))
        + size.to_bytes(2, "little")
        + (size ^ 65_535).to_bytes(2, "little")
        + part
        for start in range(0, len(data), 65_535)
        for part in (data[start : start + 65_535],)
        for size in (len(part),)
    )
    header = columns.to_bytes(4, "big") + rows.to_bytes(4, "big")
    header += bytes((1 if one_bit else 8, 2 if samples.ndim == 3 else 0, 0, 0, 0))
    chunks = (
        (b"IHDR", header),
        (b"IDAT", b"\x78\x01" + stored + zlib.adler32(data).to_bytes(4, "big")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big") for name, body in chunks
    )


def outcome(data: bytes) -> dict[str, Any]:
    """What the reference decoder makes of a file, in the form of the manifest."""
    document = Document(data)
    report = validate(document)
    for issue in report.issues:
        if issue.severity == "error":
            return {"verdict": report.verdict, "rule": issue.id, "bit_offset": issue.bit_offset, "path": issue.path}
    bits = {part.path: part.bits for part in account(document, deep=True).components}
    entry = {
        "verdict": report.verdict,
        "symbols": symbols(document.stream()),
        "bits": bits,
        "fields": fields(document),
    }
    warnings = [{"rule": issue.id, "bit_offset": issue.bit_offset, "path": issue.path} for issue in report.issues]
    return entry | ({"warnings": warnings} if warnings else {})


def fields(document: Document) -> list[list[Any]]:
    """Every leaf of a file: path, first bit, number of bits, and the value where it is a declared number."""
    return [[leaf.path, leaf.bit_offset, leaf.bit_length, _number(leaf.path, leaf.value)] for leaf in document.leaves()]


def _number(path: str, value: object) -> int | None:
    if path == "header/signature":
        return int(str(value), 16)
    return value if isinstance(value, int) else None
