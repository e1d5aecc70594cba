"""Training photos. Squares are drawn from them at many scales, at random but determined by the step, so a run can be resumed.

A tenth of the photos is held out. The hash of the name decides, so the tenth is the same on every machine and in every pack.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.errors import PictureError
from misc_format.pictures.conversion import converted
from misc_format.pictures.faults import UnreadableError
from misc_format.pictures.opening import opened
from misc_format.pictures.reading import read_file
from reference_codec.pictures.samples import rgb
from reference_codec.training.latents.stages import Recipe

Pictures = NDArray[np.uint8]
MAX_SIDE = 1600  # pixels; larger photos are reduced
MAX_REDUCTION = 2.5
MAX_ENLARGEMENT = 1.25
HELD_OUT = 10  # one in HELD_OUT photos is held out
HELD_OUT_SIDE = 256
HELD_OUT_SCALES = (1.0, 1.5, 2.25)
RECOLOURED = 0.5  # the fraction of the squares whose colours are changed
# The largest change of the gain of a channel, of the saturation, and of the logarithm of gamma.
MAX_GAIN, MAX_SATURATION, MAX_GAMMA = 0.08, 0.3, 0.2
LUMINANCE = np.array([0.299, 0.587, 0.114])


class Photo(NamedTuple):
    """A photo, RGB, and the name of its file without its ending."""

    name: str
    picture: Image.Image


class Split(NamedTuple):
    """Training photos and held-out photos."""

    training: list[Image.Image]
    held_out: list[Image.Image]


def read(sources: Iterable[Path], longest: int = MAX_SIDE, workers: int | None = None) -> list[Photo]:
    """All pictures of folders, at any depth, and of zip files. A file that is not a picture is left out, with a line on stderr."""
    with ThreadPoolExecutor(workers) as pool:
        parts = [pool.map(partial(_read, longest=longest), _files(source)) for source in sources]
        return [photo for part in parts for photo in part if photo is not None]


def _files(source: Path) -> Iterator[tuple[str, Path | bytes]]:
    """Name of each file of a folder or zip file, and its path or its bytes."""
    if source.is_dir():
        yield from ((path.stem, path) for path in sorted(source.rglob("*")) if path.is_file())
        return
    with zipfile.ZipFile(source) as pack:
        for name in sorted(pack.namelist()):
            yield PurePosixPath(name).stem, pack.read(name)


def _read(file: tuple[str, Path | bytes], longest: int) -> Photo | None:
    name, content = file
    try:
        with opened(content if isinstance(content, bytes) else read_file(content)) as picture:
            if picture.image.mode in ("RGB", "L"):
                picture.image.draft(None, (2 * longest, 2 * longest))
            picture.load()
            turned = Image.fromarray(rgb(converted(picture.image, picture.storage).samples))
    except (UnreadableError, PictureError) as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return None
    turned.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return Photo(name, turned)


def is_held_out(name: str) -> bool:
    """Whether the photo with this name is held out."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % HELD_OUT == 0


def split(photos: Iterable[Photo]) -> Split:
    """The training photos in their order, and the held-out ones in the order of their names."""
    training: list[Photo] = []
    held_out: list[Photo] = []
    for photo in photos:
        (held_out if is_held_out(photo.name) else training).append(photo)
    held_out.sort(key=lambda photo: photo.name)
    return Split([photo.picture for photo in training], [photo.picture for photo in held_out])


def crops(pictures: Iterable[Image.Image]) -> Pictures:
    """The centre of each picture, at the HELD_OUT_SCALES in turn: (N, HELD_OUT_SIDE, HELD_OUT_SIDE, 3)."""
    centres = []
    for index, picture in enumerate(pictures):
        cut = min(*picture.size, HELD_OUT_SIDE * HELD_OUT_SCALES[index % len(HELD_OUT_SCALES)])
        left, top = (picture.width - cut) / 2, (picture.height - cut) / 2
        centres.append(np.asarray(_cut(picture, HELD_OUT_SIDE, left, top, cut)))
    return np.stack(centres) if centres else np.empty((0, HELD_OUT_SIDE, HELD_OUT_SIDE, 3), np.uint8)


def batches(pictures: list[Image.Image], recipe: Recipe, start: int, workers: int = 1) -> Iterator[Pictures]:
    """The batches (batch, side, side, 3) of the steps from `start` on. A batch depends only on the recipe and the step."""
    weights = {stage.side: _probabilities(pictures, stage.side) for stage in recipe.stages}

    def batch(step: int) -> Pictures:
        stage = recipe.stage(step)
        rng = np.random.default_rng((recipe.seed, step))
        chosen = rng.choice(len(pictures), stage.batch, p=weights[stage.side])
        return np.stack([square(pictures[index], stage.side, rng) for index in chosen.tolist()])

    ahead = workers + 2
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(batch, step) for step in range(start, min(start + ahead, recipe.steps))]
        for step in range(start, recipe.steps):
            squares = waiting.pop(0).result()
            if step + ahead < recipe.steps:
                waiting.append(pool.submit(batch, step + ahead))
            yield squares


def _probabilities(pictures: list[Image.Image], side: int) -> NDArray[np.float64]:
    """The probability of each picture: proportional to the square root of its area; 0 if it is too small for a square."""
    large = [min(picture.size) * MAX_ENLARGEMENT >= side for picture in pictures]
    weights = np.sqrt([picture.width * picture.height for picture in pictures]) * large
    if not weights.sum():
        raise ValueError(f"no photo has {side / MAX_ENLARGEMENT:.0f} pixels on each side, for squares of {side}")
    probabilities: NDArray[np.float64] = weights / weights.sum()
    return probabilities


def squares(pictures: list[Image.Image], side: int, count: int, seed: int) -> Pictures:
    """Small squares (count, side, side, 3). They are the parts of larger squares, which are drawn at random."""
    per_row = 8
    rng = np.random.default_rng(seed)
    weights = _probabilities(pictures, per_row * side)
    chosen = rng.choice(len(pictures), max(1, count // per_row**2), p=weights)
    large = np.stack([square(pictures[index], per_row * side, rng) for index in chosen.tolist()])
    rows = large.reshape(len(large), per_row, side, per_row, side, 3).swapaxes(2, 3)
    return rows.reshape(-1, side, side, 3)


def square(picture: Image.Image, side: int, rng: np.random.Generator) -> Pictures:
    """A random square of a photo: reduced by up to MAX_REDUCTION, perhaps mirrored, perhaps with changed colours."""
    max_reduction = min(MAX_REDUCTION, min(picture.size) / side)
    reduction = max_reduction if max_reduction <= 1 else float(np.exp(rng.uniform(0, np.log(max_reduction))))
    cut = side * reduction
    left, top = rng.uniform(0, max(picture.width - cut, 0)), rng.uniform(0, max(picture.height - cut, 0))
    square = _cut(picture, side, left, top, cut)
    mirrored = rng.random() < 0.5
    if rng.random() < RECOLOURED:
        square = _recolour(square, rng)
    samples = np.asarray(square)
    return samples[:, ::-1] if mirrored else samples


def _cut(picture: Image.Image, side: int, left: float, top: float, cut: float) -> Image.Image:
    """The square of `cut` pixels at (left, top), scaled to `side`."""
    box = (left, top, min(left + cut, picture.width), min(top + cut, picture.height))
    return picture.resize((side, side), Image.Resampling.BICUBIC, box=box)


def _recolour(square: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The square with random gains of its channels, saturation and gamma."""
    gains = 1 + rng.uniform(-MAX_GAIN, MAX_GAIN, 3)
    saturation = 1 + rng.uniform(-MAX_SATURATION, MAX_SATURATION)
    gamma = float(np.exp(rng.uniform(-MAX_GAMMA, MAX_GAMMA)))
    mixed = gains[:, None] * (saturation * np.eye(3) + (1 - saturation) * LUMINANCE)
    matrix = tuple(np.hstack([mixed, np.zeros((3, 1))]).ravel().tolist())
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(int).tolist()
    return square.convert("RGB", matrix).point(3 * table)
