"""The plain decoder in a process of its own: as it is, to see what each vector needs, or as a mutant, to see which vector shows it."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import math
import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from ..harness.protocol import CLAIMS
from ..harness.run import differences
from ..suite import MODELS, Vector, vectors
from .edits import dependents

PLAIN = f"{__package__.rpartition('.')[0]}.plain"
MAX_MEMORY = 6 * 2**30  # bytes of address space
# A vector may take a mutant so many times as long as in the baseline, and so many seconds more.
SLOWER, MORE_SECONDS = (3, 2)
KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__, "coverage", f"{PLAIN}.decoder"])  # so that each process need not import them
VECTORS = {vector.name: vector for vector in vectors()}  # read once, by the server from which all processes are forked
Decode = Callable[[bytes], dict[str, Any]]
Lines = dict[str, list[int]]  # of each module, the lines that run


class Result(NamedTuple):
    """What became of a mutant: the vector that shows it, if any, and how."""

    status: str
    vector: str = ""
    how: str = ""


class Need(NamedTuple):
    """What a vector needs of the plain decoder: processor seconds, and the lines of functions that it runs."""

    seconds: float
    lines: Lines


def first_difference(module: str, source: str, names: Sequence[tuple[str, float]]) -> Result:
    """Let the decoder with another text of a module answer for some vectors, up to the first wrong answer.

    `names` are the vectors and the seconds that each takes in the baseline.
    """
    return _in_process(_try_mutant, module, source, dependents(module), list(names)) or Result(
        KILLED, "", "the process died"
    )


def need(name: str) -> Need:
    """What a vector needs. Raises `ValueError` if the answer for it is wrong or missing."""
    found = _in_process(_measure, name)
    if not isinstance(found, Need):
        raise ValueError(f"the plain decoder does not pass {name}: {found}")
    return found


def _in_process(work: Callable[..., None], *arguments: Any) -> Any:
    """What the work sends last; None if it sends nothing. A process that takes more processor time than it may is timed out."""
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=work, args=(sender, *arguments))
    process.start()
    sender.close()
    last = None
    with receiver:
        try:
            while True:
                last = receiver.recv()
        except EOFError:
            pass
    process.join()
    if process.exitcode == -signal.SIGPROF:
        return Result(TIMED_OUT, last or "")
    return None if isinstance(last, str) else last


def _try_mutant(
    sender: Connection, module: str, source: str, dependents: Iterable[str], names: Sequence[tuple[str, float]]
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    _allow(max((seconds for _, seconds in names), default=0))
    try:
        decode = _decoder(module, source, dependents)
    except Exception as error:
        sender.send(Result(KILLED, "", f"{type(error).__name__} in the import"))
        return
    for name, seconds in names:
        sender.send(name)
        _allow(seconds)
        wrong = _wrong(decode, VECTORS[name])
        if wrong:
            sender.send(Result(KILLED, name, wrong[:200]))
            return
    sender.send(Result(SURVIVED))


def _allow(seconds: float) -> None:
    """End this process after so much processor time and a margin."""
    signal.setitimer(signal.ITIMER_PROF, SLOWER * seconds + MORE_SECONDS)


def _wrong(decode: Decode, vector: Vector) -> str:
    """How the answer for a vector differs from the manifest; the empty string if it is right."""
    try:
        answer = decode(vector.data)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return next(differences(answer, vector.expected, "decode", CLAIMS), "")


def _measure(sender: Connection, name: str) -> None:
    import coverage

    decode, vector = _decode(), VECTORS[name]
    measured = coverage.Coverage(
        data_file=None, config_file=False, include=[f"*/{PLAIN.replace('.', '/').rpartition('/')[2]}/*"]
    )
    start = time.process_time()
    measured.start()
    wrong = _wrong(decode, vector)
    measured.stop()
    seconds = time.process_time() - start
    if wrong:
        sender.send(Result(KILLED, name, wrong))
        return
    data = measured.get_data()
    lines = {
        path.rpartition("/")[2].removesuffix(".py"): sorted(data.lines(path) or ()) for path in data.measured_files()
    }
    sender.send(Need(math.ceil(1000 * seconds) / 1000, lines))


def _decoder(module: str, source: str, dependents: Iterable[str]) -> Decode:
    """The plain decoder with another text of one module."""
    for name in dependents:
        if sys.modules.pop(f"{PLAIN}.{name}", None):
            delattr(sys.modules[PLAIN], name)
    sys.meta_path.insert(0, _Finder(f"{PLAIN}.{module}", source))
    return _decode()


def _decode() -> Decode:
    """The plain decoder, imported as far as it is not."""
    decoder, language = (importlib.import_module(f"{PLAIN}.{name}") for name in ("decoder", "language"))
    own = {language.model_digest(path.read_bytes()): path.read_bytes() for path in MODELS}
    return lambda data: dict(decoder.decode(data, own))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module, whose text is not that of its file."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module, if it is the one."""
        if name != self.name or not path:
            return None
        file = f"{path[0]}/{name.rpartition('.')[2]}.py"
        return importlib.util.spec_from_file_location(name, file, loader=_Loader(name, file, self.source))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, self.path, "exec")
