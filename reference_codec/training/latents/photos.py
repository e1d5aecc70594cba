"""Photos to learn from: squares of them at many scales, drawn at random by the number of the step, so that a run can be resumed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

Pictures = NDArray[np.uint8]
LONGEST = 1600  # pixels of a side; larger photos are reduced
MOST_REDUCED = 2.5
AHEAD = 3  # batches prepared while the network works


def read(folder: Path) -> list[Image.Image]:
    """All pictures of a folder and those below it, RGB; files that are none are left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor() as pool:
        return [picture for picture in pool.map(_read, paths) if picture is not None]


def _read(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as picture:
            turned = ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return None
    turned.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return turned


def batches(pictures: list[Image.Image], count: int, side: int, start: int, stop: int, seed: int) -> Iterator[Pictures]:
    """Batches (count, side, side, 3) of the steps from `start` to `stop`; a step's batch depends on seed and step alone."""
    large = [picture for picture in pictures if min(picture.size) >= side]
    weights = np.sqrt([picture.width * picture.height for picture in large])
    weights = weights / weights.sum()

    def batch(step: int) -> Pictures:
        rng = np.random.default_rng((seed, step))
        chosen = rng.choice(len(large), count, p=weights)
        return np.stack([_square(large[index], side, rng) for index in chosen.tolist()])

    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(batch, step) for step in range(start, min(start + AHEAD, stop))]
        for step in range(start, stop):
            yield waiting.pop(0).result()
            if step + AHEAD < stop:
                waiting.append(pool.submit(batch, step + AHEAD))


def squares(pictures: list[Image.Image], side: int, count: int, seed: int) -> Pictures:
    """Small squares (count, side, side, 3) of larger ones."""
    large = next(batches(pictures, max(1, count // 100), 12 * side, 0, 1, seed))
    rows = large.reshape(len(large), 12, side, 12, side, 3).swapaxes(2, 3)
    return rows.reshape(-1, side, side, 3)


def _square(picture: Image.Image, side: int, rng: np.random.Generator) -> Pictures:
    """A square of a photo, reduced by up to MOST_REDUCED, perhaps mirrored."""
    most = min(MOST_REDUCED, min(picture.size) / side)
    cut = side * float(np.exp(rng.uniform(0, np.log(most))))
    left, top = rng.uniform(0, picture.width - cut), rng.uniform(0, picture.height - cut)
    square = picture.resize(
        (side, side),
        Image.Resampling.BICUBIC,
        box=(left, top, min(left + cut, picture.width), min(top + cut, picture.height)),
    )
    found = np.asarray(square)
    return found[:, ::-1] if rng.random() < 0.5 else found
