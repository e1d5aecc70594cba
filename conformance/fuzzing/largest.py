"""Files that declare the most, changed at random, under the limits of the specification: what each method takes of the bound of memory.

    python -m misc_conformance.fuzzing.largest --count 96 --log memory.jsonl

File number i has method i modulo their number: first the file as it was made, then changed. Half of the changes spare the header and the
first bytes of the payload, so that the declared size stays.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final

import numpy as np

from misc_format import Stream, Text, write
from misc_format.components import (
    CodedString,
    Codes,
    Codestream,
    Content,
    Generation,
    Grid,
    ImagePart,
    Integers,
    Maps,
    Opaque,
    Parts,
    Sets,
    Strings,
)
from misc_format.limits import (
    MAX_ARRAY_VALUES,
    MAX_CODESTREAM_BYTES,
    MAX_GRID_CELLS,
    MAX_LATENT_PLACES,
    MAX_MAP_PIXELS,
    MAX_MODELLED_ALPHABET,
    MAX_PARTS,
    MAX_STRING_POSITIONS,
    MAX_TEXT_BYTES,
)
from misc_format.registry import METHOD_BY_NAME
from misc_format.structure.container import Framed, write_structure
from misc_format.testing.mutate import mutated

from ..suite import TINY_TABLE
from . import campaign, fuzz
from .campaign import Campaign

SPARED: Final = 20  # bytes at the beginning of a file
MAP_SIDE, GRID_SIDE, ARRAY_SIDE = int(MAX_MAP_PIXELS**0.5), int(MAX_GRID_CELLS**0.5), int(MAX_ARRAY_VALUES**0.5)
LATENT_SIDE, STRING_SIDE = 32 * int(MAX_LATENT_PLACES**0.5), 16 * int(MAX_STRING_POSITIONS**0.5)
ARRAY = b"\xff\x0f" * 2  # both sizes of an array of the largest side
BYTES: Final = 2**20  # of a payload that nobody decodes
TINY_ALPHABET: Final = 5  # of the tiny table
JPEG: Final = b"\xff\xd8\xff\xc0\x00\x0b\x08\x10\x00\x10\x00"
EVERYTHING = np.zeros((ARRAY_SIDE, ARRAY_SIDE), np.int32)


def _framed(kind: str, method: str, payload: bytes, side: int = 64) -> bytes:
    """A file of one payload."""
    return write_structure(side, side, 0, {kind: Framed(METHOD_BY_NAME[kind, method].id, payload)}, [])


def _written(kind: str, method: str, content: Content, side: int = 64) -> bytes:
    """A file of one component. Generation is written beside a text, because it cannot be alone."""
    components: dict[str, Any] = {kind: content} if kind != "generation" else {kind: content, "text": Text("a")}
    return write(Stream(side, side, **components, methods={kind: method}))


def _text(method: str) -> bytes:
    return _written("text", method, Text("\0" * MAX_TEXT_BYTES if "language" in method else "e" * MAX_TEXT_BYTES))


def _maps(method: str) -> bytes:
    return _written("maps", method, Maps((np.zeros((MAP_SIDE, MAP_SIDE), np.bool_),)))


def _static() -> bytes:
    table = hashlib.sha256(TINY_TABLE.read_bytes()).hexdigest()[:16]
    return _written("image", "codes-static", Codes(EVERYTHING.astype(np.uint32), TINY_ALPHABET, table=table))


def _parts() -> bytes:
    """As many parts as there may be, each of an array of the largest size."""
    return _written(
        "image", "auto", Parts(tuple(ImagePart("vector", Integers(EVERYTHING), f"{i}") for i in range(MAX_PARTS)))
    )


LARGEST: Final[dict[str, Callable[[], bytes]]] = {
    **{f"text {name}": partial(_text, name) for name in ("raw", "huffman", "language", "language-own")},
    "text private": lambda: _framed("text", "private", bytes(BYTES)),
    **{f"maps {name}": partial(_maps, name) for name in ("packed", "runlength", "jbig2", "context", "ragged")},
    "maps private": lambda: _framed("maps", "private", bytes(BYTES)),
    "generation plain": lambda: _written("generation", "plain", Generation(prompt_suffix="e" * MAX_TEXT_BYTES)),
    "generation private": lambda: _written("generation", "private", Opaque(bytes(BYTES))),
    "image grid": lambda: _written("image", "grid", Grid(np.full((GRID_SIDE, GRID_SIDE, 3), 128, np.uint8)), 8 * GRID_SIDE),
    "image latents": lambda: _framed("image", "latents", b"\x7f", LATENT_SIDE),
    "image compressai": lambda: _written(
        "image", "compressai", Strings("bmshj2018-factorized", (b"\0",), (STRING_SIDE // 16, STRING_SIDE // 16), 1), STRING_SIDE
    ),
    "image codestream": lambda: _written("image", "codestream", Codestream("jpeg", JPEG + bytes(MAX_CODESTREAM_BYTES - len(JPEG))), 4096),
    "image codes-uniform": lambda: _framed("image", "codes-uniform", b"\x41" + ARRAY),
    "image codes-static": _static,
    "image codes-adaptive": lambda: _framed("image", "codes-adaptive", b"\x50" + ARRAY),
    "image codes-context": lambda: _written("image", "codes-context", Codes(EVERYTHING.astype(np.uint32), MAX_MODELLED_ALPHABET)),
    "image codes-graded": lambda: _framed("image", "codes-graded", b"\x5f" + ARRAY),
    "image sets": lambda: _written("image", "sets", Sets(np.arange(MAX_ARRAY_VALUES, dtype=np.uint32)[None], MAX_ARRAY_VALUES)),
    "image integers": lambda: _framed("image", "integers", b"\x40" + ARRAY),
    "image string": lambda: _written("image", "string", CodedString(bytes(BYTES))),
    "image private": lambda: _framed("image", "private", bytes(BYTES)),
    "image integers in parts": _parts,
}  # fmt: skip


@cache
def _largest(name: str) -> bytes:
    return LARGEST[name]()


def file_of(seed: int, index: int, full: bool = False) -> bytes:
    """The file of this number."""
    name = tuple(LARGEST)[index % len(LARGEST)]
    data, source = _largest(name), random.Random(f"{seed}/{index}")
    if index < len(LARGEST):
        return data
    spared = source.choice((0, min(SPARED, len(data) // 2)))
    return data[:spared] + mutated(data[spared:], source)


def prepare(full: bool) -> None:
    """Prepare a process for files under the limits of the specification, whatever `full` says."""
    fuzz.prepare(True)


CAMPAIGN = Campaign(
    file_of,
    fuzz.check_numbered,
    prepare,
    "rules were broken first",
    dict.fromkeys((True, False), "limits of the specification"),
    chunk=1,
    seconds=600,  # the largest map of noise takes more than one minute
)

if __name__ == "__main__":
    sys.exit(campaign.main(CAMPAIGN, "python -m misc_conformance.fuzzing.largest", __doc__ or "", 4 * len(LARGEST)))
