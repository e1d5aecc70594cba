"""Masks to learn from: read from COCO's compressed run lengths, grouped as in bitstreams, turned, reduced and cropped."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import scale
from misc_format.coders.maps.mapmodel.codeword import reductions
from misc_format.components import BoolMap
from reference_codec.maps.grids import THRESHOLD, coverage, to_grid

MAPS = 3  # of a bitstream
SMALL_SIDES = (8, 8, 8, 9, 10, 11, 12, 13, 14, 16, 16, 16, 20, 24, 32)


def read(path: Path) -> list[list[BoolMap]]:
    """The masks of each image of a file, as `by_source` groups them, of all sources."""
    return [masks for images in by_source(path).values() for masks in images]


def by_source(path: Path) -> dict[str, list[list[BoolMap]]]:
    """The masks of each image by source, the largest first, from JSON lines of image, h, w and counts, perhaps with source and area.

    Without an area, that of the mask counts. COCO's areas are those of its polygons. Without a source, it is "".
    """
    sources: dict[str, dict[str, list[tuple[float, BoolMap]]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        mask = decode(row["counts"], row["h"], row["w"])
        images = sources.setdefault(row.get("source", ""), {})
        images.setdefault(row["image"], []).append((row.get("area", int(mask.sum())), mask))
    return {
        source: [[mask for _, mask in sorted(masks, key=lambda pair: -pair[0])] for masks in images.values()]
        for source, images in sources.items()
    }


def decode(counts: str, height: int, width: int) -> BoolMap:
    """A mask from COCO's compressed run lengths, which go column by column.

    A character holds five bits. From the fourth run on, each is coded as its difference to the run before the previous one.
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts.encode():
        code = character - 48
        value |= (code & 0x1F) << shift
        shift += 5
        if not code & 0x20:
            if code & 0x10:
                value -= 1 << shift
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(width, height).T)


def files(images: list[list[BoolMap]]) -> list[list[BoolMap]]:
    """All masks, in groups of as many as a bitstream carries."""
    return [masks[start : start + MAPS] for masks in images for start in range(0, len(masks), MAPS)]


def as_coded(maps: list[BoolMap]) -> list[BoolMap]:
    """The maps as an encoder codes them where it can reduce all of them by one step; else as they are."""
    steps = {tuple(reductions(grid)) for grid in maps}
    if len(steps) > 1 or steps == {()}:
        return maps
    [[step]] = steps
    return [scale.reduced(grid, step) for grid in maps]


def turned(maps: list[BoolMap], orientation: int) -> list[BoolMap]:
    """The maps in one of eight orientations: 4 transposes; then 1 reverses the rows, and 2 the columns."""
    row_step, column_step = -1 if orientation & 1 else 1, -1 if orientation & 2 else 1
    return [np.ascontiguousarray((grid.T if orientation & 4 else grid)[::row_step, ::column_step]) for grid in maps]


def reduced(maps: list[BoolMap], factor: float) -> list[BoolMap]:
    """The maps with their sides divided by `factor`."""
    height, width = (max(9, round(side / factor)) for side in maps[0].shape)
    return [to_plain_grid(grid, width, height, 0.5) for grid in maps]


def small(maps: list[BoolMap], side: int, rng: np.random.Generator) -> list[BoolMap]:
    """Maps of `side` x `side` cells, of a part of the picture or of all of it."""
    height, width = maps[0].shape
    if rng.random() < 0.7:
        shares = rng.uniform(0.5, 1, 2)
        rows, columns = int(height * shares[0]), int(width * shares[1])
        top, left = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
        crops = [grid[top : top + rows, left : left + columns] for grid in maps]
        maps = sorted((grid for grid in crops if grid.any()), key=lambda grid: -int(grid.sum())) or maps
    flips = rng.random(3) < (0.2, 0.5, 0.2)
    reduce = to_grid if rng.random() < 0.4 else to_plain_grid
    threshold = THRESHOLD if rng.random() < 0.6 else round(rng.uniform(0.2, 0.5), 3)
    return [reduce(grid, side, side, threshold) for grid in turned(maps, int(flips @ np.array([1, 2, 4])))]


def to_plain_grid(mask: BoolMap, width: int, height: int, threshold: float = THRESHOLD) -> BoolMap:
    """The cells of which more than `threshold` lies inside the mask. It may be none, where `to_grid` sets one."""
    return np.stack(list(coverage(mask, width, height))) > math.floor(threshold * mask.size + 1e-9)


def some(files_: list[list[BoolMap]], count: int, rng: np.random.Generator) -> list[list[BoolMap]]:
    """Small maps of files drawn at random."""
    chosen: NDArray[np.int64] = rng.integers(len(files_), size=count)
    return [small(files_[index], int(rng.choice(SMALL_SIDES)), rng) for index in chosen.tolist()]
