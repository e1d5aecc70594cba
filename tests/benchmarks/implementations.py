"""What decoding costs in two implementations: the plain decoder, written to be read, and the reference decoder. Processor time of a file.

    python tests/benchmarks/implementations.py [WORD...]     only rows whose names have one of the words

Both decode the content, count its bits and check the canonical form. The best of three runs counts, behind one that loads models and
compiles functions. The content is made here, so that anyone can repeat it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from misc_conformance.plain.decoder import decode

import misc_format
from misc_format import Codes, Grid, Integers, Maps, Stream

RUNS = 3
DEMO = misc_format.read(Path(__file__).parents[2] / "examples" / "coffee.misc")
WIDTH, HEIGHT = 768, 512


def mask() -> Maps:
    """An ellipse with a wavy edge, a fifth of the picture."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    angle = np.arctan2(y - 250, x - 360)
    radius = 1 + 0.12 * np.sin(5 * angle) + 0.05 * np.sin(17 * angle)
    return Maps((((x - 360) / 190) ** 2 + ((y - 250) / 130) ** 2 < radius**2,))


def grid() -> Grid:
    """A soft coloured gradient of 64 x 43 cells."""
    y, x = np.mgrid[:43, :64]
    planes = [31 + 25 * np.sin(x / 9 + y / (7 + 3 * number) + number) for number in range(3)]
    return Grid(np.stack(planes, axis=-1).astype(np.uint8), 6, 0)


def tokens() -> np.ndarray:
    """Codes of a codebook, all equally likely."""
    return np.random.default_rng(0).integers(0, 1024, (32, 32))


def labels() -> np.ndarray:
    """A label map: the nearest of six points."""
    y, x = np.mgrid[:128, :128]
    points = np.random.default_rng(0).integers(0, 128, (6, 2))
    return np.argmin([(y - row) ** 2 + (x - column) ** 2 for row, column in points], axis=0)


def integers() -> np.ndarray:
    """Integers whose spread differs from channel to channel."""
    scales = np.geomspace(0.2, 4, 8)[:, None, None]
    return np.rint(np.random.default_rng(0).laplace(0, 1, (8, 32, 48)) * scales).astype(np.int32)


def file(**content: object) -> bytes:
    """A file of one component. `method`: its method."""
    [kind] = content.keys() - {"method"}
    return misc_format.write(
        Stream(WIDTH, HEIGHT, **{kind: content[kind]}, methods={kind: content["method"]})  # type: ignore[arg-type]
    )


CASES: dict[str, Callable[[], bytes]] = {
    "text, huffman: the demo's": lambda: file(text=DEMO.text, method="huffman"),
    "text, language: the demo's": lambda: file(text=DEMO.text, method="language"),
    "maps, runlength: a mask of 768 x 512": lambda: file(maps=mask(), method="runlength"),
    "maps, jbig2: the same": lambda: file(maps=mask(), method="jbig2"),
    "maps, context: the same": lambda: file(maps=mask(), method="context"),
    "image, grid: 64 x 43 cells, RGB": lambda: file(image=grid(), method="grid"),
    "image, codes-uniform: 32 x 32 of 1,024": lambda: file(image=Codes(tokens(), 1024), method="codes-uniform"),
    "image, codes-context: labels, 128 x 128": lambda: file(image=Codes(labels(), 6), method="codes-context"),
    "image, integers: 8 x 32 x 48": lambda: file(image=Integers(integers()), method="integers"),
    "the demo: text, three maps of 8 x 8, latents of 600 x 400": lambda: misc_format.write(DEMO),
}


def seconds(call: Callable[[], object]) -> float:
    """The least processor time of a call."""
    call()
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def check(data: bytes) -> None:
    """Decode with the reference decoder, check everything, and count."""
    document = misc_format.Document(data)
    assert misc_format.validate(document).verdict == "conforming"
    misc_format.account(document, deep=True)


def main(*words: str) -> None:
    """Print a row for each file."""
    print("| content | bytes | plain, s | reference, s | ratio |\n|---|---|---|---|---|")
    for name, make in CASES.items():
        if words and not any(word in name for word in words):
            continue
        data = make()
        assert decode(data)["verdict"] == "conforming"
        plain, reference = seconds(lambda data=data: decode(data)), seconds(lambda data=data: check(data))  # type: ignore[misc]
        print(f"| {name} | {len(data):,} | {plain:.3g} | {reference:.2g} | {plain / reference:,.0f} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
