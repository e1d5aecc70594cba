"""The file of the user's language model (clause 6.10). An environment variable gives its path."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

VARIABLE = "MISC_LANGUAGE_MODEL"


def path() -> str | None:
    """The value of MISC_LANGUAGE_MODEL; None if the variable is not set or empty."""
    return os.environ.get(VARIABLE) or None


@cache
def read(name: str) -> bytes:
    """The bytes of a file, read at the first call. Raises `OSError` if it cannot be read."""
    return Path(name).read_bytes()
