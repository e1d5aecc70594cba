"""Regions: words for the shape, size, texture, place and colours of a part of the picture.

Rule 1.  Every word comes from a measurement, except the name of an object that the detector has found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from reference_codec.text.colours import Floats
from reference_codec.text.scales import INF, Steps, word
from reference_codec.text.views import Colour, View, colours_under, mean

#: By the share of the picture.
SIZES: Final[Steps] = (
    (0.0, "no"), (0.02, "tiny"), (0.06, "small"), (0.16, "medium-sized"), (0.4, "large"), (INF, "very large"),
)  # fmt: skip
#: By the mean of `View.step`.
TEXTURES: Final[Steps] = ((2.5, "smooth"), (7.0, "lightly textured"), (15.0, "textured"), (INF, "busy"))


@dataclass(frozen=True, slots=True)
class Part:
    """A region in words.

    `shape`: a noun. `place`: a phrase. `sides`: three words for the place that can stand before a name: by height, by side, and by both
    ("upper-left"). `thing`: the name of the object that fills the region; None if it is unknown.
    """

    colours: list[Colour]
    shape: str
    size: str
    texture: str
    place: str
    sides: tuple[str, str, str]
    thing: str | None = None


def measure(view: View, weights: Floats, thing: str | None = None) -> Part:
    """The words for a part of the picture. An empty part has no colours."""
    area = float(weights.mean())
    left, right, top, bottom = _extent(weights)
    shape = _shape(area, (right - left) * view.light.shape[1], (bottom - top) * view.light.shape[0])
    place, sides = _place(weights, area, right - left, bottom - top)
    texture = word(TEXTURES, mean(view.step, weights))
    return Part(colours_under(view, weights), shape, word(SIZES, area), texture, place, sides, thing)


def _extent(weights: Floats) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a region as shares of the picture's sides. Stray pixels are ignored."""
    columns, rows = weights.sum(axis=0), weights.sum(axis=1)
    return (*_extent_along(columns), *_extent_along(rows))


def _extent_along(profile: Floats) -> tuple[float, float]:
    """The positions, 0 to 1, between which a region lies along one side. `profile`: the sum of its weights at each position.

    They are the positions with 5 % and 95 % of the weight before them, moved outwards: those of an even profile become 0 and 1.
    """
    total = float(profile.sum())
    if total <= 0:
        return 0.0, 0.0
    sums = np.concatenate([[0.0], np.cumsum(profile)]) / total
    low, high = np.interp([0.05, 0.95], sums, np.linspace(0, 1, len(sums)))
    slack = (high - low) / 18
    return round(max(low - slack, 0.0), 3), round(min(high + slack, 1.0), 3)


def _shape(area: float, width: float, height: float) -> str:
    """The noun for a region. `area`: its share of the picture; `width`, `height`: its extent in pixels."""
    if width > 2.2 * height:
        return "band" if area >= 0.02 else "streak"
    if height > 2.2 * width:
        return "column" if area >= 0.02 else "streak"
    return "spot" if area < 0.02 else "area"


def _place(weights: Floats, area: float, width_share: float, height_share: float) -> tuple[str, tuple[str, str, str]]:
    """`Part.place` and `Part.sides` of a region. `width_share`, `height_share`: its extent as shares of the picture's sides."""
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
    if _edge_share(weights) > 0.6:
        return "around the edges", ("outer", "outer", "outer")
    if width_share > 0.85 and height_share < 0.6:
        return f"across the {row + ' part' if row else 'middle'}", sides
    if height_share > 0.85 and width_share < 0.6:
        return f"down the {column + ' side' if column else 'middle'}", sides
    if row and column:
        return f"at the {row} {column}", sides
    if row:
        return {"upper": "at the top", "lower": "at the bottom"}[row], sides
    return f"at the {column}" if column else "in the centre", sides


def _third(position: float, words: tuple[str, str, str]) -> str:
    return words[0] if position < 0.38 else words[2] if position > 0.62 else words[1]


def _edge_share(weights: Floats) -> float:
    """The share of the picture's edge pixels that a region covers."""
    return float(np.concatenate([weights[0], weights[-1], weights[:, 0], weights[:, -1]]).mean())
