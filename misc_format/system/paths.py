"""Paths without links."""

from __future__ import annotations

import os
from errno import ELOOP
from pathlib import Path


def resolved(path: str | Path) -> Path:
    """The absolute path with every link followed. Raises `OSError` if a link leads to itself.

    `Path.resolve` raises `RuntimeError` for such a link before Python 3.13, and nothing after.
    """
    result = Path(os.path.realpath(path))
    if result.is_symlink():
        raise OSError(ELOOP, os.strerror(ELOOP), str(path))
    return result
