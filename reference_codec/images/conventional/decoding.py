"""Decoders of codestreams in processes of their own, because a codestream may come from a stranger.

A decoder gets the codestream on its standard input and writes a PPM or PGM picture to its standard output. It may use a limited amount of
memory and of time, open few files, and write no more than the picture.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Final

import numpy as np

from misc_format.components import Samples, Size
from reference_codec.images.conventional.codec import DecodingError

MAX_SECONDS: Final = 120  # of processor time, and of wall time
MAX_FILES: Final = 64
FIXED_MEMORY: Final = 384 * 2**20  # bytes; libraries and threads take up to 256 MiB
MEMORY_PER_PIXEL: Final = 64  # bytes; the decoders take up to 24
MAX_HEADER: Final = 2**12  # bytes of output beside the samples, and of messages
MAX_MESSAGE: Final = 2**12  # bytes of messages that are looked at
# Sets the limits, then becomes the program. Where a system has no such limits, the wall time is the only one.
_LIMITING: Final = """
import os, sys
try:
    import resource
except ImportError:
    pass
else:
    names = ("RLIMIT_DATA", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE")
    for name, limit in zip(names, (*map(int, sys.argv[1:5]), 0)):
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (limit, limit))
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: end with the parent
os.execv(sys.argv[5], sys.argv[5:])
"""


def _limited(command: list[str], limits: Sequence[int]) -> list[str]:
    """The command that runs a program with limits.

    On Windows, it is the program itself: these limits do not exist there, and a process that is replaced ends before its output is written.
    """
    if os.name == "nt":
        return command
    return [sys.executable, "-I", "-S", "-c", _LIMITING, *map(str, limits), *command]


def decode(command: list[str], data: bytes, coded: Size) -> Samples:
    """The picture that a decoder writes, uint8 (H, W, 3) or (H, W). `coded`: the size that the codestream states.

    Raises `DecodingError` if the decoder fails, or if it takes too much time or memory.
    """
    pixels = coded.width * coded.height
    limits = (FIXED_MEMORY + MEMORY_PER_PIXEL * pixels, MAX_SECONDS, MAX_FILES, MAX_HEADER + 3 * pixels)
    # Unlike pipes, files end a flood.
    with (
        TemporaryFile() as stdin,
        TemporaryFile() as stdout,
        TemporaryFile() as stderr,
    ):
        stdin.write(data)
        stdin.seek(0)
        try:
            process = subprocess.run(
                _limited(command, limits),
                stdin=stdin, stdout=stdout, stderr=stderr, timeout=MAX_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise DecodingError(f"it takes more than {MAX_SECONDS} seconds") from None
        stdout.seek(0)
        stderr.seek(0)
        samples = _picture(stdout.read(MAX_HEADER + 3 * pixels))
        if process.returncode or samples is None:
            raise DecodingError(f"it cannot be decoded: {reason(stderr.read(MAX_MESSAGE))}")
    return samples


def _picture(data: bytes) -> Samples | None:
    """The samples of a binary PPM or PGM file of 8 bits; None for anything else."""
    fields = data.split(None, 3)[:3]
    planes = {b"P6": 3, b"P5": 1}.get(fields[0] if fields else b"")
    if planes is None or len(fields) < 3:
        return None
    if not (fields[1].isdigit() and fields[2].isdigit()):
        return None
    width, height = map(int, fields[1:3])
    pixels = data[len(data) - planes * width * height :]
    if len(pixels) != planes * width * height:
        return None
    return np.frombuffer(pixels, np.uint8).reshape((height, width, 3) if planes == 3 else (height, width))


def reason(stderr: bytes) -> str:
    """The first line of ffmpeg's messages, without the memory address in its prefix."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[0].rpartition("] ")[2].rstrip(".") if lines else "the decoder says nothing"
