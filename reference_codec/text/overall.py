"""The overall text: a picture's format, objects and colours, its light, its layout and its texture, in a few sentences.

Rule 1.  At most `MOST_WORDS` words: the fullest wording that fits is taken.
Rule 2.  Thresholds and words stand in tables (see `scales`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from reference_codec.text.colours import FAMILIES, Floats
from reference_codec.text.scales import INF, Steps, word
from reference_codec.text.views import Colour, View, colours_under, mean, shares

MOST_WORDS: Final = 50

#: Mean step of lightness (0 to 255) between neighbouring pixels of the working copy.
SURFACES: Final[Steps] = (
    (0.5, "Surfaces are plain"), (2.5, "Surfaces are mostly smooth"), (7.0, "Surfaces are lightly textured"),
    (15.0, "There is much fine texture"), (INF, "Dense fine texture fills it"),
)  # fmt: skip
#: The strongest hundredth of those steps: how abrupt edges are.
EDGES: Final[Steps] = (
    (2.0, "without visible edges"), (18.0, "with soft edges"), (50.0, "with clear edges"), (INF, "with crisp edges"),
)  # fmt: skip

FORMATS: Final[Steps] = (
    (0.4, "very tall narrow"), (0.87, "portrait-format"), (1.15, "square"), (2.5, "landscape-format"),
    (INF, "very wide"),
)  # fmt: skip
LIGHTS: Final[Steps] = (
    (0.22, "very dark"), (0.42, "dark"), (0.56, "rather dark"), (0.70, "medium bright"), (0.86, "bright"),
    (INF, "very bright"),
)  # fmt: skip
CONTRASTS: Final[Steps] = (
    (0.03, "no contrast"), (0.22, "low contrast"), (0.42, "moderate contrast"), (0.62, "strong contrast"),
    (INF, "very strong contrast"),
)  # fmt: skip
COLOURFULNESS: Final[Steps] = (
    (0.008, "no colour"), (0.035, "muted colours"), (0.075, "moderate colours"), (0.13, "strong colours"),
    (INF, "vivid colours"),
)  # fmt: skip
SHARES: Final[Steps] = (
    (0.075, "a little"), (0.15, "a tenth"), (0.22, "a fifth"), (0.29, "a quarter"), (0.42, "a third"), (0.58, "half"),
    (0.72, "two thirds"), (0.9, "mostly"), (0.985, "almost entirely"), (INF, "entirely"),
)  # fmt: skip

#: The parts that a picture is split into, as the subject of a sentence and as a place; see `_halves`.
_HALVES: Final = (
    ("The upper part", "the lower part"),
    ("The left side", "the right side"),
    ("The middle", "the outer part"),
)
_WHEREABOUTS: Final = (
    ("in the upper part", "in the lower part"),
    ("on the left side", "on the right side"),
    ("in the middle", "in the outer part"),
)


def overall(view: View, aspect: float, shown: str = "") -> str:
    """Format, what is shown and colours; light; layout; texture.  The fullest wording that keeps to `MOST_WORDS`."""
    everywhere = np.ones(view.light.shape)
    colours = colours_under(view, everywhere)
    subject = f"A {word(FORMATS, aspect)} picture{' of ' if shown else ''}{shown}"
    light, layout, texture = _light(view), _layout(view), _texture(view)
    for most, rest in ((4, layout), (3, layout), (4, layout[:1]), (3, layout[:1]), (2, layout[:1]), (1, layout[:1])):
        text = " ".join((f"{subject}, {_palette(colours, most)}.", light, *rest, texture))
        if len(text.split()) <= MOST_WORDS:
            break
    return text


def _palette(colours: list[Colour], most: int) -> str:
    """The main colours with rough shares: "half dark blue, a fifth white and a little red"."""
    named = [colour for colour in colours[:most] if colour.share >= 0.04] or colours[:1]
    first = named[0]
    lead = word(SHARES, first.share)
    about = "about " if 0.075 <= first.share < 0.72 else ""
    rest = [f"{word(SHARES, colour.share)} {colour.shade}" for colour in named[1:]]
    joined = ", ".join(rest[:-1]) + (" and " if len(rest) > 1 else "") + rest[-1] if rest else ""
    if not joined:
        return f"{about}{lead} {first.shade}"
    return f"{about}{lead} {first.shade}{' and ' if len(rest) == 1 else ', '}{joined}"


def _light(view: View) -> str:
    brightness = word(LIGHTS, round(float(view.light.mean()), 4))
    low, high = np.percentile(view.light, [5, 95])
    contrast = word(CONTRASTS, round(float(high - low), 4))
    colour = word(COLOURFULNESS, round(float(view.chroma.mean()), 4))
    return f"The light is {brightness} with {contrast} and {colour}."


def _layout(view: View) -> tuple[str, str]:
    """Two sentences: the split into two parts that differ most in light or colour, and where the detail is."""
    splits = [_halves(view.light.shape, kind) for kind in range(len(_HALVES))]
    gaps = [_gap(view, one, other) for one, other in splits]
    best = int(np.argmax(gaps))
    if gaps[best] < 0.05:
        split = "Brightness and colours are spread evenly from top to bottom and from left to right."
    else:
        split = _contrast_sentence(view, *splits[best], *_HALVES[best])
    return split, _detail_sentence(view, splits)


def _halves(shape: tuple[int, ...], kind: int) -> tuple[Floats, Floats]:
    """Weights of the two parts of a split: upper and lower, left and right, or middle half and surroundings."""
    y = (np.arange(shape[0]) + 0.5)[:, None] / shape[0] * np.ones(shape)
    x = (np.arange(shape[1]) + 0.5)[None, :] / shape[1] * np.ones(shape)
    inside = (y < 0.5, x < 0.5, (abs(x - 0.5) < 0.3) & (abs(y - 0.5) < 0.3))[kind]
    return inside.astype(np.float64), (~inside).astype(np.float64)


def _gap(view: View, one: Floats, other: Floats) -> float:
    """How much two parts differ: in mean lightness, and a little for every colour family that only one has."""
    if not one.any() or not other.any():
        return 0.0
    light = abs(mean(view.light, one) - mean(view.light, other))
    return round(light + 0.2 * _family_gap(view, one, other), 4)


def _family_gap(view: View, one: Floats, other: Floats) -> float:
    """0 where both parts have the same shares of colour families, 1 where they have none in common."""
    return float(np.abs(shares(view, one) - shares(view, other)).sum()) / 2


def _more_sentence(view: View, one: Floats, other: Floats, first: str, second: str) -> str:
    """Two parts that are equally bright and have the same main colour: of which colours each has more."""
    more = np.round(shares(view, one) - shares(view, other), 4)
    return f"{first} has more {FAMILIES[int(more.argmax())]}, {second} more {FAMILIES[int(more.argmin())]}."


def _contrast_sentence(view: View, one: Floats, other: Floats, first: str, second: str) -> str:
    difference = round(mean(view.light, one) - mean(view.light, other), 4)
    shades = [colours_under(view, part)[0].shade for part in (one, other)]
    if shades[0] == shades[1] and abs(difference) < 0.02:
        return _more_sentence(view, one, other, first, second)
    degree = "much " if abs(difference) >= 0.2 else "slightly " if abs(difference) < 0.06 else ""
    comparison = f"{degree}{'brighter' if difference > 0 else 'darker'}"
    if shades[0] == shades[1]:
        return f"{first} is {comparison} than {second}."
    if abs(difference) < 0.04:
        return f"{first} is mainly {shades[0]} and {second} mainly {shades[1]}."
    return f"{first} is {comparison} and mainly {shades[0]}, {second} mainly {shades[1]}."


def _detail_sentence(view: View, splits: Sequence[tuple[Floats, Floats]]) -> str:
    if float(view.step.mean()) < 0.5:
        return "There is hardly any detail."
    ratios = []
    for one, other in splits:
        here, there = mean(view.step, one) + 0.5, mean(view.step, other) + 0.5
        ratios.append(round(here / there if one.any() and other.any() else 1.0, 3))
    best = int(np.argmax([max(ratio, 1 / ratio) for ratio in ratios]))
    if max(ratios[best], 1 / ratios[best]) < 1.35:
        return "Detail is spread evenly."
    return f"Most detail is {_WHEREABOUTS[best][0 if ratios[best] > 1 else 1]}."


def _texture(view: View) -> str:
    surface = word(SURFACES, round(float(view.step.mean()), 4))
    return f"{surface}, {word(EDGES, round(float(np.percentile(view.step, 99)), 4))}."
