"""Worst cases of the decoder: the smallest files that declare the most. Processor seconds of one read, then the peak memory of another.

python tests/benchmarks/amplification.py [WORD...]     only cases whose names have one of the words
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # seconds of one core

import numpy as np
from misc_conformance.fuzzing.bounds import FIXED, PER_SAMPLE

import misc_format
from misc_format import Codestream, Grid, Latents, Maps, Stream, Strings, Text
from misc_format.coders.image.latentmodel.model import Model
from misc_format.coders.image.latents import MODEL, places
from misc_format.components import Size
from misc_format.limits import (
    MAX_CODESTREAM_BYTES,
    MAX_GRID_CELLS,
    MAX_LATENT,
    MAX_LATENT_PLACES,
    MAX_MAP_PIXELS,
    MAX_STRING_POSITIONS,
    MAX_TEXT_BYTES,
)
from misc_format.structure.container import Framed, write_structure
from misc_format.testing.latent_pattern import conforming

HEADER_BYTES = 8 + 1 + 5  # header, frame, fields of the grid
SIDE, MAP_SIDE = int(MAX_GRID_CELLS**0.5), int(MAX_MAP_PIXELS**0.5)
LATENT_SIDE, STRING_SIDE = 32 * int(MAX_LATENT_PLACES**0.5), 16 * int(MAX_STRING_POSITIONS**0.5)
RNG = np.random.default_rng(0)
BLANK, NOISE = np.zeros((MAP_SIDE, MAP_SIDE), np.bool_), RNG.random((1024, 1024)) < 0.5
SPECKS = [np.zeros((1, 1), np.bool_)] * 15
ROWS, COLUMNS = 65_535, 256  # the tallest map
DISC = np.hypot(np.arange(ROWS)[:, None] - 2**15, np.arange(COLUMNS) - 128) < 100
FLAT = np.full((SIDE, SIDE, 3), 128, np.uint8)


def maps(method: str, *grids: np.ndarray) -> Callable[[], bytes]:
    """A file of maps alone."""
    return lambda: misc_format.write(Stream(8, 8, maps=Maps(grids), methods={"maps": method}))


def grid(samples: np.ndarray) -> Callable[[], bytes]:
    """A file of a grid alone."""
    return lambda: misc_format.write(Stream(SIDE, SIDE, image=Grid(samples)))


def text(letter: str, method: str) -> Callable[[], bytes]:
    """A file of the longest text."""
    return lambda: misc_format.write(Stream(1, 1, text=Text(letter * MAX_TEXT_BYTES), methods={"text": method}))


def foreign(side: int, image: Codestream | Strings) -> Callable[[], bytes]:
    """A file of strings, or of a codestream."""
    return lambda: misc_format.write(Stream(side, side, image=image))


def escaped() -> bytes:
    """Latents all as far from their means as they can be, of a quarter of the side that they may have."""
    side = LATENT_SIDE // 4
    content = conforming(
        Model.shipped(MODEL), 127, *places(Size(side, side)), lambda count: RNG.choice([-MAX_LATENT, MAX_LATENT], count)
    )
    return misc_format.write(Stream(side, side, image=content))


JPEG = b"\xff\xd8\xff\xc0\x00\x0b\x08\x10\x00\x10\x00"
# Name to what makes the file.
CASES: dict[str, Callable[[], bytes]] = {
    "text of one letter, Huffman": text("e", "huffman"),
    "text, language model": text("\0", "language"),
    "one blank map, run length": maps("runlength", BLANK),
    "one noisy map, run length": maps("runlength", NOISE),
    "one chequered map, run length": maps("runlength", np.indices((512, 512)).sum(0) % 2 == 0),  # a run a pixel
    # One map of the picture's size under template 0, without data: what the decoder imagines behind them is noise.
    "one map, JBIG2, no data": lambda: write_structure(MAP_SIDE, MAP_SIDE, 0, {"maps": Framed(2, bytes(2))}, []),
    "one blank map, context": maps("context", BLANK),
    "blank map behind 15 specks, context": maps("context", *SPECKS, BLANK[:-1]),
    "one tall map reduced, context": maps("context", DISC),
    "one noisy map, context": maps("context", NOISE),
    "flat grid": grid(FLAT),
    "noisy grid": grid(RNG.integers(0, 256, (SIDE, SIDE, 3), np.uint8)),
    # The smallest file with the largest grid: all the bits of its codeword are left out.
    "grid, no codeword": lambda: grid(FLAT[..., 0])()[:HEADER_BYTES],
    "latents, no codeword": lambda: write_structure(LATENT_SIDE, LATENT_SIDE, 0, {"image": Framed(1, b"\x7f")}, []),
    "latents, all escaped": escaped,
    "strings, none": foreign(
        STRING_SIDE, Strings("bmshj2018-factorized", (b"\0",), (STRING_SIDE // 16, STRING_SIDE // 16), 1)
    ),
    "codestream": foreign(4096, Codestream("jpeg", JPEG + RNG.bytes(MAX_CODESTREAM_BYTES - len(JPEG)))),
}


def declared(stream: Stream) -> int:
    """Letters, pixels, samples, latents, positions of strings and bytes of a codestream that a file gives."""
    total = len(stream.text.overall) if isinstance(stream.text, Text) else 0
    if isinstance(stream.maps, Maps):
        total += sum(one.size for one in stream.maps.maps)
    image = stream.image
    if isinstance(image, Grid):
        total += image.samples.size
    if isinstance(image, Latents):
        total += image.y.size + image.z.size
    if isinstance(image, Strings):
        total += image.shape[0] * image.shape[1]
    return total + (len(image.data) if isinstance(image, Codestream) else 0)


def main() -> None:
    """Print a row a file."""
    heads = ("bytes", "samples", "samples/byte", "seconds", "ns/sample", "peak MiB", "bytes/sample", "of bound")
    print(f"{'file':<36}" + "".join(f"{head:>13}" for head in heads))
    for name, make in CASES.items():
        if len(sys.argv) > 1 and not any(word in name for word in sys.argv[1:]):
            continue
        data = make()
        misc_format.read(_small(name))  # compile it
        start = time.process_time()
        samples = declared(misc_format.read(data))
        seconds = time.process_time() - start
        tracemalloc.start()
        misc_format.read(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        row = f"{name:<36}{len(data):>13,}{samples:>13,}{samples / len(data):>13,.0f}{seconds:>13.2f}"
        rates = (1e9 * seconds / samples, peak / 2**20, peak / samples, peak / (FIXED + PER_SAMPLE * samples))
        print(row + "".join(f"{rate:>13.2f}" for rate in rates), flush=True)


def _small(name: str) -> bytes:
    """A small file of the same method."""
    method = next(
        (method for word, method in (("JBIG2", "jbig2"), ("context", "context")) if word in name), "runlength"
    )
    both = Maps((np.eye(8, dtype=np.bool_), np.eye(80, dtype=np.bool_)))
    dot = Grid(np.zeros((8, 8), np.uint8))
    return misc_format.write(Stream(8, 8, maps=both, image=dot, methods={"maps": method}))


if __name__ == "__main__":
    sys.exit(main())
