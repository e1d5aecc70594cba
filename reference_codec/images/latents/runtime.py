"""The transforms of the shipped learned codec under onnxruntime, on the CPU: pictures to latents and back, in tiles if they are large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel.model import QUALITIES
from misc_format.coders.image.latentmodel.network import UNIT_BITS
from misc_format.coders.image.latentmodel.passes import Integers
from misc_format.components import Samples, Size
from reference_codec.models.graphs import session

NAME = "latents-1"
PATCH = 8  # pixels on a side of what the analysis begins with
REDUCTION = 2  # of the picture before the analysis
STRIDE, HYPER_STRIDE = 32, 128
TILE = 1024  # pixels on a side of a tile, and
MARGIN = 256  # of what is seen around it
Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
Report = Callable[[int, int], None]  # tiles done, and of how many


class Analysed(NamedTuple):
    """Latents of a picture before their gains (rows, columns, channels), sides multiples of 4, and the picture's size."""

    latents: Floats
    picture: Size


class Transforms:
    """The transforms whose weights and graphs lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions: dict[str, Any] = {}
        self._gains = {name: _tensor(folder, f"{name}.logs") for name in ("gains", "inverse_gains")}

    def analyse(self, samples: Samples, report: Report | None = None) -> Analysed:
        """The latents of a uint8 picture (H, W) or (H, W, 3), edges repeated up to whole hyper-places."""
        picture = Size(samples.shape[1], samples.shape[0])
        rows, columns = (-(-side // HYPER_STRIDE) * HYPER_STRIDE for side in samples.shape[:2])
        colour = samples if samples.ndim == 3 else samples[..., None].repeat(3, 2)
        padded = np.pad(colour, ((0, rows - picture.height), (0, columns - picture.width), (0, 0)), mode="edge")
        channels = self._gains["gains"].shape[1]
        found = np.empty((rows // STRIDE, columns // STRIDE, channels), np.float32)
        for tile in _tiles(rows, columns, report):
            patches = _patches(_halved(padded[tile.seen_at(1)]))
            latents = self._run("analysis", patches=patches).transpose(1, 2, 0)
            found[tile.own_at(STRIDE)] = latents[tile.inner(STRIDE)]
        return Analysed(found, picture)

    def scaled(self, analysed: Analysed, quality: int) -> tuple[Wide, Wide]:
        """Latents with the gains of a quality, as large as the picture, and their hyper-latents."""
        latents = analysed.latents * self.gains("gains", quality)
        hyper = self._run("hyper", scaled=latents.transpose(2, 0, 1)[None]).transpose(1, 2, 0)
        rows, columns = image_latents.places(analysed.picture)
        return latents[:rows, :columns].astype(np.float64), hyper.astype(np.float64)

    def synthesise(self, values: Integers, quality: int, picture: Size, report: Report | None = None) -> Samples:
        """The picture, uint8 (H, W, 3), of latents with their means in 64ths (rows, columns, channels)."""
        latents = (values / (1 << UNIT_BITS) * self.gains("inverse_gains", quality)).astype(np.float32)
        rows, columns = (STRIDE * side for side in latents.shape[:2])
        found = np.empty((rows, columns, 3), np.uint8)
        for tile in _tiles(rows, columns, report):
            part = latents[tile.seen_at(STRIDE)].transpose(2, 0, 1)[None]
            level = np.full((1, 1, *part.shape[2:]), quality / (QUALITIES - 1), np.float32)
            painted = self._run("synthesis", latents=part, quality=level).transpose(1, 2, 0)
            found[tile.own_at(1)] = np.rint(np.clip(painted[tile.inner(1)] * 255, 0, 255))
        return found[: picture.height, : picture.width]

    def gains(self, name: str, quality: int) -> Floats:
        """The factors (channels,) of a quality: gains or inverse_gains."""
        logs = self._gains[name]
        place = quality / (QUALITIES - 1) * (len(logs) - 1)
        low = min(int(place), len(logs) - 2)
        part = np.float32(place - low)
        factors: Floats = np.exp(logs[low] * (1 - part) + logs[low + 1] * part)
        return factors

    def _run(self, name: str, **inputs: Floats) -> Floats:
        if name not in self._sessions:
            self._sessions[name] = session(self._folder / f"{NAME}-{name}.onnx")
        found: Floats = self._sessions[name].run(None, inputs)[0][0]
        return found


@cache
def shipped() -> Transforms:
    """Those that ship."""
    with as_file(files("reference_codec") / "weights") as folder:
        return Transforms(folder)


class Tile(NamedTuple):
    """A tile's own pixels, and those seen with its margin: first and last, rows and columns."""

    own: tuple[int, int, int, int]
    around: tuple[int, int, int, int]

    def own_at(self, stride: int) -> tuple[slice, slice]:
        """Its own pixels in the picture, or, for a stride, places."""
        return _square(self.own, stride)

    def seen_at(self, stride: int) -> tuple[slice, slice]:
        """Those of its margin, too."""
        return _square(self.around, stride)

    def inner(self, stride: int) -> tuple[slice, slice]:
        """Its own places in what is seen."""
        top, bottom, left, right = self.own
        above, _, before, _ = self.around
        return _square((top - above, bottom - above, left - before, right - before), stride)


def _square(edges: tuple[int, int, int, int], stride: int) -> tuple[slice, slice]:
    top, bottom, left, right = (edge // stride for edge in edges)
    return slice(top, bottom), slice(left, right)


def _tiles(rows: int, columns: int, report: Report | None) -> Iterator[Tile]:
    """All of the picture if it is small, else tiles; `report` hears of each that is done."""
    side = TILE if rows * columns > 2 * TILE * TILE else max(rows, columns)
    starts = [(top, left) for top in range(0, rows, side) for left in range(0, columns, side)]
    for done, (top, left) in enumerate(starts):
        bottom, right = min(top + side, rows), min(left + side, columns)
        around = max(top - MARGIN, 0), min(bottom + MARGIN, rows), max(left - MARGIN, 0), min(right + MARGIN, columns)
        yield Tile((top, bottom, left, right), around)
        if report:
            report(done + 1, len(starts))


def _halved(samples: Samples) -> Floats:
    """The means of 2 x 2 pixels, in [0, 1]."""
    rows, columns = (side // REDUCTION for side in samples.shape[:2])
    sums = samples.reshape(rows, REDUCTION, columns, REDUCTION, 3).sum((1, 3), dtype=np.float32)
    means: Floats = sums / np.float32(255 * REDUCTION**2)
    return means


def _patches(samples: Floats) -> Floats:
    """(1, 3 x 64, rows, columns): the pixels of each square of 8 x 8 as channels, colour by colour."""
    rows, columns = (side // PATCH for side in samples.shape[:2])
    parts = samples.reshape(rows, PATCH, columns, PATCH, 3).transpose(4, 1, 3, 0, 2)
    return np.ascontiguousarray(parts.reshape(1, 3 * PATCH * PATCH, rows, columns))


def _tensor(folder: Path, name: str) -> Floats:
    from safetensors import safe_open

    with safe_open(folder / f"{NAME}.safetensors", "np") as file:
        tensor: Floats = file.get_tensor(name).astype(np.float32)
    return tensor
