"""The embedded decoder: the reference picture, without a generative model.

A grid is enlarged by bicubic interpolation (MISC equation 6). Latents are decoded by the shipped codec, strings by a model of CompressAI,
and a conventional codestream by its library and enlarged by Lanczos' filter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from misc_format.coders import coder, methods_for
from misc_format.coders.image.levels import dequantise
from misc_format.components import Codestream, Content, Grid, Latents, Opaque, Parts, Samples, Size, Stream, Strings
from misc_format.document import Document
from misc_format.errors import MiscError
from misc_format.painting import MAX_PIXELS

MID_GREY: Final = 128
# The modules, besides those of the format, that painting an image of a method needs.
MODULES: Final = {"latents": ("safetensors", "onnxruntime"), "compressai": ("torch", "compressai")}
NOTE_NO_IMAGE: Final = "The file carries no image; without a generative model the picture is plain grey."


def require_modules(document: Document) -> None:
    """Raises `ModuleNotFoundError` if the image of a file needs a module that is not installed, before anything is decoded.

    A file without a readable structure needs none.
    """
    for component in document.components if document.readable else ():
        for name in MODULES.get(component.method.name, ()) if component.method is not None else ():
            if find_spec(name) is None:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def paint(
    stream: Stream,
    max_pixels: int = MAX_PIXELS,
    weights: str | Path | None = None,
    report: Callable[[int, int], None] | None = None,
) -> tuple[Samples, tuple[str, ...]]:
    """The picture in its original size, uint8 (H, W) or (H, W, 3), and notes for the user.

    `weights`: for strings of CompressAI, the file of the model's weights, or "pretrained". `report`: called with the number of finished
    tiles of a large picture and the number of all tiles. Raises `LimitError` for a picture of more than `max_pixels` pixels,
    `UnsupportedError` for an image of a private-use method or without its weights, `MiscError` for a codestream that cannot be decoded.
    """
    size, image = stream.size, stream.image
    if size.width * size.height > max_pixels:
        raise MiscError("MISC-RES-001", f"the picture has {size.width * size.height:,} pixels", path="header")
    match image:
        case None:
            return np.full((size.height, size.width), MID_GREY, np.uint8), (NOTE_NO_IMAGE,)
        case Grid():
            return enlarge(image, size), ()
        case Latents():
            from reference_codec.images.latents import codec

            return codec.paint(image, size, report), ()
        case Strings():
            from reference_codec.images import compressai  # torch takes a while to import

            return compressai.decode(image, size, weights), ()
        case Codestream():
            from reference_codec.images.conventional import coding

            return coding.paint(image, size), ()
        case Parts():
            return _paint_part(stream, image, max_pixels, weights, report)
        case Opaque():
            raise MiscError("MISC-CON-012", "the image is of a private-use method", path="image")
    return _paint_by_coder(image, size), ()


def _paint_part(
    stream: Stream,
    image: Parts,
    max_pixels: int,
    weights: str | Path | None,
    report: Callable[[int, int], None] | None,
) -> tuple[Samples, tuple[str, ...]]:
    """The picture of the first part with the role `image`."""
    for part in image.parts:
        if part.role == "image":
            return paint(replace(stream, image=part.content), max_pixels, weights, report)
    labels = ", ".join(part.label for part in image.parts)
    raise MiscError("MISC-CON-012", f"none of the parts {labels} is a reference picture", path="image")


def _paint_by_coder(image: Content, size: Size) -> Samples:
    """The picture of another class of content, by the function that its coder brings."""
    for paint_content in (coder(row).paint for row in methods_for("image", image)):
        if paint_content:
            return paint_content(image, size)
    raise MiscError("MISC-CON-012", "this decoder paints no image of this method", path="image")


def enlarge(grid: Grid, size: Size) -> Samples:
    """The grid's samples interpolated to the picture's size by Keys' bicubic kernel, a = -0.5 (clause 8.7)."""
    cells = Image.fromarray(dequantise(grid.samples, grid.depth))
    covered: tuple[float, float] = (cells.width, cells.height)
    if grid.block:  # the last blocks may reach over the edge
        covered = (size.width / grid.block, size.height / grid.block)
    return np.asarray(cells.resize(size, Image.Resampling.BICUBIC, box=(0, 0, *covered)))
