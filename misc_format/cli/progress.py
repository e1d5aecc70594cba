"""The progress of a command over many files, on stderr: a bar on a terminal; otherwise nothing, or a line every half minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

QUIET = 30.0  # seconds between lines
Show = Callable[[int, int, float], None]  # finished files, failed ones among them, and the fraction of the whole


@contextmanager
def progress(*, lines: bool = False, shown: bool = True) -> Iterator[Show]:
    """A function that shows progress while the context lasts. `lines`: print lines where there is no terminal; `shown`: print at all."""
    from rich.console import Console

    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield _lines() if lines and shown else lambda files, failed, fraction: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = ("{task.fields[files]:,} files", "{task.fields[rate]:,.1f}/s", "{task.fields[failed]:,} failed")
    texts = [TextColumn(column) for column in columns]
    with Progress(
        BarColumn(), *texts, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True
    ) as bar:
        task = bar.add_task("", total=None, files=0, rate=0.0, failed=0)
        begun: list[float] = []  # when, and with how many files done before

        def show(files: int, failed: int, fraction: float) -> None:
            now = time.monotonic()
            if not begun:
                begun.extend((now, files))
            rate = (files - begun[1]) / (now - begun[0]) if now > begun[0] else 0.0
            bar.update(task, total=1.0, completed=fraction, files=files, failed=failed, rate=rate)

        yield show


def _lines() -> Show:
    last = time.monotonic()

    def show(files: int, failed: int, fraction: float) -> None:
        nonlocal last
        if time.monotonic() - last >= QUIET:
            last = time.monotonic()
            typer.echo(f"{fraction:.0%}: {files:,} files, {failed:,} failed", err=True)

    return show
