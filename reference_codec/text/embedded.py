"""The embedded describer: words for what can be measured in a picture, without any language model.

Purpose: an honest text for `encode` where no language model is at hand: the objects that the detector found, colours,
light, layout, texture, and a name and a detail for each region.  It fills the three texts that MISC asks a language
model for (overall, names, details).

How: `views` looks at the picture, `colours` names what it sees there, `regions` measures the parts, `scales` turns
numbers into words; `overall` words the first text, and the other two are worded here.

Rule 1.  Nothing is said that was not measured; no object is named that the detector did not find.
Rule 2.  Overall text at most 50 words, a name at most 3, a detail at most 10; plain ASCII, no line breaks, no commas in
         names (the published layout joins names by commas).
Rule 3.  Same input, same words: no random numbers; measurements are rounded before they are compared.
Rule 4.  No two regions have the same name, as long as `_ORDINALS` lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy.typing as npt

from misc_format.components import Samples
from reference_codec.text.overall import overall
from reference_codec.text.regions import Part, measure
from reference_codec.text.things import things
from reference_codec.text.views import Colour, look, weights_of

MOST_WORDS_DETAIL: Final = 10

#: What the second and later of several regions of one name are called where no measurement tells them apart.  More
#: than the embedded map maker ever finds.
_ORDINALS: Final = (
    "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip


def describe(
    samples: Samples,
    regions: Sequence[npt.NDArray[Any]],
    names: Sequence[str | None] = (),
    shown: Sequence[str] = (),
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Words for a picture and for each of its regions: `(overall, ((name, detail), ...))`, one pair a region, in order.

    `samples` is uint8 (H, W) or (H, W, 3); each region is a mask (h, w) of any size laid over the whole picture,
    non-zero inside; an empty one is said to mark nothing.  `names`: the object that each region is, None where that is
    not known; `shown`: all objects in the picture, the surest first, some perhaps more than once.  Raises ValueError
    for samples of another kind (see `samples.rgb`) and for a mask that is not two-dimensional or has no pixels.
    """
    view = look(samples)
    parts = [
        measure(view, weights_of(region, view.light.shape), thing)
        for region, thing in zip(regions, names or [None] * len(regions), strict=True)
    ]
    items = tuple(zip(_names(parts), map(_detail, parts), strict=True))
    return overall(view, samples.shape[1] / samples.shape[0], things(shown)), items


def _names(parts: Sequence[Part]) -> list[str]:
    """A name for each part; where some would be equal, one kind of qualifier for all of them tells them apart.

    The kind is the one that leaves most names distinct, the first among equals.  What is still equal is numbered.
    """
    plain = [_name(part) for part in parts]
    equal = [plain.count(name) > 1 for name in plain]
    tries = [plain]
    for kind in zip(*map(_qualifiers, parts), strict=True):
        placed = map(_qualified, kind, parts)
        tries.append([long if twice else name for long, name, twice in zip(placed, plain, equal, strict=True)])
    return _numbered(parts, max(tries, key=lambda names: len(set(names))))


def _numbered(parts: Sequence[Part], names: Sequence[str]) -> list[str]:
    """`names`, the second and later of equal ones replaced by an ordinal: "second grey area"."""
    taken, distinct = set(names), list[str]()
    for part, name in zip(parts, names, strict=True):
        free = (option for option in (_qualified(word, part) for word in _ORDINALS) if option not in taken)
        distinct.append(next(free, name) if name in distinct else name)
        taken.add(distinct[-1])
    return distinct


def _name(part: Part) -> str:
    if part.thing:
        return part.thing
    return f"{part.colours[0].shade} {part.shape}" if part.colours else "unmarked area"


def _qualifiers(part: Part) -> tuple[str, ...]:
    """A word of each kind that can stand before a name: by height, by side, by both, by size; none without colours."""
    size = part.size.split()[-1]  # "very large" is large, too, and a name has room for one word
    return (*part.sides, size) if part.colours else ("",) * 4


def _qualified(word: str, part: Part) -> str:
    # "dark grey" takes two of the three words by itself: the shade gives way to the qualifier.
    if part.thing:
        return f"{word} {part.thing}".strip()
    name = f"{part.colours[0].family.split()[-1]} {part.shape}" if part.colours else "unmarked area"
    return f"{word} {name}".strip()


def _detail(part: Part) -> str:
    """The fullest wording that keeps to `MOST_WORDS_DETAIL`; the last is the shortest and always fits."""
    if not part.colours:
        return "the map marks no part of the picture"
    colour = part.colours[0].shade
    pair = _pair(part.colours)
    if part.thing:
        tries: tuple[str, ...] = tuple(f"{part.size} {part.thing}, {shades}, {part.place}" for shades in (pair, colour))
    else:
        tries = (
            f"{part.size} {part.texture} {pair} {part.shape} {part.place}",
            f"{part.size} {pair} {part.shape} {part.place}",
            f"{part.size} {colour} {part.shape} {part.place}",
        )
    return next((text for text in tries if len(text.split()) <= MOST_WORDS_DETAIL), tries[-1])


def _pair(colours: list[Colour]) -> str:
    """The leading colour, with the next one where that covers at least a quarter."""
    if len(colours) > 1 and colours[1].share >= 0.25:
        return f"{colours[0].shade} and {colours[1].shade}"
    return colours[0].shade
