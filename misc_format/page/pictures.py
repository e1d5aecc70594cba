"""The pictures of a page, scaled down: the painted picture with its maps, and the coded grid."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from misc_format import painting
from misc_format.coders.image.levels import dequantise
from misc_format.components import BoolMap, Grid, Maps, Parts, Size, Stream, Text
from misc_format.errors import MiscError
from misc_format.pictures import icc_of, in_srgb

MAP_COLOURS = ("#e69f00", "#56b4e9", "#cc79a7", "#009e73", "#f0e442", "#d55e00")
MAX_SIDE = 960  # pixels of the longer side of a picture in a page; the browser enlarges it
MAX_PNG_BYTES = 96 * 1024  # a picture with a larger PNG is stored as a JPEG
MAX_PIXELS = 2**24  # the largest picture that is painted for a page


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A map in one colour. `name`: the name of its item, or empty. `url`: a data URL."""

    name: str
    colour: str
    url: str


@dataclass(frozen=True, slots=True)
class PictureFigure:
    """The picture and the maps over it. `url`: a data URL; None without a picture. `max_width`: in pixels of the page."""

    size: Size
    max_width: int
    url: str | None
    maps: Sequence[MapLayer]


@dataclass(frozen=True, slots=True)
class GridFigure:
    """The grid as it was coded. `block`: the side of a cell, in pixels of the picture; 0 for a grid stretched over the picture."""

    columns: int
    rows: int
    planes: str
    depth: int
    block: int
    max_width: int
    url: str


def picture_figure(stream: Stream) -> tuple[PictureFigure | None, list[str]]:
    """The picture with its maps, or None if there is neither; and notes, such as the reason for a missing picture."""
    picture, notes = _painted(stream)
    maps = stream.maps.maps if isinstance(stream.maps, Maps) else ()
    if picture is None and not maps:
        return None, notes
    max_width = _display_width(540 * stream.size.width / stream.size.height, 720)
    url = None if picture is None else picture_url(picture)
    return PictureFigure(stream.size, max_width, url, list(_layers(stream, maps))), notes


def coded_grid(stream: Stream) -> Grid | None:
    """The grid of the reference picture, or None if the image, or its first part with the role `image`, is not a grid."""
    grid = stream.image
    if isinstance(grid, Parts):
        grid = next((part.content for part in grid.parts if part.role == "image"), None)
    return grid if isinstance(grid, Grid) else None


def grid_figure(grid: Grid) -> GridFigure:
    """A grid as it was coded."""
    samples = dequantise(grid.samples, grid.depth)
    rows, columns = samples.shape[:2]
    planes = "grey" if samples.ndim == 2 else "RGB"
    url = picture_url(_shrunk(Image.fromarray(samples)))
    return GridFigure(columns, rows, planes, grid.depth, grid.block, figure_width(columns, rows), url)


def _painted(stream: Stream) -> tuple[Image.Image | None, list[str]]:
    try:
        samples, notes = painting.paint(stream, MAX_PIXELS)
    except (MiscError, LookupError, OSError, ImportError) as error:
        return None, [f"The picture is left out: {error}."]
    return _shrunk(Image.fromarray(in_srgb(samples, icc_of(stream)).samples)), list(notes)


def _shrunk(picture: Image.Image) -> Image.Image:
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    return picture


def _display_width(width: float, limit: int) -> int:
    """A width in pixels of the page, from 32 to `limit`."""
    return max(32, min(limit, round(width)))


def figure_width(columns: int, rows: int) -> int:
    """The width of a figure of this aspect beside others, in pixels of the page."""
    return _display_width(260 * columns / rows, 340)


def _layers(stream: Stream, maps: Sequence[BoolMap]) -> Iterator[MapLayer]:
    names = [item.name for item in stream.text.items] if isinstance(stream.text, Text) else []
    for index, grid in enumerate(maps):
        colour = MAP_COLOURS[index % len(MAP_COLOURS)]
        yield MapLayer(names[index] if index < len(names) else "", colour, picture_url(_tinted(grid, colour)))


def _tinted(grid: BoolMap, colour: str) -> Image.Image:
    """A map in one colour; pixels that are not set are transparent."""
    step = -(-max(grid.shape) // MAX_SIDE)
    cells = np.ascontiguousarray(grid[::step, ::step])
    picture = Image.fromarray(cells.astype(np.uint8), "P")
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    picture.putpalette([0, 0, 0, red, green, blue])
    picture.info["transparency"] = 0
    return picture


def picture_url(picture: Image.Image) -> str:
    """A picture as a data URL: a PNG, or a JPEG if the PNG exceeds MAX_PNG_BYTES and the picture has no palette."""
    out, kind = BytesIO(), "png"
    options = {"transparency": 0, "bits": 1} if picture.mode == "P" else {}
    picture.save(out, "PNG", optimize=True, **options)
    if out.tell() > MAX_PNG_BYTES and picture.mode != "P":
        out, kind = BytesIO(), "jpeg"
        picture.save(out, "JPEG", quality=82)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"
