"""The expected result of a vector, as JSON: symbols, bits and fields of a conforming file, or the rule that another file breaks.

An array is a size and a digest. `arrays` also gives it as a file, so that a wrong array can be compared.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format import Document, Stream, account, validate
from misc_format.coders import form_of
from misc_format.components import Content, ImagePart, Parts
from misc_format.document import opened

MAX_SAMPLES = 2**17  # of an array, or of arrays together, that are written as a file


def symbols(stream: Stream) -> dict[str, Any]:
    """The content of a stream: strings and numbers as they are, arrays as size and digest.

    A digest is a SHA-256. That of a map covers its pixels, one byte 0 or 1 each, row by row. That of a grid covers its samples, one byte
    each. Those of latents cover their values less means, four bytes each, little-endian, channels within places. That of a codestream
    covers its bytes.
    """
    content: dict[str, Any] = {"width": stream.width, "height": stream.height, "profile": stream.profile}
    content["methods"] = dict(stream.methods)
    for kind, part in stream.core().items():
        content[kind] = (
            {"parts": [_part(one) for one in part.parts]} if isinstance(part, Parts) else _content(kind, part)
        )
    if stream.unchecked:
        content["unchecked"] = sorted(stream.unchecked)
    if stream.ancillary:
        content["ancillary"] = [{"type": member.type, "payload": member.payload.hex()} for member in stream.ancillary]
    return content


def _content(kind: str, content: Content) -> Any:
    return form_of(kind, content).symbols(content)


def _part(part: ImagePart) -> dict[str, Any]:
    """A part of an image. One that could have a check and has none says so."""
    name = {"name": part.name} if part.name else {}
    unchecked = {} if part.checked else {"unchecked": True}
    return {"role": part.role, **name, "method": part.method, "content": _content("image", part.content), **unchecked}


def arrays(stream: Stream) -> dict[str, bytes]:
    """Files by the end of their names: maps and grids as PNG, latents as NPZ. Arrays of more than MAX_SAMPLES are left out.

    The name of a file of a part has the label of the part: `image.semantic.png`.
    """
    files: dict[str, bytes] = {}
    for kind, content in stream.core().items():
        if isinstance(content, Parts):
            for part in content.parts:
                files |= {
                    name.replace("image", f"image.{part.label}", 1): data
                    for name, data in _arrays("image", part.content)
                }
        else:
            files |= _arrays(kind, content)
    return files


def _arrays(kind: str, content: Content) -> Iterator[tuple[str, bytes]]:
    for name, values in form_of(kind, content).arrays(content).items():
        by_name = values if isinstance(values, dict) else {"": values}
        if sum(array.size for array in by_name.values()) <= MAX_SAMPLES:
            yield name, npz(values) if isinstance(values, dict) else png(values)


def npz(by_name: dict[str, NDArray[Any]]) -> bytes:
    """An NPZ file of 16-bit integers, uncompressed and without times."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, values in by_name.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(values.astype("<i2")), version=(1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue())
    return file.getvalue()


def png(samples: NDArray[Any]) -> bytes:
    """A PNG file: 1 bit per pixel of a map, 8 bits per sample of grey or RGB. It is uncompressed, so its bytes depend on no library."""
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


def outcome(data: bytes | Document) -> dict[str, Any]:
    """The result of the reference decoder, in the form of the manifest."""
    document = opened(data)
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
    """Path, first bit and number of bits of every leaf, and its value if it is a declared number."""
    return [[leaf.path, leaf.bit_offset, leaf.bit_length, _number(leaf.path, leaf.value)] for leaf in document.leaves()]


def _number(path: str, value: object) -> int | None:
    if path == "header/signature":
        return int(str(value), 16)
    return value if isinstance(value, int) else None
