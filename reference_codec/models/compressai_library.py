"""The library CompressAI, imported even where two packages are missing or broken that it imports but image models never use.

The two are torchvision, which has no CPU build for every PyTorch, and torch_geometric, which is for point clouds. Stand-ins take their
places only during the import: no other package may mistake them for the real ones.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

STAND_INS = (
    "torchvision",
    "torchvision.transforms",
    "torch_geometric",
    "torch_geometric.data",
    "torch_geometric.data.datapipes",
    "torch_geometric.transforms",
)


class _StandIn(ModuleType):
    """A module that has every name: a capitalised one is an empty class, any other a decorator factory that changes nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[0].isupper() else _no_decorator


def _no_decorator(*_: object) -> Callable[[Any], Any]:
    return lambda decorated: decorated


def compressai() -> Any:
    """The package `compressai` with its zoo. Raises `ModuleNotFoundError` if it is not installed."""
    if "compressai.zoo" not in sys.modules:
        with _stand_ins():
            importlib.import_module("compressai.zoo")
    return sys.modules["compressai"]


@contextmanager
def _stand_ins() -> Iterator[None]:
    names = [name for name in STAND_INS if not _can_be_imported(name.partition(".")[0])]
    for name in names:
        sys.modules[name] = _StandIn(name)
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _can_be_imported(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # a build for another PyTorch fails in its own ways
        return False
    return True
