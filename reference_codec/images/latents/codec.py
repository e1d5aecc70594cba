"""The learned latents as a reference picture (clause 9): encoded at a quality or within a number of bits, and decoded."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from misc_format.coders.image import latents as image_latents
from misc_format.coders.image.latentmodel import passes
from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.components import Latents, Samples, Size
from reference_codec.images.latents import transforms as latent_transforms
from reference_codec.images.latents.quantiser import USUAL_PRICE, Quantiser
from reference_codec.images.latents.transforms import Analysis, Report, Transforms, Wide

MAX_PRICE: Final = 64.0  # squared steps per bit: at this price every latent becomes 0
HIGH_PRICE: Final = 0.08  # of latents that almost fit
PRICE_STEPS: Final = 6
FIRST_PRICE: Final = 0.002  # of latents that a search has found
QUALITIES_WON: Final = 1  # by a search; with 0 and with 3 it gained less
Values = tuple[Wide, Wide]  # latents times their gains, and hyper-latents, before rounding


class Codec(NamedTuple):
    """The transforms, and the entropy model that was trained with them."""

    transforms: Transforms
    model: Model


class Coded(NamedTuple):
    """Latents, and the bits of their payload."""

    latents: Latents
    bits: int


def shipped() -> Codec:
    """The codec whose weights ship with this package."""
    return Codec(latent_transforms.shipped(), Model.shipped(image_latents.MODEL))


def paint(content: Latents, picture: Size, report: Report | None = None, codec: Codec | None = None) -> Samples:
    """The picture of latents, uint8 (H, W, 3), or (H, W) for a grey one (clause 9.8)."""
    transforms, model = codec or shipped()
    samples = transforms.synthesise(image_latents.values(content, model), content.quality, picture, report)
    return np.asarray(Image.fromarray(samples).convert("L")) if content.grey else samples


class Encoder:
    """Encodes one picture, uint8 (H, W) or (H, W, 3), at several qualities. The analysis runs only once.

    A price is what the quantiser counts for a bit, in squared quantisation steps. At a higher price, more latents become 0.
    """

    def __init__(self, samples: Samples, report: Report | None = None, codec: Codec | None = None) -> None:
        self._codec = codec or shipped()
        self._samples = samples
        self._is_grey = samples.ndim == 2
        self._analysis: Analysis = self._codec.transforms.analyse(samples, report)
        self._coded_once = cache(self._code)

    @property
    def picture(self) -> Size:
        """The size of the picture."""
        return self._analysis.picture

    def at(self, quality: int) -> Latents:
        """The latents at a quality from 0 to 127."""
        return self._coded_once(quality, USUAL_PRICE).latents

    def within(self, max_bits: int) -> Latents:
        """The best latents whose payload takes at most `max_bits` bits, or the smallest ones if none fit.

        The best quality that fits at the usual price is found by bisection. The next quality, which takes too many bits, may still fit
        at a higher price, so some prices are tried for it.
        """
        too_large = bisect_right(range(QUALITIES), max_bits, key=lambda quality: self._bits(quality, USUAL_PRICE))
        best = self._coded_once(max(too_large - 1, 0), USUAL_PRICE)
        if too_large == QUALITIES:
            return best.latents
        high = MAX_PRICE if too_large == 0 else HIGH_PRICE
        best = _fitting(best, max_bits, (USUAL_PRICE, high), lambda price: self._coded_once(too_large, price))
        if best.bits > max_bits:
            best = self._coded_once(0, MAX_PRICE)
        return best.latents

    def searched(self, quality: int, steps: int, report: Report | None = None) -> Latents:
        """Latents at a quality that a search of so many steps has improved. `report`: called with each step and all steps."""
        return self._found(quality, self._search(quality, steps, report), 0.0).latents

    def searched_within(self, max_bits: int, steps: int, report: Report | None = None) -> Latents:
        """As `within`, with a search at a quality a little above; the latents of `within` if these are nearer to the picture."""
        from reference_codec.images.latents import refine

        plain = self.within(max_bits)
        quality = min(plain.quality + QUALITIES_WON, QUALITIES - 1)
        values = self._search(quality, steps, report)
        best = self._found(quality, values, 0.0)
        if best.bits > max_bits:
            prices = FIRST_PRICE, HIGH_PRICE
            best = _fitting(best, max_bits, prices, lambda price: self._found(quality, values, price))
        if best.bits > max_bits:
            return plain
        lost = [
            refine.distortion_of(paint(latents, self.picture, codec=self._codec), self._samples)
            for latents in (plain, best.latents)
        ]
        return best.latents if lost[1] <= lost[0] else plain

    def _search(self, quality: int, steps: int, report: Report | None) -> Values:
        from reference_codec.images.latents import refine

        start = refine.Latents(*self._codec.transforms.scaled(self._analysis, quality))
        return refine.refined(self._codec.model, self._samples, start, quality, steps, report)

    def _found(self, quality: int, values: Values, price: float) -> Coded:
        return self._quantised(quality, *values, price)

    def _bits(self, quality: int, price: float) -> int:
        return self._coded_once(quality, price).bits

    def _code(self, quality: int, price: float) -> Coded:
        return self._quantised(quality, *self._codec.transforms.scaled(self._analysis, quality), price)

    def _quantised(self, quality: int, scaled: Wide, hyper: Wide, price: float) -> Coded:
        model = self._codec.model
        quantiser = Quantiser(model, scaled, hyper, price)
        content = passes.walk(model, quality, scaled.shape[0], scaled.shape[1], quantiser)
        content = replace(content, grey=self._is_grey)
        return Coded(content, 8 * len(image_latents.encode_under(content, self.picture, model)))


def _fitting(best: Coded, max_bits: int, prices: tuple[float, float], coded: Callable[[float], Coded]) -> Coded:
    """The largest latents that fit, of `best` and of those at some prices between two; `best` if none fit."""
    low, high = prices
    for _ in range(PRICE_STEPS):
        price = (low * high) ** 0.5
        candidate = coded(price)
        if candidate.bits > max_bits:
            low = price
        else:
            high = price
            if best.bits > max_bits or candidate.bits > best.bits:
                best = candidate
    return best
