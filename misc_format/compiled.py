"""Functions compiled by numba at their first call, kept on disk beside this package (or in the user's cache) for later processes.

Import this only where such a function is needed: numba takes half a second to import. A compiled function makes no array, since it counts no
references to arrays: counting takes an atomic operation or two a call, 25 times what the step of an arithmetic coder takes itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function in machine code; its type stays what it says in Python."""
    return cast(Function, njit(cache=True, _nrt=False)(function))
