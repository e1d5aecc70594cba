"""Paths without links, and folders that no other user can write to."""

from __future__ import annotations

import os
import stat
import tempfile
from errno import ELOOP, EPERM
from pathlib import Path


def resolved(path: str | Path) -> Path:
    """The absolute path with every link followed. Raises `OSError` if a link leads to itself.

    `Path.resolve` raises `RuntimeError` for such a link before Python 3.13, and nothing after.
    """
    result = Path(os.path.realpath(path))
    if result.is_symlink():
        raise OSError(ELOOP, os.strerror(ELOOP), str(path))
    return result


def private_folder(name: str) -> Path:
    """The folder `name-USER` in the system's folder for temporary files, made if it is not there.

    The name is predictable, so another user may have made the folder first, to read or forge what is in it. Raises `OSError` if it belongs
    to another user, if others can read or write it, or if it is a link.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0  # on Windows, each user has a folder for temporary files
    path = Path(tempfile.gettempdir()) / f"{name}-{user}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    others = stat.S_IRWXG | stat.S_IRWXO if hasattr(os, "getuid") else 0
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != user or status.st_mode & others:
        raise OSError(
            EPERM, "it is not a folder that only you can use; remove it, or set TMPDIR to a folder of yours", str(path)
        )
    return path
