"""The end of a command whose output cannot be written: a full device is exit code 3, and a closed pipe ends the command in silence.

Commands need not care: `Command` runs every one of them with streams that notice it.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EBADF, EPIPE
from typing import Any, Final

import typer

from misc_format.cli.outcome import Code

STREAMS: Final = {"stdout": "standard output", "stderr": "standard error"}


class LostOutputError(BaseException):
    """A standard stream cannot be written. No handler of a command's own errors catches it. `file`: the descriptor."""

    def __init__(self, stream: str, file: int, error: OSError) -> None:
        reason = "it is closed" if error.errno == EBADF else error.strerror or str(error)
        super().__init__(f"{STREAMS[stream]} cannot be written: {reason}")
        self.file = file
        self.is_pipe = error.errno == EPIPE


class Command(typer.Typer):
    """The program. It is called without arguments."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Run the command of the process. Raises `SystemExit`."""
        try:
            with _noticing():
                return super().__call__(*arguments, **options)
        except LostOutputError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), error.file)  # for what the interpreter writes at its end
            if error.is_pipe and hasattr(signal, "SIGPIPE"):  # end as other programs do
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGPIPE)
            with suppress(LostOutputError, OSError, ValueError):
                print(f"misc: {error}", file=sys.stderr, flush=True)
            raise SystemExit(Code.FILE) from None


class _Raw(io.FileIO):
    """A standard stream that raises `LostOutputError`."""

    def __init__(self, name: str, file: int) -> None:
        super().__init__(file, "w", closefd=False)
        self._stream = name

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise LostOutputError(self._stream, self.fileno(), error) from None


@contextmanager
def _noticing() -> Iterator[None]:
    """Replace the standard streams, unless they are terminals, and write at the end what they hold."""
    for name in STREAMS:
        stream = getattr(sys, name)
        if stream is None:  # it was closed before the program began
            setattr(sys, name, _text(_Raw(name, os.open(os.devnull, os.O_RDONLY)), "utf-8", "replace"))
        elif isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.flush()
            setattr(sys, name, _text(_Raw(name, stream.fileno()), stream.encoding, stream.errors, name == "stderr"))
    try:
        yield
    finally:
        for name in STREAMS:
            if sys.exc_info()[0] is not LostOutputError:
                getattr(sys, name).flush()


def _text(raw: _Raw, encoding: str, errors: str | None, line_by_line: bool = False) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors, line_buffering=line_by_line)
