"""Everything that the first file of a kind has to wait for: modules, models, and compiled functions.

Each group uses the compiled functions of one way of coding. A test compares them with those that the conformance vectors use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from time import perf_counter
from typing import NamedTuple

import numpy as np

from misc_format.accounting import account
from misc_format.components import Codes, Content, Grid, ImagePart, Integers, Maps, Parts, Sets, Stream, Text
from misc_format.stream import write
from misc_format.system.threads import cores
from misc_format.validation.validator import validate

SIDE = 16  # of a small array
LARGE = 80  # side of a map that is coded as a large one


class Ready(NamedTuple):
    """A group that is ready: its name, and how long it took, in seconds."""

    name: str
    seconds: float


def warm() -> None:
    """Get everything ready in this process, so that it does not count against the limits of a file."""
    for group in GROUPS.values():
        group()


def warm_cache() -> Iterator[Ready]:
    """Compile all functions into the cache, with all cores. The groups come in their order. Raises `OSError` if there is no cache."""
    with ProcessPoolExecutor(min(cores(), len(GROUPS)), get_context("spawn")) as pool:
        yield from pool.map(_timed, GROUPS)


def _timed(name: str) -> Ready:
    start = perf_counter()
    GROUPS[name]()
    from misc_format.system import compiled

    if compiled.without_cache:
        raise OSError("no folder for compiled code is writable; set NUMBA_CACHE_DIR to one that is")
    return Ready(name, perf_counter() - start)


def _text() -> None:
    _round_trip(Stream(8, 8, text=Text("a"), methods={"text": "language"}))


def _maps(method: str, side: int) -> None:
    _round_trip(Stream(8, 8, maps=Maps((np.eye(side, dtype=np.bool_),)), methods={"maps": method}))


def _grid() -> None:
    _round_trip(Stream(8, 8, image=Grid(np.zeros((8, 8), np.uint8))))


def _codes(method: str) -> None:
    _array(Codes(np.arange(SIDE * SIDE, dtype=np.uint32).reshape(SIDE, SIDE), SIDE * SIDE), method)


def _static_codes() -> None:
    """Without a file: a table of codes is the user's."""
    from misc_format.coders.image.arrays import static
    from misc_format.entropy.rangesteps import HALF, ONE
    from misc_format.entropy.stepcoder import Decoder, Encoder

    values, below = np.zeros(SIDE, np.uint32), np.array([0, HALF, ONE])
    encoder = Encoder()
    static.walk(encoder, values, below)
    static.walk(Decoder(encoder.codeword()), values, below)


def _latents() -> None:
    """Without a file: the symbols alone are compiled. One value is escaped."""
    from misc_format.coders.image.latentmodel import codeword
    from misc_format.coders.image.latentmodel.model import ALPHABET, SCALES
    from misc_format.entropy.rangesteps import ONE
    from misc_format.entropy.stepcoder import Decoder, Encoder

    below = np.tile(np.arange(ALPHABET + 1) * (ONE // ALPHABET), (SCALES, 1))
    values, scales = np.array([0, ALPHABET], np.int32), np.ones(2, np.uint8)
    encoder = Encoder()
    codeword.walk(encoder, values, scales, below)
    codeword.walk(Decoder(encoder.codeword()), values, scales, below)


def _sets() -> None:
    _array(Sets(np.array([[1, 3], [2, 5]], np.uint32), SIDE), "sets")


def _integers() -> None:
    _array(Integers(np.arange(-SIDE, SIDE, dtype=np.int32).reshape(2, 4, 4)), "integers")


def _array(content: Content, method: str) -> None:
    _round_trip(Stream(8, 8, image=Parts((ImagePart("seeds", content, method=method),))))


def _round_trip(stream: Stream) -> None:
    data = write(stream)
    validate(data)
    account(data, deep=True)


GROUPS: dict[str, Callable[[], None]] = {
    "text": _text,
    "maps/context, large": partial(_maps, "context", LARGE),
    "maps/context, small": partial(_maps, "context", 8),
    "maps/jbig2": partial(_maps, "jbig2", 8),
    "image/grid": _grid,
    **{
        f"image/codes-{name}": partial(_codes, f"codes-{name}") for name in ("uniform", "adaptive", "context", "graded")
    },
    "image/codes-static": _static_codes,
    "image/latents": _latents,
    "image/sets": _sets,
    "image/integers": _integers,
}
