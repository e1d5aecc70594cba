"""What speed.py codes: a text, a mask, the latents of the demo file, and symbols for the entropy coder of CompressAI."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from misc_format.coders.maps import jbig2file, regions
from misc_format.components import BoolMap, Size, Text

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee.misc"
SAMPLE = files("reference_codec.budget").joinpath("sample")
TEXT_BYTES = 677
LATENTS = (48, 32, 192)  # of a picture of 768x512 under the smaller networks of CompressAI
MEAN_SCALE = 0.02  # of the latents: most channels are empty at a low rate


class Symbols(NamedTuple):
    """Symbols and their distributions, as the entropy coder of CompressAI takes them. The arrays are int32."""

    values: NDArray[np.int32]
    indexes: NDArray[np.int32]
    cdfs: NDArray[np.int32]
    lengths: NDArray[np.int32]
    offsets: NDArray[np.int32]

    def distributions(self) -> list[Any]:
        """The last arguments of the library's coder: lists of indexes, of cumulative frequencies, of lengths and of offsets."""
        return [array.tolist() for array in self[1:]]


def text() -> Text:
    """A text of TEXT_BYTES bytes."""
    sample = json.loads(SAMPLE.joinpath("text.json").read_text(encoding="utf-8"))
    whole = " ".join((sample["overall"]["50"], *sample["details"]["30"]))
    return Text(whole.encode()[:TEXT_BYTES].decode())


def mask_picture() -> Image.Image:
    """A mask of 768x512, with one bit a pixel."""
    with SAMPLE.joinpath("0.png").open("rb") as stream:
        return Image.open(stream).convert("1")


def mask() -> BoolMap:
    """The pixels of `mask_picture`."""
    return np.asarray(mask_picture())


def size_of(pixels: BoolMap) -> Size:
    """The size of a map."""
    return Size(pixels.shape[1], pixels.shape[0])


def jbig2_file(pixels: BoolMap) -> bytes:
    """A complete JBIG2 file of a mask."""
    return jbig2file.wrap(regions.region_of(pixels), size_of(pixels))


def has_compressai() -> bool:
    """Whether the library CompressAI, and what it needs, is installed."""
    return all(map(find_spec, ("compressai", "torch")))


def symbols() -> Symbols:
    """As many symbols as a picture of 768x512 has latents, under the library's own tables for normal distributions.

    The scale of a channel is random and mostly small, so that the string has some 0.1 bits a pixel, as at the library's lowest quality.
    """
    from reference_codec.models.compressai_library import compressai

    library = compressai()
    table = library.models.google.get_scale_table().tolist()
    part = library.entropy_models.GaussianConditional(table)
    part.update()
    rng = np.random.default_rng(1)
    scales = np.broadcast_to(MEAN_SCALE * rng.lognormal(0, 2, LATENTS[2]), LATENTS).reshape(-1)
    indexes = np.searchsorted(table[:-1], scales).astype(np.int32)
    values = np.rint(rng.normal(0, scales)).astype(np.int32)
    tables = (part.quantized_cdf, part.cdf_length, part.offset)
    return Symbols(values, indexes, *(array.numpy().astype(np.int32) for array in tables))
