"""The base class of all shipped models: a file of arrays, parsed and checked, whose weights never change.

A subclass declares the form of its file, and checks the bounds that the form cannot express. A model holds no intermediate results of its
network; each coding run has its own workspace for them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from misc_format.tables import arrayfile, load_bytes
from misc_format.tables.arrayfile import Arrays, Form, Sizes


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """The content of a model's file: the sizes of its header, and its arrays by key. `digest` is the SHA-256 of the file.

    Two models are equal only if they are the same object, so that a cache can be keyed by a model.
    """

    form: ClassVar[Form]
    sizes: Sizes
    arrays: Arrays
    digest: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse the bytes of a model file. Raises `TableError` if they are not one."""
        sizes, arrays = arrayfile.parse(cls.form, data)
        model = cls(sizes, arrays, hashlib.sha256(data).hexdigest())
        model.check()
        return model

    @classmethod
    def build(cls, sizes: Sizes, arrays: Mapping[str, Any]) -> bytes:
        """The bytes of a model file, with the arrays in their declared types.

        Raises `ValueError` if a shape is wrong or if the conversion would change a value.
        """
        return arrayfile.build(cls.form, sizes, arrays)

    @classmethod
    def shipped(cls, name: str) -> Self:
        """The shipped model with this file name, parsed once. Raises `TableError` if the file is missing or altered."""
        model: Self = _shipped(cls.parse, name)
        return model

    def check(self) -> None:
        """Raise `TableError` if a bound that the form cannot declare is broken."""


@cache
def _shipped(parse: Callable[[bytes], Any], name: str) -> Any:
    return parse(load_bytes(name))


def read_only(values: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """A read-only copy of an array, with this dtype and in row-major order. Callers can share it safely."""
    copy = np.array(values, dtype, order="C")
    copy.flags.writeable = False
    return copy
