"""The learned latents as a reference picture: at a quality, or at the best that a number of bits allows."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from misc_format.coders import image_latents
from misc_format.components import Latents, Samples, Size
from misc_format.latentmodel import passes
from misc_format.latentmodel.model import QUALITIES, Model, shipped
from reference_codec.latents import runtime
from reference_codec.latents.quantiser import PRICE, Quantiser
from reference_codec.latents.runtime import Analysed, Report

MOST_PRICE = 64.0  # squared steps a bit: nothing is worth it
TRIES = 6


class Encoder:
    """The latents of one picture at many qualities; the analysis is done once."""

    def __init__(self, samples: Samples, report: Report | None = None, model: Model | None = None) -> None:
        self._analysed: Analysed = runtime.analyse(samples, report)
        self._model = model or shipped(image_latents.MODEL)
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
        scaled, hyper = runtime.scaled(self._analysed, quality)
        coding = Quantiser(self._model, scaled, hyper, price)
        content = passes.walk(self._model, quality, scaled.shape[0], scaled.shape[1], coding).content
        return content, 8 * len(image_latents.encode_under(content, self.picture, self._model))
