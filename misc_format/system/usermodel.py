"""Files of the user that stay outside bitstreams: a language model (clause 6.10), and tables of codes (clause 12.4).

Environment variables give their paths.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

VARIABLE = "MISC_LANGUAGE_MODEL"
TABLES_VARIABLE = "MISC_CODE_TABLES"  # paths, with the separator of the system between them
_registered_tables: list[str] = []


def path() -> str | None:
    """The value of MISC_LANGUAGE_MODEL; None if the variable is not set or empty."""
    return os.environ.get(VARIABLE) or None


@cache
def read(name: str) -> bytes:
    """The bytes of a file, read at the first call. Raises `OSError` if it cannot be read."""
    return Path(name).read_bytes()


@cache
def digest(name: str) -> bytes:
    """The SHA-256 of a file. Raises `OSError` if it cannot be read."""
    return hashlib.sha256(read(name)).digest()


def register_table(path: str | Path) -> None:
    """Make a table of codes known to this process, as the environment variable does."""
    _registered_tables.append(str(path))


def table_paths() -> list[str]:
    """The paths in MISC_CODE_TABLES, then those that were registered, each once."""
    paths = os.environ.get(TABLES_VARIABLE, "").split(os.pathsep)
    return [path for path in dict.fromkeys((*paths, *_registered_tables)) if path]
