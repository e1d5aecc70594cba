"""Processes and threads: as many processes as cores, and one thread in each.

Matrices here are small. More threads than one gain little where nobody else computes, and where somebody does, or where a container may use
fewer cores than it sees, they wait for each other in loops: ten times the processor time for the same work was seen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

#: What BLAS, OpenMP and what is built on them read when they are loaded.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def one_blas_thread() -> None:
    """NumPy's BLAS, which has been loaded, works with one thread from here on; a setting of the user's stays."""
    if not any(name in os.environ for name in THREADS):
        from threadpoolctl import threadpool_limits

        threadpool_limits(1, "blas")


@contextmanager
def single_threaded(names: tuple[str, ...] = THREADS) -> Iterator[None]:
    """Processes that start meanwhile give each of these libraries one thread; a setting of the user's stays."""
    ours = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(ours, "1"))
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]
