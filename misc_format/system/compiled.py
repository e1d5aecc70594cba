"""Functions compiled by numba at their first call, kept on disk beside this package (or in the user's cache) for later processes.

Import this only where such a function is needed: numba takes half a second to import. A compiled function makes no array, for it counts
no references to arrays: to count takes atomic operations at each call, 25 times what a step of an arithmetic coder takes itself.

numba keeps what it compiled until the function's own file changes, but a function holds the machine code of those that it calls and the
values of constants, from other files, too. So all that is kept is made anew when any file of the package with a compiled function changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

OPTIONS: dict[str, Any] = {"_nrt": False}
MARK = b"import compiled"
Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function in machine code; its type stays what it says in Python."""
    try:
        made = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder for the cache can be written to
        return cast(Function, njit(**OPTIONS)(function))
    # numba has no name for this in public: where it has another, its own stamp, that of the one file, is all there is.
    kept: Any = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if hasattr(kept, "_source_stamp"):
        kept._source_stamp = (kept._source_stamp, stamp())
        kept.load = _forgetful(kept, kept.load)
    return cast(Function, made)


def _forgetful(kept: Any, load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The cache's `load`; a file that an earlier release left, and that this one cannot read, is emptied and compiled anew."""

    def load_or_forget(key: Any) -> Any:
        try:
            return load(key)
        except Exception:  # unpickling fails in as many ways as there are classes
            kept.flush()
            return None

    return load_or_forget


@cache
def stamp() -> str:
    """A digest of the files of this package that have compiled functions."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py")))
    return hashlib.sha256(b"\0".join(source for source in sources if MARK in source)).hexdigest()
