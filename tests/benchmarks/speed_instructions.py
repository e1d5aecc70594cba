"""Instructions for each symbol that is decoded, counted by callgrind: the second table of speed.py.

A process that decodes several times takes more instructions than one that decodes once. A row is the difference, divided by the decodes
that were added, and by the symbols. So the start of a process does not count. Nor does compilation: a run without callgrind fills a cache
of machine code first, and a process that still compiles is an error. The machine code is for AVX2, because valgrind knows no AVX-512.

A program that decodes once is compared with one that only starts. So its reading and writing of files count.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import speed_peers
import speed_samples as samples
from PIL import Image
from speed_table import missing

import misc_format
from misc_format.coders import coder
from misc_format.components import BoolMap, Latents, Maps, Size
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.bits import BitReader
from misc_format.system.compilation import on_first_compilation

SYMBOLS = "symbols.npz"
COMPILED = "compiled"
ENVIRONMENT = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


class Work(NamedTuple):
    """What is decoded: the number and kind of its symbols, and the call that decodes all.

    `added`: the decodes that one process has more than the other. They must outweigh what differs between two starts: some 100,000
    instructions.
    """

    symbols: int
    unit: str
    decode: Callable[[], object]
    added: int = 2


class Row(NamedTuple):
    """A row of the table. `instructions`: for one decode of all symbols."""

    name: str
    symbols: int
    unit: str
    instructions: float

    def line(self) -> str:
        """It as printed."""
        each = self.instructions / self.symbols
        return f"{self.name:34}{self.symbols:10,} {self.unit:8}{self.instructions:15,.0f}{each:13,.1f}"


def _method(kind: str, name: str, content: Any, size: Size, symbols: int, unit: str) -> Work:
    found = coder(METHOD_BY_NAME[kind, name])
    payload = found.encode(content, size)
    return Work(symbols, unit, lambda: found.decode(BitReader(payload), size))


def _text(folder: Path) -> Work:
    from misc_format.coders.text import language, languagecoding
    from misc_format.coders.text.languagemodel import known

    content = samples.text()
    tokens = languagecoding.sequence(content, known.shipped(language.MODEL).pieces)
    return _method("text", "language", content, Size(512, 512), len(tokens), "tokens")


def _maps(name: str) -> Callable[[Path], Work]:
    mask = samples.mask()
    return lambda folder: _method("maps", name, Maps((mask,)), samples.size_of(mask), mask.size, "pixels")


def _latents(folder: Path) -> Work:
    stream = misc_format.read(samples.EXAMPLE)
    assert isinstance(stream.image, Latents)
    count = stream.image.y.size + stream.image.z.size
    return _method("image", "latents", stream.image, stream.size, count, "latents")


def _zlib(folder: Path) -> Work:
    data = samples.text().overall.encode()
    packed = zlib.compress(data, 9)
    return Work(len(data), "bytes", lambda: zlib.decompress(packed), 1000)


def _png(folder: Path) -> Work:
    stream = io.BytesIO()
    samples.mask_picture().save(stream, "PNG")
    return Work(samples.mask().size, "pixels", lambda: Image.open(io.BytesIO(stream.getvalue())).load(), 20)


def _string(folder: Path) -> tuple[samples.Symbols, bytes]:
    """The symbols that the first process wrote into the folder, and their string."""
    with np.load(folder / SYMBOLS) as arrays:
        symbols = samples.Symbols(*(arrays[name] for name in samples.Symbols._fields))
    return symbols, speed_peers.encoded(symbols)


def _our_rans(folder: Path) -> Work:
    symbols, string = _string(folder)
    return Work(symbols.values.size, "latents", lambda: speed_peers.decoded(string, symbols))


def _library_rans(folder: Path) -> Work:
    symbols, string = _string(folder)
    arguments, library = symbols.distributions(), speed_peers.library_coder()
    return Work(symbols.values.size, "latents", lambda: library.RansDecoder().decode_with_indexes(string, *arguments))


WORK: dict[str, Callable[[Path], Work]] = {
    "text/language": _text,
    "zlib -9": _zlib,
    "maps/context": _maps("context"),
    "maps/jbig2": _maps("jbig2"),
    "Pillow's PNG": _png,
    "image/latents": _latents,
}
OF_COMPRESSAI: dict[str, Callable[[Path], Work]] = {
    "entropy/rans, CompressAI's string": _our_rans,
    "CompressAI's own coder": _library_rans,
}
# A decoder, what else its file needs, and its file of the mask.
FILES: dict[tuple[speed_peers.Program, ...], Callable[[BoolMap], bytes]] = {
    (speed_peers.JBIG2DEC,): samples.jbig2_file,
    (speed_peers.JBGTOPBM, speed_peers.PBMTOJBG): speed_peers.jbig1_file,
}


def show() -> None:
    """Print the table."""
    if not shutil.which("valgrind"):
        print(missing("valgrind"))
        return
    print(f"{'instructions, machine code of AVX2':34}{'symbols':>10} {'':8}{'a decode':>15}{'a symbol':>13}")
    with tempfile.TemporaryDirectory() as name:
        for row in _rows(Path(name)):
            print(row if isinstance(row, str) else row.line(), flush=True)


def _rows(folder: Path) -> Iterator[Row | str]:
    """The rows, and what is not installed."""
    for name in WORK:
        yield _row_of_work(name, folder)
    for programs, file in FILES.items():
        absent = [program.name for program in programs if not program.is_installed()]
        yield from map(missing, absent)
        if not absent:
            yield _row_of_program(programs[0], file(samples.mask()), folder)
    if not samples.has_compressai():
        yield missing("compressai")
        return
    np.savez(folder / SYMBOLS, **samples.symbols()._asdict())
    for name in OF_COMPRESSAI:
        yield _row_of_work(name, folder)


def _row_of_work(name: str, folder: Path) -> Row:
    command = [sys.executable, str(Path(__file__)), name, str(folder)]
    environment = {**os.environ, **ENVIRONMENT, "NUMBA_CACHE_DIR": str(folder / "cache")}
    subprocess.run([*command, "1"], env=environment, stdout=subprocess.DEVNULL, check=True)
    work = (WORK | OF_COMPRESSAI)[name](folder)
    once, often = (_count([*command, str(decodes)], folder, environment) for decodes in (1, 1 + work.added))
    return Row(name, work.symbols, work.unit, (often - once) / work.added)


def _row_of_program(program: speed_peers.Program, data: bytes, folder: Path) -> Row:
    source, target = folder / "mask", folder / "decoded.pbm"
    source.write_bytes(data)
    start = _count(program.starting(), folder, os.environ, statuses=(0, 1))  # 1: that of --help in JBIG1
    whole = _count(program.conversion(source, target), folder, os.environ)
    return Row(f"{program.name}, less its start", samples.mask().size, "pixels", whole - start)


def _count(command: list[str], folder: Path, environment: Mapping[str, str], statuses: tuple[int, ...] = (0,)) -> int:
    """The instructions of a process. Raises `RuntimeError` if it ended early, whose count is too small, or compiled a function."""
    counts = folder / "callgrind.out"
    counts.unlink(missing_ok=True)
    callgrind = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={counts}"]
    done = subprocess.run([*callgrind, *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in statuses:
        raise RuntimeError(f"{' '.join(command)}: it ended with status {done.returncode}\n{done.stderr}")
    if COMPILED in done.stdout:
        raise RuntimeError(f"{' '.join(command)}: its machine code was not in the cache")
    total = re.search(r"^totals: (\d+)", counts.read_text(encoding="utf-8"), re.MULTILINE)
    if total is None:
        raise RuntimeError(f"{' '.join(command)}: callgrind wrote no count")
    return int(total[1])


def main(name: str, folder: str, decodes: str) -> None:
    """Decode so many times, in a process of its own. Print a word if a function is compiled."""
    on_first_compilation(lambda: print(COMPILED))
    work = (WORK | OF_COMPRESSAI)[name](Path(folder))
    for _ in range(int(decodes)):
        work.decode()


if __name__ == "__main__" and len(sys.argv) > 1:
    main(*sys.argv[1:])
