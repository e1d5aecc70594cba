"""Functions compiled by numba at their first call, kept on disk beside this package (or in the user's cache) for later processes.

Import this only where such a function is needed: numba takes half a second to import. A compiled function makes no array, for it counts
no references to arrays: to count takes atomic operations at each call, 25 times what a step of an arithmetic coder takes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

OPTIONS: dict[str, Any] = {"_nrt": False}
Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function in machine code; its type stays what it says in Python."""
    try:
        return cast(Function, njit(cache=True, **OPTIONS)(function))
    except RuntimeError:  # no folder for the cache can be written to
        return cast(Function, njit(**OPTIONS)(function))
