"""Threads of numerical libraries: one thread per process, and one process per core.

The matrices of this package are small, so several threads gain little. On a busy machine, or in a container with fewer cores than the
machine, threads wait for each other in loops: ten times the processor time was measured for the same work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# Numerical libraries read these variables when they are loaded.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


MAX_WORKERS = 60 if os.name == "nt" else sys.maxsize  # Windows waits for no more than 63 processes at once


def cores() -> int:
    """The number of cores that this process may use, at most `MAX_WORKERS`."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(available, MAX_WORKERS)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit the BLAS of NumPy to one thread in the block; also a decorator.

    The limit holds for the whole process, so it is lifted at the end of the block. A limit that another thread has set stays.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> Any:
    """The numerical libraries of this process. Finding them takes milliseconds."""
    import numpy as np  # noqa: F401 - loads the BLAS
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def limit_blas() -> None:
    """Limit the BLAS of NumPy to one thread for the life of this process, unless the user has set one of THREADS."""
    if not any(name in os.environ for name in THREADS):
        _libraries().limit(limits=1, user_api="blas")


@contextmanager
def single_threaded(names: tuple[str, ...] = THREADS) -> Iterator[None]:
    """Set these environment variables to 1 for processes that start in the block. Variables that the user has set are kept."""
    unset = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]
