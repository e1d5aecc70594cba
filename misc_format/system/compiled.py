"""Functions that numba compiles at their first call. The machine code is cached on disk for later processes.

Import this module only if a compiled function is needed: the import of numba takes half a second.

A compiled function must not create arrays, because reference counting is off. Reference counting needs atomic operations at each
call, which take 25 times as long as one step of an arithmetic coder.

numba discards cached code when the file of the function changes. But the code also contains functions and constants of other files. All
cached code is therefore compiled again when any file with a compiled function changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

from misc_format.system.compilation import announce

OPTIONS: dict[str, Any] = {"_nrt": False}
MARKS = (b"system.compiled import", b"numba.extending import")
Function = TypeVar("Function", bound=Callable[..., object])
without_cache: list[str] = []  # the functions of this process whose machine code is not kept


def compiled(function: Function) -> Function:
    """The function, compiled to machine code at its first call. Its type is unchanged."""
    try:
        dispatcher: Any = njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # no folder for the cache is writable
        dispatcher = njit(**OPTIONS)(function)
        dispatcher.compile = _announced(dispatcher.compile)
        without_cache.append(function.__qualname__)
    # These attributes of numba are private. If a release renames them, the cache depends only on the file of the function.
    cache_file: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = (cache_file._source_stamp, stamp())
        cache_file.load = _load_or_discard(cache_file, cache_file.load)
    compiled_function: Function = dispatcher
    return compiled_function


def _announced(compile_: Callable[..., Any]) -> Callable[..., Any]:
    """`compile_`, which compiles a function without a cache, behind an announcement."""

    def announced(*arguments: Any, **options: Any) -> Any:
        announce()
        return compile_(*arguments, **options)

    return announced


def inlined(function: Function) -> Function:
    """The function, copied into each compiled function that calls it. Its type is unchanged.

    This is for a short function with many arrays, where the call takes as long as the work.
    """
    copied: Function = njit(inline="always", **OPTIONS)(function)
    return copied


def _load_or_discard(cache_file: Any, load: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`load`, except that a cache file that cannot be read, such as that of an earlier release, is emptied: the code is compiled again.

    If there is no cached code, the compilation is announced.
    """

    def load_or_discard(key: Any) -> Any:
        try:
            code = load(key)
        except Exception:  # unpickling can raise any exception
            cache_file.flush()
            code = None
        if code is None:
            announce()
        return code

    return load_or_discard


@cache
def stamp() -> str:
    """A digest of the source files with compiled functions."""
    sources = (path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py")))
    return hashlib.sha256(b"\0".join(source for source in sources if any(mark in source for mark in MARKS))).hexdigest()
