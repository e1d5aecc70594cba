"""The parts of an image as pictures of a page.

Codes are shown as colours, and integers as a tile for each channel. Where the numbers fit the role, a palette is shown as its colours, and
boxes as rectangles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from misc_format.components import CodedString, Codes, Content, Grid, Integers, Parts, Samples, Sets, Size, Stream
from misc_format.page.pictures import coded_grid, figure_width, grid_figure, picture_url

MAX_TILES = 64  # planes of an array that are shown
MAX_TILE_SIDE = 256  # cells of a tile that are shown
GOLDEN_ANGLE = 0.381966  # of a turn: hues of successive codes are far apart
MAX_ROWS = 256  # of a palette or of boxes that are shown
SWATCHES_ACROSS = 16
FRAME_SIDE = 480  # pixels of the longer side of the frame of boxes
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
    """A figure for each array, string and grid of the image, in file order; without the grid of the reference picture."""
    shown = coded_grid(stream)
    return [
        figure
        for path, role, content in _contents(stream)
        if content is not shown
        for figure in _figures(path, role, content, stream.size)
    ]


def reference_grid(content: Grid) -> ArrayFigure:
    """The grid that the reference picture is painted from."""
    placed = f"one cell for {content.block} × {content.block} pixels" if content.block else "stretched over the picture"
    figure = _grid("image", content)
    return replace(figure, caption=f"the grid as coded: {figure.caption}, {placed}")


def _contents(stream: Stream) -> Iterator[tuple[str, str, Content]]:
    """The path, the role and the content of each part."""
    if isinstance(stream.image, Parts):
        for part in stream.image.parts:
            yield f"image/{part.label}", str(part.role), part.content
    elif stream.image is not None:
        yield "image", "image", stream.image


def _figures(path: str, role: str, content: Content, size: Size) -> Iterator[ArrayFigure]:
    match content:
        case Grid():
            yield _grid(path, content)
        case Integers() if role == "palette" and _is_palette(content):
            yield _palette(path, content)
        case Integers() if role == "boxes" and _are_boxes(content):
            yield _boxes(path, content, size)
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


def _grid(path: str, content: Grid) -> ArrayFigure:
    grid = grid_figure(content)
    caption = f"{grid.columns} × {grid.rows} cells, {grid.planes}, {grid.depth} bit{'s' * (grid.depth > 1)} per sample"
    return ArrayFigure(path, caption, grid.columns, grid.rows, grid.max_width, grid.url, ())


def _is_palette(content: Integers) -> bool:
    """Whether the rows are RGB or RGBA."""
    values = content.values
    return bool(
        not content.step
        and values.ndim == 2
        and values.shape[1] in (3, 4)
        and values.min() >= 0
        and values.max() <= 255
    )


def _palette(path: str, content: Integers) -> ArrayFigure:
    """The colours in rows of SWATCHES_ACROSS; what is behind the last one is transparent."""
    colours = content.values[:MAX_ROWS]
    across = min(SWATCHES_ACROSS, len(colours))
    down = ceil(len(colours) / across)
    swatches = np.zeros((down * across, 4), np.uint8)
    swatches[: len(colours), 3] = 255
    swatches[: len(colours), : colours.shape[1]] = colours
    planes = "RGB" if colours.shape[1] == 3 else "RGBA"
    caption = f"palette of {_count(len(content.values), 'colour')}, {planes}{_cut(content)}"
    return _figure(path, caption, swatches.reshape(down, across, 4), ())


def _are_boxes(content: Integers) -> bool:
    """Whether the rows are left, top, width and height."""
    values = content.values
    return bool(not content.step and values.ndim == 2 and values.shape[1] == 4 and values[:, 2:].min() >= 0)


def _boxes(path: str, content: Integers, size: Size) -> ArrayFigure:
    """Rectangles in a frame of the picture's shape."""
    scale = FRAME_SIDE / max(size.width, size.height)
    columns, rows = (max(1, round(side * scale)) for side in (size.width, size.height))
    every = content.values.astype(np.int64)
    starts, ends = every[:, :2], every[:, :2] + every[:, 2:]
    past = int(((starts < 0) | (ends > (size.width, size.height))).any(1).sum())
    frame = Image.new("RGB", (columns, rows), "white")
    draw = ImageDraw.Draw(frame)
    draw.rectangle((0, 0, columns - 1, rows - 1), outline="grey")
    corners = np.clip(np.hstack((starts, ends))[:MAX_ROWS] * scale, -2, FRAME_SIDE + 2)  # what is farther is not seen
    for corner, colour in zip(corners.tolist(), _colours(FEW_CODES)(np.arange(len(corners))), strict=True):
        draw.rectangle(corner, outline=_hex(colour), width=2)
    caption = f"{_count(len(every), 'box', 'boxes')} in the frame of the picture{_cut(content)}"
    caption += f"; {past:,} past the frame" if past else ""
    url = picture_url(frame)
    return ArrayFigure(path, caption, columns, rows, figure_width(columns, rows), url, ())


def _cut(content: Integers) -> str:
    """A note if there are more rows than are shown."""
    return f"; shown: the first {MAX_ROWS}" if len(content.values) > MAX_ROWS else ""


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


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
