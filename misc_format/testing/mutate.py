"""Changes to the bytes of a file, for fuzzing. The hypothesis strategy `mutations` and `mutated` share the table CHANGES."""

from __future__ import annotations

import random
from collections.abc import Callable

from misc_format.structure.container import CHECKSUM, checksum

Change = Callable[[bytearray, int, int, bytes], None]
MAX_LENGTH = 8  # bytes that one change inserts, removes, repeats or overwrites


def _cut(data: bytearray, place: int, length: int, noise: bytes) -> None:
    del data[place:]


def _flip(data: bytearray, place: int, length: int, noise: bytes) -> None:
    if data:
        data[place] ^= 1 << (length - 1)


def _insert(data: bytearray, place: int, length: int, noise: bytes) -> None:
    data[place:place] = noise


def _remove(data: bytearray, place: int, length: int, noise: bytes) -> None:
    del data[place : place + length]


def _repeat(data: bytearray, place: int, length: int, noise: bytes) -> None:
    data[place:place] = data[place : place + length]


def _overwrite(data: bytearray, place: int, length: int, noise: bytes) -> None:
    data[place : place + length] = noise


# The arguments of a change: the data, a position in bytes, a length from 1 to MAX_LENGTH, and noise of that length.
CHANGES: dict[str, Change] = {
    "cut": _cut,
    "flip": _flip,
    "insert": _insert,
    "remove": _remove,
    "repeat": _repeat,
    "overwrite": _overwrite,
}


def mutated(data: bytes, source: random.Random, repaired: bool | None = None) -> bytes:
    """`data` with one to three random changes. `repaired`: whether to correct the checksum; None: at random."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 3)):
        length = source.randint(1, MAX_LENGTH)
        change = CHANGES[source.choice(tuple(CHANGES))]
        change(changed, source.randrange(max(len(changed), 1)), length, source.randbytes(length))
    repair = source.random() < 0.5 if repaired is None else repaired
    return with_checksum(bytes(changed)) if repair else bytes(changed)


def with_checksum(data: bytes) -> bytes:
    """The file with a correct checksum at its end, so that a decoder goes on behind it. A file without a checksum is unchanged."""
    frame = (CHECKSUM << 12 | 4).to_bytes(2, "big")  # clause 4.4
    return data[:-4] + checksum(data[:-4]) if data[-6:-4] == frame else data
