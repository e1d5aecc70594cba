"""How a command ends: errors as one sentence on stderr and the exit code that belongs to them."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import typer

from misc_format.cli.render import emit
from misc_format.errors import LimitError, MiscError
from misc_format.rules import RULES
from misc_format.tables import TableError

P = ParamSpec("P")
# Modules that only an extra brings.
EXTRAS = {
    "skimage": "codec",
    "scipy": "codec",
    "onnxruntime": "codec",
    "safetensors": "codec",
    "torch": "torch",
    "accelerate": "models",
    "diffusers": "models",
    "huggingface_hub": "models",
    "openai": "models",
    "transformers": "models",
    "imageio_ffmpeg": "conventional",
    "pillow_jxl": "conventional",
    "matplotlib": "reports",
    "pyarrow": "reports",
    "fsspec": "batch",
    "ray": "ray",
    "ssimulacra2": "eval",
}
EXTRAS |= dict.fromkeys(("compressai", "einops", "pandas", "pytorch_msssim", "requests", "tqdm"), "compressai")
# What an extra cannot bring: the library's own requirements would replace torch.
THEN = {"compressai": ", then pip install --no-deps compressai==1.2.8"}


class Code(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NON_CONFORMING = 1
    USAGE = 2
    FILE = 3
    INTERNAL = 4
    LIMIT = 5


def code_of(error: Exception) -> Code:
    """The exit code for an error."""
    if isinstance(error, LimitError):
        return Code.LIMIT
    if isinstance(error, MiscError):
        return Code.NON_CONFORMING
    if _missing_extra(error):
        return Code.USAGE
    return Code.FILE if isinstance(error, OSError | TableError) else Code.INTERNAL


def sentence(error: Exception) -> str:
    """What went wrong, where, and what to do."""
    if isinstance(error, MiscError):
        return f"{error}. {RULES[error.rule].hint}"
    if extra := _missing_extra(error):
        return f"this needs the extra {extra!r}, which is not installed: pip install 'misc-bitstream[{extra}]'{THEN.get(extra, '')}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, OSError | TableError):
        return str(error)
    return f"internal error, please report it: {type(error).__name__}: {error}"


def _missing_extra(error: Exception) -> str | None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return EXTRAS.get(error.name.partition(".")[0])
    return None


def error_document(error: Exception) -> dict[str, Any]:
    """An error as JSON."""
    if isinstance(error, MiscError):
        return {"id": error.rule, "bit_offset": error.bit_offset, "path": error.path, "message": error.message}
    return {"id": None, "bit_offset": None, "path": "", "message": sentence(error)}


def complain(error: Exception | str, about: object = None) -> None:
    """Print an error, or its sentence, to stderr; the traceback too where it is ours and MISC_TRACEBACK is set."""
    if isinstance(error, str):
        typer.secho(f"misc: {about}: {error}" if about else f"misc: {error}", err=True, fg=typer.colors.RED)
        return
    place = f"{about}: " if about and not isinstance(error, OSError) else ""  # an OSError names its file
    typer.secho(f"misc: {place}{sentence(error)}", err=True, fg=typer.colors.RED)
    if code_of(error) is Code.INTERNAL and os.environ.get("MISC_TRACEBACK"):
        traceback.print_exception(error)


def remark(text: str) -> None:
    """Print a note for the user to stderr."""
    typer.secho(f"note: {text}", err=True, fg=typer.colors.YELLOW)


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose errors end it with a sentence and an exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a table is better with a few odd characters than not at all
                stream.reconfigure(errors="replace")
        try:
            command(*args, **kwargs)
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("click", "typer"):  # the command line's own ways to end
                raise
            complain(error)
            if kwargs.get("as_json"):
                emit({"error": error_document(error)})
            raise typer.Exit(code_of(error)) from None

    return run


def read_input(path: Path) -> bytes:
    """A whole file; - is standard input."""
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
