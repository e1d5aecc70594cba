"""The packages of the project are imported from one checkout alone.

An installation in editable form has an import hook. It would supply each module that the checkout lacks from another place, and nobody
would see that the module is gone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from .failures import ABSENT

PACKAGES = ("misc_format", "reference_codec", "misc_conformance")


class Finder:
    """The first finder of all. It answers for the packages of the project, and asks no other one."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = list(folders)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is. Raises `ModuleNotFoundError` for a module of the packages that the checkout lacks."""
        if not is_own(name):
            return None
        spec = PathFinder.find_spec(name, self._folders if path is None else path, target)
        if spec is None:
            raise ModuleNotFoundError(f"{ABSENT}{name}", name=name)
        return spec


def confine(folders: Sequence[str]) -> None:
    """From now on, the packages are imported from these folders alone."""
    sys.meta_path.insert(0, Finder(folders))


def strangers(home: Path) -> list[str]:
    """The modules of the packages that were loaded from another place than the checkout."""
    return [
        f"{name} ({place})"
        for name, module in sys.modules.items()
        if is_own(name)
        for place in _places(module)
        if not Path(place).resolve().is_relative_to(home.resolve())
    ]


def is_own(name: str) -> bool:
    """Whether a module is of the packages of the project."""
    return name.partition(".")[0] in PACKAGES


def _places(module: ModuleType) -> list[str]:
    """The folders of a package, or the file of a module."""
    return list(getattr(module, "__path__", ())) or [module.__file__ or ""]
