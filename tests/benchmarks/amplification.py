"""Worst cases of the decoder: the smallest files that declare the most. Seconds of one read, then the peak memory of another.

python tests/benchmarks/amplification.py
"""

from __future__ import annotations

import sys
import time
import tracemalloc

import numpy as np

import misc_format
from misc_format import Grid, Maps, Stream, Text
from misc_format.container import write_structure
from misc_format.limits import MAX_GRID_CELLS, MAX_MAP_PIXELS, MAX_TEXT_BYTES

FIXED, PER_SAMPLE = 64 * 2**20, 16  # the bound of memory, in bytes
HEADER_BYTES = 8 + 1 + 5  # header, frame, fields of the grid
SIDE = int(MAX_GRID_CELLS**0.5)
WARM = Maps((np.eye(8, dtype=np.bool_), np.eye(80, dtype=np.bool_)))
COMPILED = {"JBIG2": "jbig2", "context": "context"}  # by a word of a case's name
MAP_SIDE = int(MAX_MAP_PIXELS**0.5)


def cases() -> dict[str, bytes]:
    """Name to file."""
    rng = np.random.default_rng(0)
    blank = Maps((np.zeros((MAP_SIDE, MAP_SIDE), np.bool_),))
    noise = Maps((rng.random((1024, 1024)) < 0.5,))
    chess = Maps((np.indices((512, 512)).sum(0) % 2 == 0,))  # as many runs as pixels
    worst = Grid(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    flat = Grid(np.full((SIDE, SIDE, 3), 128, np.uint8))
    letters = Text("e" * MAX_TEXT_BYTES)
    streams = {
        "text of one letter": Stream(1, 1, text=letters, methods={"text": "huffman"}),
        "text under the language model": Stream(1, 1, text=Text("\0" * MAX_TEXT_BYTES), methods={"text": "language"}),
        "one blank map, run length": Stream(1, 1, maps=blank, methods={"maps": "runlength"}),
        "one noisy map, run length": Stream(1, 1, maps=noise, methods={"maps": "runlength"}),
        "one chequered map, run length": Stream(1, 1, maps=chess, methods={"maps": "runlength"}),
        "one noisy map, context": Stream(1, 1, maps=noise, methods={"maps": "context"}),
        "flat grid": Stream(SIDE, SIDE, image=flat),
        "noisy grid": Stream(SIDE, SIDE, image=worst),
    }
    files = {name: misc_format.write(stream) for name, stream in streams.items()}
    # The smallest file with the largest grid: all the bits of its codeword are left out.
    head = misc_format.write(Stream(SIDE, SIDE, image=Grid(flat.samples[..., 0])))[:HEADER_BYTES]
    # One map of the picture's size under template 0, without data: what the decoder imagines behind them is noise.
    region = write_structure(MAP_SIDE, MAP_SIDE, 0, {"maps": (2, bytes(2))}, [])
    return files | {"grid, empty codeword": head, "one map, JBIG2, no data": region}


def declared(stream: Stream) -> int:
    """Letters, pixels and samples that a file gives."""
    total = len(stream.text.overall) if isinstance(stream.text, Text) else 0
    if isinstance(stream.maps, Maps):
        total += sum(grid.size for grid in stream.maps.maps)
    return total + (stream.image.samples.size if isinstance(stream.image, Grid) else 0)


def main() -> None:
    """Print a row a file."""
    heads = ("bytes", "samples", "samples/byte", "seconds", "ns/sample", "peak MiB", "bytes/sample", "of bound")
    print(f"{'file':<32}" + "".join(f"{head:>14}" for head in heads))
    for name, data in cases().items():
        for word, method in COMPILED.items():
            if word in name:
                misc_format.read(misc_format.write(Stream(8, 8, maps=WARM, methods={"maps": method})))  # compile it
        start = time.perf_counter()
        samples = declared(misc_format.read(data))
        seconds = time.perf_counter() - start
        tracemalloc.start()
        misc_format.read(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        cells = (
            len(data),
            samples,
            samples / len(data),
            seconds,
            1e9 * seconds / samples,
            peak / 2**20,
            peak / samples,
            peak / (FIXED + PER_SAMPLE * samples),
        )
        print(
            f"{name:<32}{cells[0]:>14,}{cells[1]:>14,}{cells[2]:>14,.0f}{cells[3]:>14.2f}"
            + "".join(f"{x:>14.1f}" for x in cells[4:])
        )


if __name__ == "__main__":
    sys.exit(main())
