"""The file of a model that the user brings (clause 6.10): an environment variable names it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

VARIABLE = "MISC_LANGUAGE_MODEL"


def path() -> str | None:
    """The path that MISC_LANGUAGE_MODEL names; None where it is not set or empty."""
    return os.environ.get(VARIABLE) or None


@cache
def read(name: str) -> bytes:
    """The bytes of the file, read once. Raises `OSError` if it cannot be read."""
    return Path(name).read_bytes()
