"""CompressAI, imported also where two packages that it names at import, but that image models never use, are missing or broken.

Those are torchvision, of which there is no CPU build beside every PyTorch, and torch_geometric, for point clouds. Stand-ins take their
places during the import only, lest another package takes them for real.
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
    """A module that has every name: a class to inherit from, or a decorator that changes nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {}) if name[0].isupper() else _unchanged


def _unchanged(*_: object) -> Callable[[Any], Any]:
    return lambda thing: thing


def compressai() -> Any:
    """The package `compressai`, with its zoo; `ModuleNotFoundError` if it is not installed."""
    if "compressai.zoo" not in sys.modules:
        with _stand_ins():
            importlib.import_module("compressai.zoo")
    return sys.modules["compressai"]


@contextmanager
def _stand_ins() -> Iterator[None]:
    made = [name for name in STAND_INS if not _works(name.partition(".")[0])]
    for name in made:
        sys.modules[name] = _StandIn(name)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


def _works(name: str) -> bool:
    try:
        importlib.import_module(name)
    except Exception:  # a build for another PyTorch fails in its own ways
        return False
    return True
