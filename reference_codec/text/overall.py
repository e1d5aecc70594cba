"""The overall text of the embedded describer: format, objects and colours, light, layout and texture, in a few sentences.

Rule 1.  It has at most `MAX_WORDS` words: of several wordings, the fullest that fits is taken.
Rule 2.  Words for measurements are rows of tables (see `scales`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from reference_codec.text.colours import FAMILIES, Floats
from reference_codec.text.phrases import listed
from reference_codec.text.scales import INF, Steps, word
from reference_codec.text.views import Colour, View, colours_under, mean, shares

MAX_WORDS: Final = 50

#: By the mean of `View.step`.
SURFACES: Final[Steps] = (
    (0.5, "Surfaces are plain"), (2.5, "Surfaces are mostly smooth"), (7.0, "Surfaces are lightly textured"),
    (15.0, "There is much fine texture"), (INF, "Dense fine texture fills it"),
)  # fmt: skip
#: By the 99th percentile of `View.step`: how abrupt edges are.
EDGES: Final[Steps] = (
    (2.0, "without visible edges"), (18.0, "with soft edges"), (50.0, "with clear edges"), (INF, "with crisp edges"),
)  # fmt: skip

#: By width divided by height.
FORMATS: Final[Steps] = (
    (0.4, "very tall narrow"), (0.87, "portrait-format"), (1.15, "square"), (2.5, "landscape-format"),
    (INF, "very wide"),
)  # fmt: skip
#: By the mean of Oklab's L.
LIGHTS: Final[Steps] = (
    (0.22, "very dark"), (0.42, "dark"), (0.56, "rather dark"), (0.70, "medium bright"), (0.86, "bright"),
    (INF, "very bright"),
)  # fmt: skip
#: By the difference between the 95th and the 5th percentile of Oklab's L.
CONTRASTS: Final[Steps] = (
    (0.03, "no contrast"), (0.22, "low contrast"), (0.42, "moderate contrast"), (0.62, "strong contrast"),
    (INF, "very strong contrast"),
)  # fmt: skip
#: By the mean of Oklab's chroma.
COLOURFULNESS: Final[Steps] = (
    (0.008, "no colour"), (0.035, "muted colours"), (0.075, "moderate colours"), (0.13, "strong colours"),
    (INF, "vivid colours"),
)  # fmt: skip
#: By the share of a colour.
SHARES: Final[Steps] = (
    (0.075, "a little"), (0.15, "a tenth"), (0.22, "a fifth"), (0.29, "a quarter"), (0.42, "a third"), (0.58, "half"),
    (0.72, "two thirds"), (0.9, "mostly"), (0.985, "almost entirely"), (INF, "entirely"),
)  # fmt: skip

#: The two parts of each split of the picture (see `_halves`): as the subject of a sentence, and below as a place.
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


def overall(view: View, aspect: float, objects: str = "") -> str:
    """The overall text. `aspect`: width divided by height; `objects`: a phrase for the objects that are shown (see `things`)."""
    colours = colours_under(view, np.ones(view.light.shape))
    subject = f"A {word(FORMATS, aspect)} picture{' of ' if objects else ''}{objects}"
    light, layout, texture = _light(view), _layout(view), _texture(view)
    shorter = layout[:1]
    for max_colours, sentences in ((4, layout), (3, layout), (4, shorter), (3, shorter), (2, shorter), (1, shorter)):
        text = " ".join((f"{subject}, {_palette(colours, max_colours)}.", light, *sentences, texture))
        if len(text.split()) <= MAX_WORDS:
            break
    return text


def _palette(colours: list[Colour], max_colours: int) -> str:
    """The main colours with their approximate shares: "half dark blue, a fifth white and a little red"."""
    main = [colour for colour in colours[:max_colours] if colour.share >= 0.04] or colours[:1]
    about = "about " if 0.075 <= main[0].share < 0.72 else ""
    return about + listed([f"{word(SHARES, colour.share)} {colour.shade}" for colour in main])


def _light(view: View) -> str:
    brightness = word(LIGHTS, round(float(view.light.mean()), 4))
    low, high = np.percentile(view.light, [5, 95])
    contrast = word(CONTRASTS, round(float(high - low), 4))
    colour = word(COLOURFULNESS, round(float(view.chroma.mean()), 4))
    return f"The light is {brightness} with {contrast} and {colour}."


def _layout(view: View) -> tuple[str, str]:
    """Two sentences: about the split whose two parts differ most in light or colour, and about where the detail is."""
    splits = [_halves(view.light.shape, kind) for kind in range(len(_HALVES))]
    gaps = [_gap(view, one, other) for one, other in splits]
    best = int(np.argmax(gaps))
    if gaps[best] < 0.05:
        split = "Brightness and colours are spread evenly from top to bottom and from left to right."
    else:
        split = _contrast_sentence(view, *splits[best], *_HALVES[best])
    return split, _detail_sentence(view, splits)


def _halves(shape: tuple[int, ...], kind: int) -> tuple[Floats, Floats]:
    """The weights of the two parts of a split. `kind`: an index of `_HALVES`."""
    y = (np.arange(shape[0]) + 0.5)[:, None] / shape[0] * np.ones(shape)
    x = (np.arange(shape[1]) + 0.5)[None, :] / shape[1] * np.ones(shape)
    inside = (y < 0.5, x < 0.5, (abs(x - 0.5) < 0.3) & (abs(y - 0.5) < 0.3))[kind]
    return inside.astype(np.float64), (~inside).astype(np.float64)


def _gap(view: View, one: Floats, other: Floats) -> float:
    """How much two parts differ: in mean L, and to a smaller extent in their colour families."""
    if not one.any() or not other.any():
        return 0.0
    light = abs(mean(view.light, one) - mean(view.light, other))
    return round(light + 0.2 * _family_gap(view, one, other), 4)


def _family_gap(view: View, one: Floats, other: Floats) -> float:
    """How much the colour families of two parts differ: 0 for the same shares, 1 for no family in common."""
    return float(np.abs(shares(view, one) - shares(view, other)).sum()) / 2


def _more_sentence(view: View, one: Floats, other: Floats, first: str, second: str) -> str:
    """About two equally bright parts with the same main colour: which colour each has more of than the other."""
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
