"""Peers of speed.py that are programs of their own, or the entropy coder of CompressAI.

The time of a program is that of its whole process, with its start, and with reading and writing a file. A line below it has the time of a
process that does nothing but start. Nothing is subtracted.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import speed_samples as samples
from numpy.typing import NDArray
from PIL import Image
from speed_table import NONE, Lines, Times, milliseconds, missing

from misc_format.components import BoolMap


class Program(NamedTuple):
    """A program: its arguments before and after the name of the input, with the output's behind them, and one that only starts it."""

    name: str
    options: tuple[str, ...]
    start: str
    output: tuple[str, ...] = ()

    def is_installed(self) -> bool:
        """Whether it is on the PATH."""
        return shutil.which(self.name) is not None

    def conversion(self, source: Path, target: Path) -> list[str]:
        """The command that converts a file."""
        return [self.name, *self.options, str(source), *self.output, str(target)]

    def starting(self) -> list[str]:
        """The command that only starts."""
        return [self.name, self.start]


JBIG2DEC = Program("jbig2dec", ("-t", "pbm"), "--version", ("-o",))
PBMTOJBG = Program("pbmtojbg", ("-q",), "--help")
JBGTOPBM = Program("jbgtopbm", (), "--help")


def run(command: list[str]) -> None:
    """Run a command to its end, whatever its status: --help has that of an error."""
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def programs(mask: BoolMap, runs: int) -> Lines:
    """The mask as a JBIG2 file under jbig2dec, which decodes only, and under both programs of JBIG1."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [*_jbig2(mask, folder, runs), *_jbig1(mask, folder, runs)]


def _jbig2(mask: BoolMap, folder: Path, runs: int) -> Lines:
    if not JBIG2DEC.is_installed():
        return [missing(JBIG2DEC.name)]
    source, target = folder / "mask.jb2", folder / "jbig2.pbm"
    source.write_bytes(samples.jbig2_file(mask))
    size = source.stat().st_size
    decode = _milliseconds(JBIG2DEC.conversion(source, target), runs)
    _check(mask, target)
    start = _milliseconds(JBIG2DEC.starting(), runs)
    return [Times("jbig2dec, a process", size, NONE, decode), Times("  start: jbig2dec --version", 0, NONE, start)]


def _jbig1(mask: BoolMap, folder: Path, runs: int) -> Lines:
    absent = [program.name for program in (PBMTOJBG, JBGTOPBM) if not program.is_installed()]
    if absent:
        return list(map(missing, absent))
    source, coded, target = folder / "mask.pbm", folder / "mask.jbg", folder / "jbig1.pbm"
    Image.fromarray(~mask).save(source)  # a set pixel is black in such a file
    encode = _milliseconds(PBMTOJBG.conversion(source, coded), runs)
    decode = _milliseconds(JBGTOPBM.conversion(coded, target), runs)
    _check(mask, target)
    starts = (_milliseconds(program.starting(), runs) for program in (PBMTOJBG, JBGTOPBM))
    name = "JBIG1: pbmtojbg -q, jbgtopbm"
    return [Times(name, coded.stat().st_size, encode, decode), Times("  start: each with --help", 0, *starts)]


def jbig1_file(mask: BoolMap) -> bytes:
    """A file of JBIG1. Needs pbmtojbg."""
    with tempfile.TemporaryDirectory() as name:
        source, coded = Path(name, "mask.pbm"), Path(name, "mask.jbg")
        Image.fromarray(~mask).save(source)
        run(PBMTOJBG.conversion(source, coded))
        return coded.read_bytes()


def _milliseconds(command: list[str], runs: int) -> float:
    return milliseconds(lambda: run(command), runs)


def _check(mask: BoolMap, file: Path) -> None:
    """Raise `AssertionError` unless the file holds the mask, with black for set pixels."""
    with Image.open(file) as picture:
        assert np.array_equal(np.asarray(picture.convert("1")), ~mask), file.name


def library_coder() -> Any:
    """The module with CompressAI's entropy coder, without an import of the library, which takes seconds."""
    if loaded := sys.modules.get("compressai.ans"):  # a process cannot load it twice
        return loaded
    package = find_spec("compressai")
    found = PathFinder.find_spec("ans", package.submodule_search_locations) if package else None
    if found is None or found.loader is None:
        raise ModuleNotFoundError("compressai.ans")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def latents(runs: int) -> Lines:
    """The same symbols under our decoder of CompressAI's strings and under the library's own coder, whose arguments are ready lists."""
    if not samples.has_compressai():
        return [missing("compressai")]
    symbols = samples.symbols()
    arguments, values = symbols.distributions(), symbols.values.tolist()
    coder = library_coder()
    string = coder.RansEncoder().encode_with_indexes(values, *arguments)
    assert decoded(string, symbols).tolist() == values
    return [
        Times(
            "entropy/rans, CompressAI's string", len(string),
            milliseconds(lambda: encoded(symbols), runs),
            milliseconds(lambda: decoded(string, symbols), runs),
        ),
        Times(
            "CompressAI's own coder", len(string),
            milliseconds(lambda: coder.RansEncoder().encode_with_indexes(values, *arguments), runs),
            milliseconds(lambda: coder.RansDecoder().decode_with_indexes(string, *arguments), runs),
        ),
    ]  # fmt: skip


def encoded(symbols: samples.Symbols) -> bytes:
    """The string that the library writes, by our encoder."""
    from misc_format.entropy import rans

    encoder = rans.Encoder()
    encoder.encode(symbols.values, symbols.indexes, rans.Tables(*symbols[2:]))
    return encoder.string()


def decoded(string: bytes, symbols: samples.Symbols) -> NDArray[np.int32]:
    """The symbols of a string of the library, by our decoder."""
    from misc_format.entropy import rans

    decoder = rans.Decoder(string)
    values = decoder.decode(symbols.indexes, rans.Tables(*symbols[2:]))
    decoder.finish()
    return values
