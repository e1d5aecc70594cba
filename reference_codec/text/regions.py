"""Regions: the shape, size, texture, place and colours of a part of the picture, each as words that name it.

Rule 1.  Nothing is said that was not measured; a region is a shape unless it comes with an object's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from reference_codec.text.colours import Floats
from reference_codec.text.scales import INF, Steps, word
from reference_codec.text.views import Colour, View, colours_under, mean

SIZES: Final[Steps] = (
    (0.0, "no"), (0.02, "tiny"), (0.06, "small"), (0.16, "medium-sized"), (0.4, "large"), (INF, "very large"),
)  # fmt: skip
#: Mean step of lightness (0 to 255) between neighbouring pixels of the working copy.
TEXTURES: Final[Steps] = ((2.5, "smooth"), (7.0, "lightly textured"), (15.0, "textured"), (INF, "busy"))


@dataclass(frozen=True, slots=True)
class Part:
    """One region, in words: colours, the noun for its shape, size, texture, place, and the object that it is, if known.

    `sides` are places of one word that can stand before a name: by height, by side, and by both ("upper-left").
    """

    colours: list[Colour]
    shape: str
    size: str
    texture: str
    place: str
    sides: tuple[str, str, str]
    thing: str | None = None


def measure(view: View, weights: Floats, thing: str | None = None) -> Part:
    """Put the part of the picture under `weights` into words; without colours where all weights are zero."""
    area = float(weights.mean())
    left, right, top, bottom = _extent(weights)
    shape = _shape(area, (right - left) * view.light.shape[1], (bottom - top) * view.light.shape[0])
    place, sides = _place(weights, area, right - left, bottom - top)
    texture = word(TEXTURES, mean(view.step, weights))
    return Part(colours_under(view, weights), shape, word(SIZES, area), texture, place, sides, thing)


def _extent(weights: Floats) -> tuple[float, float, float, float]:
    """Left, right, top, bottom of a region, 0 to 1, without its outermost twentieth on each side (stray pixels)."""
    columns, rows = weights.sum(axis=0), weights.sum(axis=1)
    return (*_between(columns), *_between(rows))


def _between(profile: Floats) -> tuple[float, float]:
    """Where 5 % and 95 % of `profile` lie to the left, 0 to 1, widened again so that an even profile gives its ends."""
    total = float(profile.sum())
    if total <= 0:
        return 0.0, 0.0
    sums = np.concatenate([[0.0], np.cumsum(profile)]) / total
    low, high = np.interp([0.05, 0.95], sums, np.linspace(0, 1, len(sums)))
    slack = (high - low) / 18
    return round(max(low - slack, 0.0), 3), round(min(high + slack, 1.0), 3)


def _shape(area: float, width: float, height: float) -> str:
    """The noun for a region of this share of the picture and extent in pixels."""
    if width > 2.2 * height:
        return "band" if area >= 0.02 else "streak"
    if height > 2.2 * width:
        return "column" if area >= 0.02 else "streak"
    return "spot" if area < 0.02 else "area"


def _place(weights: Floats, area: float, wide: float, tall: float) -> tuple[str, tuple[str, str, str]]:
    """Where a region lies: a phrase, and the words of `Part.sides`."""
    if area <= 0:
        return "", ("", "", "")
    height, width = weights.shape
    x = mean(np.broadcast_to((np.arange(width) + 0.5) / width, weights.shape), weights)
    y = mean(np.broadcast_to(((np.arange(height) + 0.5) / height)[:, None], weights.shape), weights)
    column, row = _third(x, ("left", "", "right")), _third(y, ("upper", "", "lower"))
    both = f"{row}-{column}" if row and column else row or column or "central"
    sides = (row or column or "central", column or row or "central", both)
    if area > 0.75:
        return "over the whole picture" if area > 0.99 else "nearly everywhere", sides
    if _rim(weights) > 0.6:
        return "around the edges", ("outer", "outer", "outer")
    if wide > 0.85 and tall < 0.6:
        return f"across the {row + ' part' if row else 'middle'}", sides
    if tall > 0.85 and wide < 0.6:
        return f"down the {column + ' side' if column else 'middle'}", sides
    if row and column:
        return f"at the {row} {column}", sides
    alone = {"upper": "at the top", "lower": "at the bottom"}.get(
        row, f"at the {column}" if column else "in the centre"
    )
    return alone, sides


def _third(position: float, words: tuple[str, str, str]) -> str:
    return words[0] if position < 0.38 else words[2] if position > 0.62 else words[1]


def _rim(weights: Floats) -> float:
    """The share of the picture's outer edge that a region holds."""
    return float(np.concatenate([weights[0], weights[-1], weights[:, 0], weights[:, -1]]).mean())
