"""The learned latents as a reference picture: at a quality, or at the best that a number of bits allows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image

from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.components import Latents, Samples, Size
from reference_codec.images.latents import runtime
from reference_codec.images.latents.quantiser import PRICE, Quantiser
from reference_codec.images.latents.runtime import Analysed, Report, Transforms

MOST_PRICE = 64.0  # squared steps a bit: nothing is worth it
TRIES = 6


class Codec(NamedTuple):
    """The transforms, and the model of the entropy path that belongs to them."""

    transforms: Transforms
    model: Model


def shipped() -> Codec:
    """The one that ships."""
    return Codec(runtime.shipped(), Model.shipped(image_latents.MODEL))


def paint(content: Latents, picture: Size, report: Report | None = None, codec: Codec | None = None) -> Samples:
    """The picture of latents, uint8 (H, W, 3), or (H, W) if it is grey (clause 17.8)."""
    transforms, model = codec or shipped()
    found = transforms.synthesise(image_latents.values(content, model), content.quality, picture, report)
    return np.asarray(Image.fromarray(found).convert("L")) if content.grey else found


class Encoder:
    """The latents of one picture at many qualities; the analysis is done once."""

    def __init__(self, samples: Samples, report: Report | None = None, codec: Codec | None = None) -> None:
        self._codec = codec or shipped()
        self._grey = samples.ndim == 2
        self._analysed: Analysed = self._codec.transforms.analyse(samples, report)
        self._found = cache(self._at)

    @property
    def picture(self) -> Size:
        """The size of the picture."""
        return self._analysed.picture

    def at(self, quality: int) -> Latents:
        """The latents at a quality, 0 to 127."""
        return self._found(quality, PRICE)[0]

    def within(self, most: int) -> Latents:
        """The best latents found whose payload takes at most so many bits, or the smallest if none does."""
        quality = bisect_right(range(QUALITIES), most, key=lambda index: self._found(index, PRICE)[1])
        best = self._found(max(quality - 1, 0), PRICE)
        if quality == QUALITIES:
            return best[0]
        # A little above in quality, and a little harder on small values: between two qualities there is room.
        least, highest = PRICE, MOST_PRICE if quality == 0 else 2 * PRICE
        for _ in range(TRIES):
            price = (least * highest) ** 0.5
            found = self._found(quality, price)
            if found[1] > most:
                least = price
            else:
                highest = price
                if best[1] > most or found[1] > best[1]:
                    best = found
        return best[0]

    def _at(self, quality: int, price: float) -> tuple[Latents, int]:
        """Latents and the bits of their payload."""
        transforms, model = self._codec
        scaled, hyper = transforms.scaled(self._analysed, quality)
        coding = Quantiser(model, scaled, hyper, price)
        content = passes.walk(model, quality, scaled.shape[0], scaled.shape[1], coding)
        content = replace(content, grey=self._grey)
        return content, 8 * len(image_latents.encode_under(content, self.picture, model))
