"""The pictures of a page: what the decoder paints, the maps over it, and the grid as it was coded, small enough for a page."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from io import BytesIO

import numpy as np
from PIL import Image

from misc_format import painting
from misc_format.coders.image.levels import dequantise
from misc_format.components import BoolMap, Grid, Maps, Size, Stream, Text
from misc_format.errors import MiscError

LONGEST = 960  # pixels of a picture in a page; a browser enlarges it
LOSSLESS_BYTES = 96 * 1024  # a picture that takes more is shown as a JPEG
MAX_PIXELS = 2**24  # that a page's picture is painted from


def figures(stream: Stream, colours: Sequence[str]) -> Iterator[str]:
    """The picture with its maps over it and switches for them, then what the image component holds; a sentence on what is missing."""
    base, note = _painted(stream)
    maps = stream.maps.maps if isinstance(stream.maps, Maps) else ()
    if base is not None or maps:
        yield from _overlaid(base, maps, _names(stream, len(maps)), colours, stream.size)
    if note:
        yield f"<p class=note>{escape(note)}</p>"
    if isinstance(stream.image, Grid):
        yield _grid(stream.image, stream.size)


def _painted(stream: Stream) -> tuple[Image.Image | None, str]:
    try:
        samples, notes = painting.paint(stream, MAX_PIXELS)
    except (MiscError, LookupError, OSError, ImportError) as error:
        return None, f"The picture is left out: {error}."
    picture = Image.fromarray(samples)
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return picture, " ".join(notes)


def _overlaid(
    base: Image.Image | None, maps: Sequence[BoolMap], names: Sequence[str], colours: Sequence[str], size: Size
) -> Iterator[str]:
    alt = "the picture as the decoder paints it" if base else "no picture"
    yield f'<figure class=picture><div class=stack style="aspect-ratio:{size.width}/{size.height};max-width:{_shown_width(size)}px">'
    if base is not None:
        yield f'<img class=base src="{_url(base)}" alt="{alt}">'
    for index, grid in enumerate(maps):
        colour = colours[index % len(colours)]
        yield f'<img class=map id=map{index} src="{_url(_tinted(grid, colour))}" alt="map {index}, {escape(names[index])}">'
    yield f"</div><figcaption>{size.width} × {size.height}"
    if maps:
        yield "; maps "
    for index, name in enumerate(names):
        style = f"--c:{colours[index % len(colours)]}"
        yield f'<label style="{style}"><input type=checkbox data-map={index} checked> {index} {escape(name)}</label>'
    yield "</figcaption></figure>"


def _shown_width(size: Size) -> int:
    """Pixels of the page: small pictures are enlarged, and tall ones fit a screen."""
    return max(32, min(720, round(540 * size.width / size.height)))


def _names(stream: Stream, count: int) -> list[str]:
    items = stream.text.items if isinstance(stream.text, Text) else ()
    names = ["".join(letter for letter in item.name if letter.isprintable()) for item in items]
    return [names[index] if index < len(names) else "" for index in range(count)]


def _tinted(grid: BoolMap, colour: str) -> Image.Image:
    """A map in one colour, transparent where it is not set."""
    step = -(-max(grid.shape) // LONGEST)
    shown = np.ascontiguousarray(grid[::step, ::step])
    picture = Image.fromarray(shown.astype(np.uint8), "P")
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    picture.putpalette([0, 0, 0, red, green, blue])
    picture.info["transparency"] = 0
    return picture


def _grid(grid: Grid, size: Size) -> str:
    samples = dequantise(grid.samples, grid.depth)
    rows, columns = samples.shape[:2]
    planes = "grey" if samples.ndim == 2 else "RGB"
    how = f"a cell for {grid.block} × {grid.block} pixels" if grid.block else "stretched over the picture"
    picture = Image.fromarray(samples)
    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return (
        f'<figure><img class=cells src="{_url(picture)}" alt="the grid as it was coded" '
        f'style="aspect-ratio:{columns}/{rows};max-width:{max(32, min(340, round(260 * columns / rows)))}px">'
        f"<figcaption>the grid as coded: {columns} × {rows}, {planes}, {grid.depth} bits a sample, {how}</figcaption></figure>"
    )


def _url(picture: Image.Image) -> str:
    """A picture as a data URL; a large one loses what nobody sees in a page."""
    out, kind = BytesIO(), "png"
    options = {"transparency": 0, "bits": 1} if picture.mode == "P" else {}
    picture.save(out, "PNG", optimize=True, **options)
    if out.tell() > LOSSLESS_BYTES and picture.mode != "P":
        out, kind = BytesIO(), "jpeg"
        picture.save(out, "JPEG", quality=82)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode()}"
