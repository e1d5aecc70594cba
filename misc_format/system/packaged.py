"""Files that ship inside the package."""

from __future__ import annotations

import pkgutil


def packaged_file(package: str, name: str) -> bytes:
    """The bytes of a file beside the modules of a package. Raises `OSError` if it cannot be read."""
    data = pkgutil.get_data(package, name)  # importlib.resources takes several milliseconds to import
    if data is None:
        raise OSError(f"{package} is not loaded from files")
    return data
