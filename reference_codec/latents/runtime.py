"""The transforms of the shipped learned codec under onnxruntime, on the CPU: pictures to latents and back, in tiles if they are large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders import image_latents
from misc_format.components import Latents, Samples, Size
from misc_format.latentmodel.model import QUALITIES
from misc_format.latentmodel.network import UNIT_BITS

NAME = "latents-1"
PATCH = 8  # pixels on a side of what the analysis begins with
STRIDE, HYPER_STRIDE = 16, 64
TILE = 1024  # pixels on a side of a tile, and
MARGIN = 128  # of what is seen around it
Floats = NDArray[np.float32]
Report = Callable[[int, int], None]  # tiles done, and of how many


class Analysed(NamedTuple):
    """Latents of a picture before their gains (rows, columns, channels), sides multiples of 4, and the picture's size."""

    latents: Floats
    picture: Size


def analyse(samples: Samples, report: Report | None = None) -> Analysed:
    """The latents of a uint8 picture (H, W) or (H, W, 3), edges repeated up to whole hyper-places."""
    picture = Size(samples.shape[1], samples.shape[0])
    rows, columns = (-(-side // HYPER_STRIDE) * HYPER_STRIDE for side in samples.shape[:2])
    colour = samples if samples.ndim == 3 else samples[..., None].repeat(3, 2)
    padded = np.pad(colour, ((0, rows - picture.height), (0, columns - picture.width), (0, 0)), mode="edge")
    found = np.empty((rows // STRIDE, columns // STRIDE, _channels()), np.float32)
    for tile in _tiles(rows, columns, report):
        part = padded[tile.seen].astype(np.float32) / np.float32(255)
        latents = _session("analysis").run(None, {"patches": _patches(part)})[0][0].transpose(1, 2, 0)
        found[tile.scaled(STRIDE)] = latents[tile.inner(STRIDE)]
    return Analysed(found, picture)


def scaled(analysed: Analysed, quality: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latents with the gains of a quality, as large as the picture, and their hyper-latents."""
    latents = analysed.latents * gains("gains", quality)
    hyper = _session("hyper").run(None, {"scaled": latents.transpose(2, 0, 1)[None]})[0][0].transpose(1, 2, 0)
    rows, columns = image_latents.places(analysed.picture)
    return latents[:rows, :columns].astype(np.float64), hyper.astype(np.float64)


def synthesise(content: Latents, picture: Size, report: Report | None = None) -> Samples:
    """The picture of decoded latents, uint8 (H, W, 3)."""
    values = image_latents.values(content) / np.float32(1 << UNIT_BITS)
    latents = (values * gains("inverse_gains", content.quality)).astype(np.float32)
    rows, columns = (STRIDE * side for side in latents.shape[:2])
    found = np.empty((rows, columns, 3), np.uint8)
    for tile in _tiles(rows, columns, report):
        part = latents[tile.scaled_seen(STRIDE)].transpose(2, 0, 1)[None]
        quality = np.full((1, 1, *part.shape[2:]), content.quality / (QUALITIES - 1), np.float32)
        painted = _session("synthesis").run(None, {"latents": part, "quality": quality})[0][0].transpose(1, 2, 0)
        found[tile.place] = np.rint(np.clip(painted[tile.inner(1)] * 255, 0, 255))
    return found[: picture.height, : picture.width]


def gains(name: str, quality: int) -> Floats:
    """The factors (channels,) of a quality."""
    logs = _tensor(f"{name}.logs").astype(np.float32)
    place = quality / (QUALITIES - 1) * (len(logs) - 1)
    low = min(int(place), len(logs) - 2)
    part = np.float32(place - low)
    factors: Floats = np.exp(logs[low] * (1 - part) + logs[low + 1] * part)
    return factors


class Tile(NamedTuple):
    """A tile's own pixels, and those seen with its margin: first and last, rows and columns."""

    own: tuple[int, int, int, int]
    around: tuple[int, int, int, int]

    @property
    def place(self) -> tuple[slice, slice]:
        """Its own pixels in the picture."""
        return _square(self.own, 1)

    @property
    def seen(self) -> tuple[slice, slice]:
        """Those of its margin, too."""
        return _square(self.around, 1)

    def scaled(self, stride: int) -> tuple[slice, slice]:
        """Its own places in the plane of latents."""
        return _square(self.own, stride)

    def scaled_seen(self, stride: int) -> tuple[slice, slice]:
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


def _patches(samples: Floats) -> Floats:
    """(1, 3 x 64, rows, columns): the pixels of each square of 8 x 8 as channels, colour by colour."""
    rows, columns = (side // PATCH for side in samples.shape[:2])
    parts = samples.reshape(rows, PATCH, columns, PATCH, 3).transpose(4, 1, 3, 0, 2)
    return np.ascontiguousarray(parts.reshape(1, 3 * PATCH * PATCH, rows, columns))


def _channels() -> int:
    return int(_tensor("gains.logs").shape[1])


@cache
def _folder() -> Path:
    with as_file(files("reference_codec") / "weights") as folder:
        return folder


@cache
def _tensor(name: str) -> NDArray[np.float16]:
    from safetensors import safe_open

    with safe_open(_folder() / f"{NAME}.safetensors", "np") as file:
        tensor: NDArray[np.float16] = file.get_tensor(name)
    return tensor


@cache
def _session(name: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(_folder() / f"{NAME}-{name}.onnx"), options, providers=["CPUExecutionProvider"]
    )
