"""The embedded decoder: no generative model, only the reference picture: a grid made large by bicubic interpolation (MISC equation 6),
what the shipped codec makes of latents and a model of CompressAI of strings, or a conventional codestream made large by Lanczos' filter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from misc_format.coders import coder, methods_for
from misc_format.coders.image.levels import dequantise
from misc_format.components import Codestream, Content, Grid, Latents, Opaque, Samples, Size, Stream, Strings
from misc_format.errors import MiscError
from reference_codec.presets import MAX_PIXELS

MID_GREY = 128
NO_IMAGE = "The file carries no image; without a generative model the picture is plain grey."


def paint(
    stream: Stream,
    max_pixels: int = MAX_PIXELS,
    weights: str | Path | None = None,
    report: Callable[[int, int], None] | None = None,
) -> tuple[Samples, tuple[str, ...]]:
    """The picture, uint8 (H, W) or (H, W, 3), in its original size, and notes for the user.

    `weights`: for CompressAI strings, the file of the model's weights, or "pretrained". `report` hears of the tiles of a large
    picture that are done, and of how many.

    Raises `LimitError` if it has more than `max_pixels`, `UnsupportedError` for an image of a private-use method or without its weights.
    `MiscError` for a codestream that cannot be decoded.
    """
    size = stream.size
    if size.width * size.height > max_pixels:
        raise MiscError("MISC-RES-001", f"the picture has {size.width * size.height:,} pixels", path="header")
    if stream.image is None:
        return np.full((size.height, size.width), MID_GREY, np.uint8), (NO_IMAGE,)
    if isinstance(stream.image, Opaque):
        raise MiscError("MISC-CON-012", "the image is of a private-use method", path="image")
    return _painter(stream.image, weights, report)(size), ()


def _painter(
    image: Content, weights: str | Path | None, report: Callable[[int, int], None] | None
) -> Callable[[Size], Samples]:
    """What paints content of this class: a function here, or the one that its coder brings."""
    match image:
        case Strings():
            from reference_codec.images import compressai  # torch takes a while to import

            return lambda size: compressai.decode(image, size, weights)
        case Latents():
            from reference_codec.images.latents import reference as latents

            return lambda size: latents.paint(image, size, report)
        case Codestream():
            from reference_codec.images import conventional

            return lambda size: conventional.paint(image, size)
        case Grid():
            return lambda size: enlarge(image, size)
    paint_content = next((coder(row).paint for row in methods_for("image", image) if coder(row).paint), None)
    if paint_content is None:
        raise MiscError("MISC-CON-012", "this decoder paints no image of this method", path="image")
    return lambda size: paint_content(image, size)


def enlarge(grid: Grid, size: Size) -> Samples:
    """The grid's samples interpolated to the picture's size by Keys' bicubic kernel, a = -0.5 (clause 8.6)."""
    cells = Image.fromarray(dequantise(grid.samples, grid.depth))
    covered: tuple[float, float] = (cells.width, cells.height)
    if grid.block:  # the last blocks may reach over the edge
        covered = (size.width / grid.block, size.height / grid.block)
    return np.asarray(cells.resize(size, Image.Resampling.BICUBIC, box=(0, 0, *covered)))
