"""`misc warm-up`: compile all functions before their first use."""

from __future__ import annotations

from time import perf_counter

import typer

from misc_format.cli.outcome import guarded
from misc_format.engine.warmup import warm_cache


@guarded
def warm_up() -> None:
    """Compile all functions now, with all cores, so that no later command waits for that.

    The machine code is cached beside the package, or where NUMBA_CACHE_DIR says. It is for this processor and this version of the package.
    """
    start = perf_counter()
    for group in warm_cache():
        typer.echo(f"{group.name:<24}{group.seconds:6.1f} s")
    typer.echo(f"all functions are compiled, after {perf_counter() - start:.1f} s")
