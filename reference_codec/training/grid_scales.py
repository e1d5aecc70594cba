"""Train the scales of the pixel grid's residual coder (clause 8.4).

    python -m reference_codec.training.grid_scales IMAGES_FOLDER -o grid-scales-1.csv

Every picture of the folder becomes grids of several sizes and depths. For each interval of activity, the ratio of the geometric
distribution that codes its residuals in the fewest bits is found by golden-section search.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.progress import track

from misc_format.coders.image_grid import alphabet_of, planes_of, walk
from misc_format.components import Samples, Size
from misc_format.levels import quantise
from reference_codec.pictures import load, rgb
from reference_codec.references.grid import reduce_to_blocks

COLUMNS = (8, 12, 16, 24, 32, 48)
DEPTHS = (4, 5, 6, 7, 8)
# Boundaries of activity, 16ths of a quantisation step: each 4/3 of the one before.
THRESHOLDS = tuple(sorted({0, *(round((4 / 3) ** power) for power in range(3, 25))}))


def residuals(plane: NDArray[np.int64], index: int, depth: int) -> Iterator[tuple[int, int]]:
    """(activity, magnitude of the residual) of each cell but the first, in the order of clause 8.3."""
    half = alphabet_of(index, depth) // 2
    found: list[tuple[int, int]] = []

    def step(row: int, column: int, prediction: int, activity: int) -> int:
        residual = (int(plane[row, column]) - prediction + half) % (2 * half) - half
        found.append((activity, abs(residual)))
        return residual

    walk(Size(plane.shape[1], plane.shape[0]), index, depth, step)
    return iter(found[1:])


def collect(path: Path) -> NDArray[np.int64]:
    """(activity, magnitude) pairs of one picture, shape (n, 2)."""
    samples: Samples = rgb(load(path).samples)
    pairs: list[tuple[int, int]] = []
    for columns in COLUMNS:
        cells = reduce_to_blocks(samples, max(1, samples.shape[1] // columns))
        for depth in DEPTHS:
            for index, plane in enumerate(planes_of(quantise(cells, depth))):
                pairs += residuals(plane, index, depth)
    return np.array(pairs)


def bits_of(magnitudes: NDArray[np.int64], ratio: float) -> float:
    """Information content under an unbounded two-sided geometric distribution, probability proportional to ratio^magnitude."""
    scale = np.log2((1 + ratio) / (1 - ratio))
    return float(magnitudes.size * scale - magnitudes.sum() * np.log2(ratio))


def best_ratio(magnitudes: NDArray[np.int64]) -> float:
    """The ratio with the fewest bits; golden-section search on a convex function."""
    low, high = 1e-4, 1 - 1e-4
    golden = (5**0.5 - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if bits_of(magnitudes, left) < bits_of(magnitudes, right):
            high = right
        else:
            low = left
    return (low + high) / 2


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of photos.")],
    output: Annotated[Path, typer.Option("-o", help="Table to write.")],
) -> None:
    """Train the table and print its cost on the training data."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    with ProcessPoolExecutor() as pool:
        pairs = np.concatenate(list(track(pool.map(collect, paths), total=len(paths), description="grids")))
    rows, bits = [], 0.0
    for low, high in pairwise((*THRESHOLDS, 1 << 30)):
        magnitudes = pairs[(pairs[:, 0] >= low) & (pairs[:, 0] < high), 1]
        ratio = best_ratio(magnitudes)
        bits += bits_of(magnitudes, ratio)
        rows.append(f"{low},{round(ratio * 65536)}")
    output.write_bytes(("\n".join(["threshold,ratio", *rows]) + "\n").encode("ascii"))
    print(
        f"{len(rows)} scales from {len(pairs):,} residuals of {len(paths)} photos, {bits / len(pairs):.3f} bits a residual"
    )


if __name__ == "__main__":
    typer.run(main)
