"""Codes that published codecs write as plain bits.

A stream of torchac under a uniform distribution over a power of two is one of them: the codes as numbers of a fixed number of bits, then
the bits 01 of the coder's end, then zeros up to a whole byte.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.codecs.faults import source_fault

MAX_BITS = 15  # torchac has probabilities of 16 bits
Indices = NDArray[np.int64]


def bits_of(alphabet: int) -> int:
    """The bits of a code of fixed length: log2 of the alphabet, rounded up."""
    return (alphabet - 1).bit_length()


def unpack_uniform(data: bytes, count: int, alphabet: int, path: str) -> Indices:
    """The codes of a uniform torchac stream. `alphabet`: a power of two up to 2^15. Raises `MiscError`."""
    width = bits_of(alphabet)
    size = uniform_bytes(count, alphabet)
    if len(data) != size:
        raise source_fault(f"{count:,} codes of {alphabet:,} take {size:,} bytes, but there are {len(data):,}", path)
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    end = bits[count * width :]
    if end[0] or not end[1] or end[2:].any():
        raise source_fault("the stream does not end in the bits 01 and zeros, so the codes are not uniform", path)
    return _numbers(bits[: count * width].reshape(count, width))


def pack_uniform(codes: NDArray[np.integer], alphabet: int) -> bytes:
    """The uniform torchac stream of codes. `alphabet`: a power of two up to 2^15."""
    bits = _bits(codes.ravel(), bits_of(alphabet)).ravel()
    return np.packbits(np.concatenate([bits, np.array([0, 1], np.uint8)])).tobytes()


def uniform_bytes(count: int, alphabet: int) -> int:
    """The bytes of a uniform torchac stream."""
    return (count * bits_of(alphabet) + 2 + 7) // 8


def is_uniform(alphabet: int) -> bool:
    """Whether a uniform torchac stream of this alphabet is plain bits."""
    return 2 <= alphabet <= 1 << MAX_BITS and alphabet & (alphabet - 1) == 0


def unpack_steps(data: bytes, widths: tuple[int, ...], steps: int, path: str) -> Indices:
    """A table of numbers, a row a step, from one number of all bits, right-aligned. `widths`: the bits of each column.

    Raises `MiscError`.
    """
    total = steps * sum(widths)
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    front = bits.size - total
    if not 0 <= front < 8:
        raise source_fault(f"{steps:,} steps of {sum(widths)} bits do not take {len(data):,} bytes", path)
    if bits[:front].any():
        raise source_fault(f"the {front} bits before the first step are not all zero", path)
    rows = bits[front:].reshape(steps, sum(widths))
    return np.stack([_numbers(column) for column in np.split(rows, np.cumsum(widths)[:-1], axis=1)], axis=1)


def pack_steps(table: NDArray[np.integer], widths: tuple[int, ...]) -> bytes:
    """The bytes of a table of numbers, a row a step: one number of all bits, right-aligned."""
    bits = np.concatenate([_bits(column, width) for column, width in zip(table.T, widths, strict=True)], axis=1).ravel()
    return np.packbits(np.concatenate([np.zeros(-bits.size % 8, np.uint8), bits])).tobytes()


def _numbers(bits: NDArray[np.uint8]) -> Indices:
    """The numbers whose bits are the rows."""
    values = np.zeros(len(bits), np.int64)
    for column in bits.T:
        values = values << 1 | column
    return values


def _bits(values: NDArray[np.integer], width: int) -> NDArray[np.uint8]:
    """A row of bits for each number, most significant first."""
    shifts = np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values.astype(np.int64)[:, None] >> shifts & 1).astype(np.uint8)
