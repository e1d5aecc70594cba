"""Small files of pictures, built byte by byte, so that every layout can be made, even those that no library writes."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(samples: Any, bits: int, colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of samples (H, W) or (H, W, channels) with the given bits and colour type. `chunks` stand before the pixels."""
    values = np.atleast_3d(np.asarray(samples))
    height, width, channels = values.shape
    rows = b"".join(b"\0" + packed(row.reshape(1, width * channels), bits, ">") for row in values)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return SIGNATURE + b"".join(png_chunk(kind, content) for kind, content in body)


def packed(rows: Any, bits: int, order: str, sample_format: int = 1, *, reverse: bool = False) -> bytes:
    """Rows of samples (H, N), each row filled up to whole bytes. `reverse`: the bits of each byte, as fill order 2 of TIFF has them."""
    kind = {1: "u", 2: "i", 3: "f"}[sample_format]
    if bits >= 8 and bits != 12:
        data = rows.astype(f"{order}{kind}{bits // 8}").tobytes()
    else:
        places = np.arange(bits - 1, -1, -1)
        expanded = (rows[..., None] >> places & 1).astype(np.uint8).reshape(rows.shape[0], -1)
        data = np.packbits(expanded, axis=1).tobytes()
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data) if reverse else data


def tiff(
    samples: Any,
    bits: int | tuple[int, ...],
    photometric: int | None,
    *,
    order: str = "<",
    sample_format: int | None = 1,
    fill: int = 1,
    extra: tuple[int, ...] = (),
    big: bool = False,
    deflated: bool = False,
    tags: dict[int, tuple[int, bytes]] | None = None,
) -> bytes:
    """A TIFF of samples (H, W) or (H, W, channels), in one strip. `tags`: more tags of the type and the bytes given."""
    values = np.atleast_3d(np.asarray(samples))
    height, width, channels = values.shape
    depths = bits if isinstance(bits, tuple) else (bits,) * channels
    data = packed(values.reshape(height, -1), depths[0], order, sample_format or 1, reverse=fill == 2)

    if deflated:
        data = zlib.compress(data)

    def short(*numbers: int) -> tuple[int, bytes]:
        return 3, struct.pack(f"{order}{len(numbers)}H", *numbers)

    start = 16 if big else 8
    entries: dict[int, tuple[int, bytes]] = {
        256: short(width),
        257: short(height),
        258: short(*depths),
        259: short(8 if deflated else 1),
        273: (4, struct.pack(order + "I", start)),
        277: short(channels),
        278: short(height),
        279: (4, struct.pack(order + "I", len(data))),
        **(tags or {}),
    }
    if photometric is not None:
        entries[262] = short(photometric)
    if sample_format is not None:
        entries[339] = short(*([sample_format] * channels))
    if fill != 1:
        entries[266] = short(fill)
    if extra:
        entries[338] = short(*extra)
    return _directory(entries, data + bytes(len(data) % 2), order, start, big=big)


def _directory(entries: dict[int, tuple[int, bytes]], data: bytes, order: str, start: int, *, big: bool) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    offset, room = start + len(data), 8 if big else 4
    table, body = b"", b""
    body_start = offset + (8 if big else 2) + len(entries) * (20 if big else 12) + room
    for tag, (kind, content) in sorted(entries.items()):
        count = len(content) // {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
        field = content.ljust(room, b"\0")
        if len(content) > room:
            field = struct.pack(order + ("Q" if big else "I"), body_start + len(body))
            body += content + bytes(len(content) % 2)
        table += struct.pack(order + ("HHQ" if big else "HHI"), tag, kind, count) + field
    if big:
        head = mark + struct.pack(order + "HHHQ", 43, 8, 0, offset)
        return head + data + struct.pack(order + "Q", len(entries)) + table + bytes(8) + body
    return (
        mark
        + struct.pack(order + "HI", 42, offset)
        + data
        + struct.pack(order + "H", len(entries))
        + table
        + bytes(4)
        + body
    )
