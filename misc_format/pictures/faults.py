"""Why a file cannot be read as a picture."""

from __future__ import annotations

import struct
import zlib
from typing import Final, Self

#: What Pillow's readers raise for damaged data. OSError is not the only one.
DAMAGE: Final = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip


class UnreadableError(Exception):
    """A file cannot be read as a picture. The message is the predicate of a sentence without full stop: "is empty; get a fresh copy"."""

    @classmethod
    def damaged(cls) -> Self:
        """The error for damaged data."""
        return cls("is damaged or cut short; get a fresh copy of it and try again")
