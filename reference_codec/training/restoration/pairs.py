"""Training pairs: a square of a photo, and what is left of it after a conventional codec at a fraction of its size.

A pair is a PNG file with the original on the left and the decoded and enlarged picture on the right. Its name tells how it was made:
`NUMBER-CODEC-REDUCTION-QUALITY.png`. Pair number N depends only on the photos, the seed and N, so the work can be interrupted.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from misc_format.pictures import load
from misc_format.system.files import replacing
from reference_codec.images.conventional import coding
from reference_codec.pictures.samples import size_of
from reference_codec.training.latents import photos
from reference_codec.training.latents.photos import Pictures

SIDE: Final = 512  # pixels of a square


class Kind(NamedTuple):
    """A codec, the reduction before it, the qualities that are drawn, and the fraction of the pairs."""

    codec: str
    reduction: int
    qualities: range
    share: float


# The qualities are those that give 0.01 to 0.06 bpp on most photos.
KINDS: Final = (
    Kind("vvc-perceptual", 2, range(37, 55), 0.6),
    Kind("vvc-perceptual", 3, range(33, 50), 0.2),
    Kind("av1", 2, range(44, 64), 0.2),
)


class Pair(NamedTuple):
    """An original and the picture that is to be restored, both uint8 (H, W, 3)."""

    original: Pictures
    enlarged: Pictures


def make(pictures: list[Image.Image], folder: Path, count: int, seed: int, workers: int) -> Generator[Path, None, None]:
    """Make the pairs 0 to `count` - 1 that the folder lacks. Yields the path of each as it is finished."""
    folder.mkdir(parents=True, exist_ok=True)
    present = {int(path.name.split("-")[0]) for path in folder.glob("*.png")}
    large = [picture for picture in pictures if min(picture.size) * photos.MAX_ENLARGEMENT >= SIDE]
    if not large:
        raise ValueError(f"no photo has {SIDE / photos.MAX_ENLARGEMENT:.0f} pixels on each side")
    with ThreadPoolExecutor(workers) as pool:
        missing = (number for number in range(count) if number not in present)
        waiting = [pool.submit(_make_one, large, folder, number, seed) for number in missing]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:  # the caller may stop before the end
            for future in waiting:
                future.cancel()


def _make_one(pictures: list[Image.Image], folder: Path, number: int, seed: int) -> Path:
    rng = np.random.default_rng((seed, number))
    original = np.ascontiguousarray(photos.square(pictures[number % len(pictures)], SIDE, rng))
    kind = KINDS[rng.choice(len(KINDS), p=[kind.share for kind in KINDS])]
    quality = int(rng.choice(kind.qualities))
    content = coding.make(original, coding.Settings(kind.codec, quality, kind.reduction))
    pair = np.hstack([original, coding.paint(content, size_of(original))])
    path = folder / f"{number:05d}-{kind.codec}-{kind.reduction}-{quality}.png"
    with replacing(path) as temporary:
        Image.fromarray(pair).save(temporary, "PNG", compress_level=1)
    return path


def read(folder: Path, count: int) -> list[Pair]:
    """The pairs 0 to `count` - 1 of a folder."""
    paths = [path for path in sorted(folder.glob("*.png")) if int(path.name.split("-")[0]) < count]
    pairs = []
    for path in paths:
        both = load(path).samples
        pairs.append(Pair(both[:, :SIDE], both[:, SIDE:]))
    return pairs


def batch(pairs: list[Pair], size: int, side: int, seed: int, step: int) -> Pair:
    """The squares (size, side, side, 3) of a step, turned and mirrored at random."""
    rng = np.random.default_rng((seed, step))
    parts = []
    for index in rng.choice(len(pairs), size).tolist():
        top, left = rng.integers(0, SIDE - side + 1, 2).tolist()
        turns, is_mirrored = int(rng.integers(4)), rng.random() < 0.5
        cut = [part[top : top + side, left : left + side] for part in pairs[index]]
        turned = [np.rot90(part, turns) for part in cut]
        parts.append([part[:, ::-1] if is_mirrored else part for part in turned])
    return Pair(*(np.stack(part) for part in zip(*parts, strict=True)))
