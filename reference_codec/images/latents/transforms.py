"""The transforms of the learned codec, run by onnxruntime on the CPU: pictures to latents and back, large pictures in tiles."""

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
from reference_codec.models.onnx_session import open_session
from reference_codec.pictures.samples import rgb, size_of

NAME = "latents-1"
PATCH = 8  # pixels on a side of the squares that the analysis begins with
REDUCTION = 2  # the analysis sees the picture at half its size
STRIDE, HYPER_STRIDE = 32, 128  # pixels of the picture on a side of a latent and of a hyper-latent
TILE = 1024  # pixels on a side of a tile
MARGIN = 256  # pixels around a tile that are transformed with it and then dropped
Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
Report = Callable[[int, int], None]  # called with the number of finished tiles and the number of all tiles


class Analysis(NamedTuple):
    """The latents of a picture before their gains (rows, columns, channels), rows and columns multiples of 4; the picture's size."""

    latents: Floats
    picture: Size


class Transforms:
    """The transforms whose graphs and weights are the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions: dict[str, Any] = {}
        self._log_gains = {name: _tensor(folder, f"{name}.logs") for name in ("gains", "inverse_gains")}

    def analyse(self, samples: Samples, report: Report | None = None) -> Analysis:
        """The latents of a picture, uint8 (H, W) or (H, W, 3), whose last row and column are repeated up to whole hyper-latents."""
        picture = size_of(samples)
        rows, columns = (-(-side // HYPER_STRIDE) * HYPER_STRIDE for side in samples.shape[:2])
        padded = np.pad(rgb(samples), ((0, rows - picture.height), (0, columns - picture.width), (0, 0)), mode="edge")
        channels = self._log_gains["gains"].shape[1]
        latents = np.empty((rows // STRIDE, columns // STRIDE, channels), np.float32)
        for tile in _tiles(rows, columns, report):
            patches = _patches(_halved(padded[tile.outer_slices(1)]))
            outer = self._run("analysis", patches=patches).transpose(1, 2, 0)
            latents[tile.inner_slices(STRIDE)] = outer[tile.inner_within_outer(STRIDE)]
        return Analysis(latents, picture)

    def scaled(self, analysis: Analysis, quality: int) -> tuple[Wide, Wide]:
        """The latents of the picture times the gains of a quality, without padding, and their hyper-latents."""
        latents = analysis.latents * self.gains("gains", quality)
        hyper = self._run("hyper", scaled=latents.transpose(2, 0, 1)[None]).transpose(1, 2, 0)
        rows, columns = image_latents.places(analysis.picture)
        return latents[:rows, :columns].astype(np.float64), hyper.astype(np.float64)

    def synthesise(self, values: Integers, quality: int, picture: Size, report: Report | None = None) -> Samples:
        """The picture, uint8 (H, W, 3), of latents with their means added (rows, columns, channels), in 64ths."""
        latents = (values / (1 << UNIT_BITS) * self.gains("inverse_gains", quality)).astype(np.float32)
        rows, columns = (STRIDE * side for side in latents.shape[:2])
        samples = np.empty((rows, columns, 3), np.uint8)
        for tile in _tiles(rows, columns, report):
            part = latents[tile.outer_slices(STRIDE)].transpose(2, 0, 1)[None]
            level = np.full((1, 1, *part.shape[2:]), quality / (QUALITIES - 1), np.float32)
            outer = self._run("synthesis", latents=part, quality=level).transpose(1, 2, 0)
            pixels = outer[tile.inner_within_outer(1)]
            samples[tile.inner_slices(1)] = np.rint(np.clip(pixels * 255, 0, 255))
        return samples[: picture.height, : picture.width]

    def gains(self, name: str, quality: int) -> Floats:
        """The factor of each channel at a quality. `name`: "gains" or "inverse_gains". Log gains are interpolated between anchors."""
        anchors = self._log_gains[name]
        position = quality / (QUALITIES - 1) * (len(anchors) - 1)
        low = min(int(position), len(anchors) - 2)
        share = np.float32(position - low)
        factors: Floats = np.exp(anchors[low] * (1 - share) + anchors[low + 1] * share)
        return factors

    def _run(self, name: str, **inputs: Floats) -> Floats:
        """The output (channels, rows, columns) of a graph for one picture."""
        if name not in self._sessions:
            self._sessions[name] = open_session(self._folder / f"{NAME}-{name}.onnx")
        [batch] = self._sessions[name].run(None, inputs)
        output: Floats = batch[0]
        return output


@cache
def shipped() -> Transforms:
    """The transforms whose weights ship with this package."""
    with as_file(files("reference_codec") / "weights") as folder:
        return Transforms(folder)


class Edges(NamedTuple):
    """A rectangle of pixels: first row, end of rows, first column, end of columns."""

    top: int
    bottom: int
    left: int
    right: int

    def slices(self, stride: int) -> tuple[slice, slice]:
        """The rectangle as slices of an array with an element for every `stride` x `stride` pixels."""
        top, bottom, left, right = (edge // stride for edge in self)
        return slice(top, bottom), slice(left, right)


class Tile(NamedTuple):
    """A part of the picture: `inner`, the pixels that it contributes; `outer`, the same with the margin that is transformed with them."""

    inner: Edges
    outer: Edges

    def inner_slices(self, stride: int) -> tuple[slice, slice]:
        """The inner rectangle as slices of the picture, or of its latents at their stride."""
        return self.inner.slices(stride)

    def outer_slices(self, stride: int) -> tuple[slice, slice]:
        """The outer rectangle as slices of the picture, or of its latents at their stride."""
        return self.outer.slices(stride)

    def inner_within_outer(self, stride: int) -> tuple[slice, slice]:
        """The inner rectangle as slices of the transformed outer one."""
        (top, bottom, left, right), outer = self.inner, self.outer
        return Edges(top - outer.top, bottom - outer.top, left - outer.left, right - outer.left).slices(stride)


def _tiles(rows: int, columns: int, report: Report | None) -> Iterator[Tile]:
    """The whole picture as one tile if it is small, else tiles row by row. `report` is called after each."""
    side = TILE if rows * columns > 2 * TILE * TILE else max(rows, columns)
    corners = [(top, left) for top in range(0, rows, side) for left in range(0, columns, side)]
    for count, (top, left) in enumerate(corners, 1):
        inner = Edges(top, min(top + side, rows), left, min(left + side, columns))
        outer = Edges(
            max(top - MARGIN, 0),
            min(inner.bottom + MARGIN, rows),
            max(left - MARGIN, 0),
            min(inner.right + MARGIN, columns),
        )
        yield Tile(inner, outer)
        if report:
            report(count, len(corners))


def _halved(samples: Samples) -> Floats:
    """The means of 2 x 2 pixels, from 0 to 1."""
    rows, columns = (side // REDUCTION for side in samples.shape[:2])
    sums = samples.reshape(rows, REDUCTION, columns, REDUCTION, 3).sum((1, 3), dtype=np.float32)
    means: Floats = sums / np.float32(255 * REDUCTION**2)
    return means


def _patches(samples: Floats) -> Floats:
    """(1, 3 x 64, rows, columns): the pixels of each 8 x 8 square as channels, colour by colour."""
    rows, columns = (side // PATCH for side in samples.shape[:2])
    parts = samples.reshape(rows, PATCH, columns, PATCH, 3).transpose(4, 1, 3, 0, 2)
    return np.ascontiguousarray(parts.reshape(1, 3 * PATCH * PATCH, rows, columns))


def _tensor(folder: Path, name: str) -> Floats:
    from safetensors import safe_open

    with safe_open(folder / f"{NAME}.safetensors", "np") as file:
        tensor: Floats = file.get_tensor(name).astype(np.float32)
    return tensor
