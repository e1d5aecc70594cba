"""Views: what is measured at each pixel of a small copy of a picture, and its averages over parts of the picture.

Rule 1.  All measurements are made on a working copy with sides of at most 256 pixels: the cost does not grow with the picture.
Rule 2.  A part of the picture is an array of weights (h, w), 0 to 1: the share of each pixel that belongs to the part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from misc_format.components import Samples
from reference_codec.pictures.samples import rgb, shrink
from reference_codec.text.colours import FAMILIES, Families, Floats, families, oklab, shade

WORKING_SIDE: Final = 256  # pixels


@dataclass(frozen=True, slots=True)
class View:
    """Measurements at each pixel of the working copy, (h, w) each.

    `light`: Oklab's L. `chroma`: Oklab's chroma. `family`: the colour family, an index of `colours.FAMILIES`. `step`: the difference in
    luma to the neighbouring pixels, 0 to 255.
    """

    light: Floats
    chroma: Floats
    family: Families
    step: Floats


def look(samples: Samples) -> View:
    """The view of a picture, uint8 (H, W) or (H, W, 3)."""
    small = shrink(rgb(samples), WORKING_SIDE)
    lab = oklab(small)
    light, chroma = lab[..., 0], np.asarray(np.round(np.hypot(lab[..., 1], lab[..., 2]), 4), dtype=np.float64)
    hue = np.round(np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360, 2)
    return View(light, chroma, families(light, chroma, hue), _steps(small))


def _steps(small: Samples) -> Floats:
    """(h, w): the mean absolute difference in luma to the right and to the lower neighbour. Across the picture's edge it counts as 0."""
    luma = small @ np.array([0.299, 0.587, 0.114])
    across, down = np.zeros(luma.shape), np.zeros(luma.shape)
    across[:, :-1] = np.abs(np.diff(luma, axis=1))
    down[:-1] = np.abs(np.diff(luma, axis=0))
    sides = (luma.shape[1] > 1) + (luma.shape[0] > 1)
    return np.asarray(np.round((across + down) / max(sides, 1), 3), dtype=np.float64)


def weights_of(region: npt.NDArray[Any], shape: tuple[int, ...]) -> Floats:
    """The share of each pixel of the working copy (h, w) that a region covers.

    `region`: a mask of any size over the whole picture, non-zero inside. All weights are 0 only for an empty region. Raises ValueError
    for a mask that is not two-dimensional or has no pixels.
    """
    if region.ndim != 2 or region.size == 0:
        raise ValueError(f"a region must have two dimensions and at least one pixel, not shape {region.shape}")
    mask = Image.fromarray(region.astype(bool).astype(np.float32))
    scaled = np.asarray(mask.resize((shape[1], shape[0]), Image.Resampling.BOX), dtype=np.float64)
    return np.asarray(np.round(scaled, 7), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour family in a part of the picture: its name, its name with the shade, and its share of the part."""

    family: str
    shade: str
    share: float


def colours_under(view: View, weights: Floats) -> list[Colour]:
    """The colour families of a part, the largest share first; empty for an empty part."""
    rounded = np.round(shares(view, weights), 4)
    order = [int(index) for index in np.argsort(-rounded, kind="stable") if rounded[index] > 0]
    return [_colour(view, weights, index, float(rounded[index])) for index in order]


def shares(view: View, weights: Floats) -> Floats:
    """(families,): the share of each colour family in a part; all 0 for an empty part."""
    totals = np.bincount(view.family.ravel(), weights=weights.ravel(), minlength=len(FAMILIES))
    return np.asarray(totals / max(float(totals.sum()), 1e-12), dtype=np.float64)


def _colour(view: View, weights: Floats, index: int, share: float) -> Colour:
    family = FAMILIES[index]
    family_weights = weights * (view.family == index)
    light, chroma = mean(view.light, family_weights), mean(view.chroma, family_weights)
    return Colour(family, shade(family, light, chroma), share)


def mean(values: Floats, weights: Floats) -> float:
    """The weighted mean, rounded to 4 decimals; 0 if all weights are 0."""
    total = float(weights.sum())
    return round(float((values * weights).sum()) / total, 4) if total > 0 else 0.0
