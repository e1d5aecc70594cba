"""Tables of frequencies of the user's own, for method codes-static (clause 12.4), and how to count one.

A table stays outside the files that are written under it. A file names it by its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.limits import MAX_MODELLED_ALPHABET
from misc_format.system import usermodel
from misc_format.tables import TableError
from misc_format.tables.arrayfile import Array, Form, Size, build, parse

DIGEST_BYTES = 8
TOTAL = 1 << 24
FORM = Form(
    "table of codes",
    b"MISC-CT1",
    (Size("alphabet_minus_1", 1, MAX_MODELLED_ALPHABET - 1),),
    (
        Array(
            "frequencies",
            "u4",
            ("alphabet_minus_1 + 1",),
            "the frequency of each code, at least 1; their sum is 2^24",
            (1, TOTAL - 1),
        ),
    ),
    10 + 4 * MAX_MODELLED_ALPHABET,
)


class CodeTable(NamedTuple):
    """A table ready for coding.

    `digest`: the first 16 hexadecimal digits of the SHA-256 of its file. `below`: int64 (alphabet + 1,), the sum of the frequencies before
    each code, and of all. `size`: bytes of the file.
    """

    digest: str
    below: NDArray[np.int64]
    size: int

    @property
    def alphabet(self) -> int:
        """The number of codes."""
        return len(self.below) - 1


def tables() -> list[CodeTable]:
    """The user's tables. Raises `OSError` for a file that cannot be read, and `TableError` for one that is no table."""
    return [_read(path) for path in usermodel.table_paths()]


def table_of(digest: str) -> CodeTable | None:
    """The known table with this digest."""
    return next((table for table in tables() if table.digest == digest), None)


def from_bytes(data: bytes) -> CodeTable:
    """The table in the bytes of a file. Raises `TableError` for anything else."""
    _, arrays = parse(FORM, data)
    frequencies = arrays["frequencies"].astype(np.int64)
    if int(frequencies.sum()) != TOTAL:
        raise TableError(f"the frequencies of the table of codes sum to {int(frequencies.sum()):,}, not to 2^24")
    digest = hashlib.sha256(data).hexdigest()[: 2 * DIGEST_BYTES]
    return CodeTable(digest, np.concatenate([[0], np.cumsum(frequencies)]), len(data))


def counted(arrays: Iterable[NDArray[np.integer]], alphabet: int) -> bytes:
    """The file of a table of the codes in these arrays. A code that never occurs counts as half of one that occurs once.

    Raises `ValueError` for an alphabet outside 2 to 2^16, for a code at or above it, and if there are no codes.
    """
    if not 2 <= alphabet <= MAX_MODELLED_ALPHABET:
        raise ValueError(f"the alphabet has {alphabet:,} codes, and not 2 to {MAX_MODELLED_ALPHABET:,}")
    counts = np.zeros(alphabet, np.int64)
    for values in arrays:
        codes = values.ravel()
        if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < alphabet:
            raise ValueError(f"a code is outside 0 to {alphabet - 1:,}")
        counts += np.bincount(codes.astype(np.int64), minlength=alphabet)
    if not counts.any():
        raise ValueError("there are no codes to count")
    weights = 2 * counts + 1
    frequencies = 1 + weights * (TOTAL - alphabet) // int(weights.sum())
    frequencies[int(frequencies.argmax())] += TOTAL - int(frequencies.sum())
    return build(FORM, {"alphabet_minus_1": alphabet - 1}, {"frequencies": frequencies})


@cache
def _read(path: str) -> CodeTable:
    try:
        return from_bytes(usermodel.read(path))
    except TableError as error:
        raise TableError(f"{path}: {error}") from None
