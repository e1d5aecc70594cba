"""The arrays of an image as pictures of a page: codes as colours, integers as a tile for each channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.components import CodedString, Codes, Content, Integers, Parts, Samples, Sets, Stream
from misc_format.page.pictures import picture_url

MAX_TILES = 64  # planes of an array that are shown
MAX_TILE_SIDE = 256  # cells of a tile that are shown
GOLDEN_ANGLE = 0.381966  # of a turn: hues of successive codes are far apart
FEW_CODES = 64  # so many codes have hues of their own; more are spread over hue and lightness


@dataclass(frozen=True, slots=True)
class Legend:
    """The colour of a code, and its label."""

    colour: str
    label: str


@dataclass(frozen=True, slots=True)
class ArrayFigure:
    """An array as a picture. `path`: of its component or part. `url`: a data URL; None if there is nothing to see."""

    path: str
    caption: str
    columns: int
    rows: int
    max_width: int
    url: str | None
    legend: Sequence[Legend]


def array_figures(stream: Stream) -> list[ArrayFigure]:
    """A figure for each array or string of the image, in file order."""
    return [figure for path, content in _contents(stream) for figure in _figures(path, content)]


def _contents(stream: Stream) -> Iterator[tuple[str, Content]]:
    if isinstance(stream.image, Parts):
        for part in stream.image.parts:
            yield f"image/{part.label}", part.content
    elif stream.image is not None:
        yield "image", stream.image


def _figures(path: str, content: Content) -> Iterator[ArrayFigure]:
    match content:
        case Codes():
            yield _codes(path, content)
        case Integers():
            yield _integers(path, content)
        case Sets():
            shape = " x ".join(map(str, content.values.shape[:-1]))
            caption = f"{shape} sets of {content.values.shape[-1]} of {content.alphabet:,} indices"
            yield ArrayFigure(path, caption, 0, 0, 0, None, ())
        case CodedString():
            shape = f", an array of {' x '.join(map(str, content.shape))}" if content.shape else ""
            caption = f"string of {len(content.data):,} bytes, entropy coder {content.coder}{shape}; self-declared"
            yield ArrayFigure(path, caption, 0, 0, 0, None, ())


def _codes(path: str, content: Codes) -> ArrayFigure:
    colours = _colours(content.alphabet)
    tiles, note = _tiles(content.values)
    samples = _sheet([colours(tile) for tile in tiles])
    shape = " x ".join(map(str, content.values.shape))
    caption = f"{shape} codes of an alphabet of {content.alphabet:,}{note}"
    present = np.unique(content.values).tolist() if content.labels else []
    legend = [Legend(_hex(colours(np.array([code]))[0]), content.labels[code]) for code in present]
    return _figure(path, caption, samples, legend)


def _integers(path: str, content: Integers) -> ArrayFigure:
    tiles, note = _tiles(content.values)
    largest = max(1, *(int(np.abs(tile.astype(np.int64)).max()) for tile in tiles))
    samples = _sheet([_diverging(tile, largest) for tile in tiles])
    shape = " x ".join(map(str, content.values.shape))
    caption = f"{shape} integers, blue below 0 and red above, up to {largest:,}{note}"
    return _figure(path, caption, samples, ())


def _figure(path: str, caption: str, samples: Samples, legend: Sequence[Legend]) -> ArrayFigure:
    rows, columns = samples.shape[:2]
    max_width = max(32, min(480, 16 * columns))
    return ArrayFigure(path, caption, columns, rows, max_width, picture_url(Image.fromarray(samples)), legend)


def _tiles(values: NDArray[Any]) -> tuple[list[NDArray[Any]], str]:
    """The planes of an array, cut to what a page can show, and a note if something is cut off."""
    rows, columns = (1, 1, *values.shape)[-2:]
    planes = values.reshape(prod(values.shape[:-2]), rows, columns)
    shown = [plane[:MAX_TILE_SIDE, :MAX_TILE_SIDE] for plane in planes[:MAX_TILES]]
    cut = []
    if len(planes) > MAX_TILES:
        cut.append(f"the first {MAX_TILES} of {len(planes):,} channels")
    if max(rows, columns) > MAX_TILE_SIDE:
        cut.append(f"the first {MAX_TILE_SIDE} rows and columns")
    return shown, f"; shown: {' and '.join(cut)}" if cut else ""


def _sheet(tiles: Sequence[Samples]) -> Samples:
    """Tiles of one size side by side, with a white line between them."""
    rows, columns = tiles[0].shape[:2]
    across = min(len(tiles), max(1, ceil(sqrt(len(tiles) * rows / columns))))
    gap = int(len(tiles) > 1)
    down = ceil(len(tiles) / across)
    sheet = np.full((down * (rows + gap) - gap, across * (columns + gap) - gap, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // across * (rows + gap), index % across * (columns + gap)
        sheet[top : top + rows, left : left + columns] = tile
    return sheet


def _colours(alphabet: int) -> Any:
    """A function from codes to RGB. Hue turns by the golden angle from one code to the next; of many codes, lightness differs, too."""

    def of(codes: NDArray[Any]) -> Samples:
        numbers = codes.astype(np.float64)
        hue = numbers * GOLDEN_ANGLE % 1
        lightness = 0.55 if alphabet <= FEW_CODES else 0.3 + 0.5 * (numbers * GOLDEN_ANGLE**2 % 1)
        channels = [np.abs((hue * 6 + shift) % 6 - 3) - 1 for shift in (0.0, 4.0, 2.0)]
        saturated = np.stack([np.clip(channel, 0, 1) for channel in channels], -1)
        shade = np.expand_dims(np.broadcast_to(lightness, numbers.shape), -1)
        colours: Samples = np.rint(255 * (shade + (saturated - 0.5) * 0.7 * (1 - np.abs(2 * shade - 1)))).astype(
            np.uint8
        )
        return colours

    return of


def _diverging(values: NDArray[Any], largest: int) -> Samples:
    """Blue for negative values, white for 0, red for positive ones; the root makes small values visible."""
    strength = np.sqrt(np.abs(values.astype(np.float64)) / largest)[..., None]
    full = np.where(values[..., None] < 0, (33, 102, 172), (178, 24, 43))
    colours: Samples = np.rint(255 + strength * (full - 255)).astype(np.uint8)
    return colours


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour.tolist())
