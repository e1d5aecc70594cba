"""The embedded describer: words for what can be measured in a picture, without a language model.

It writes the three kinds of text that MISC asks a language model for: the overall text, and a name and a detail for each region.
`views` measures the picture, `colours` names its colours, `regions` describes its parts, `scales` turns numbers into words, `overall`
writes the overall text, and this module the names and details.

Rule 1.  Every word comes from a measurement or names an object that the detector has found.
Rule 2.  The overall text has at most 50 words, a name at most 3, a detail at most 10. All are ASCII without line breaks. Names have no
         commas, which separate names in MISC's published layout.
Rule 3.  The same input gives the same words: nothing is random, and measurements are rounded before they are compared.
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

MAX_DETAIL_WORDS: Final = 10

#: What precedes the second and every later occurrence of a name if no measurement tells the regions apart. There are more ordinals than
#: regions that the embedded map maker finds.
_ORDINALS: Final = (
    "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip


def describe(
    samples: Samples,
    regions: Sequence[npt.NDArray[Any]],
    names: Sequence[str | None] = (),
    objects: Sequence[str] = (),
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The overall text of a picture, and for each of its regions a name and a detail, in order: `(overall, ((name, detail), ...))`.

    `samples`: uint8 (H, W) or (H, W, 3). `regions`: masks of any size over the whole picture, non-zero inside; an empty one is described
    as marking nothing. `names`: the kind of object in each region, None where it is unknown. `objects`: the kinds of all objects in the
    picture, the one of best score first, with repetitions. Raises ValueError as `samples.rgb` and `views.weights_of`.
    """
    view = look(samples)
    parts = [
        measure(view, weights_of(region, view.light.shape), thing)
        for region, thing in zip(regions, names or [None] * len(regions), strict=True)
    ]
    items = tuple(zip(_names(parts), map(_detail, parts), strict=True))
    return overall(view, samples.shape[1] / samples.shape[0], things(objects)), items


def _names(parts: Sequence[Part]) -> list[str]:
    """A name for each part. Equal names get a qualifier, all of the same kind, and those that are still equal an ordinal.

    Of the kinds of qualifiers, the one that gives the most distinct names is taken, the first of several.
    """
    plain = [_name(part) for part in parts]
    is_repeated = [plain.count(name) > 1 for name in plain]
    candidates = [plain]
    for qualifiers in zip(*map(_qualifiers, parts), strict=True):
        qualified = map(_qualified, qualifiers, parts)
        candidates.append(
            [long if repeated else short for long, short, repeated in zip(qualified, plain, is_repeated, strict=True)]
        )
    return _numbered(parts, max(candidates, key=lambda names: len(set(names))))


def _numbered(parts: Sequence[Part], names: Sequence[str]) -> list[str]:
    """The names, the second and every later occurrence of one with an ordinal in front: "second grey area"."""
    taken, distinct = set(names), list[str]()
    for part, name in zip(parts, names, strict=True):
        unused = (option for option in (_qualified(word, part) for word in _ORDINALS) if option not in taken)
        distinct.append(next(unused, name) if name in distinct else name)
        taken.add(distinct[-1])
    return distinct


def _name(part: Part) -> str:
    if part.thing:
        return part.thing
    return f"{part.colours[0].shade} {part.shape}" if part.colours else "unmarked area"


def _qualifiers(part: Part) -> tuple[str, ...]:
    """The qualifiers that can stand before a name: by height, by side, by both, by size. They are empty for an empty part."""
    size = part.size.split()[-1]  # "very large" becomes "large": a name has room for one word
    return (*part.sides, size) if part.colours else ("",) * 4


def _qualified(word: str, part: Part) -> str:
    # "dark grey" takes two of the three words: of the shade, only the family is kept beside a qualifier.
    if part.thing:
        return f"{word} {part.thing}".strip()
    name = f"{part.colours[0].family.split()[-1]} {part.shape}" if part.colours else "unmarked area"
    return f"{word} {name}".strip()


def _detail(part: Part) -> str:
    """The fullest of several wordings that has at most `MAX_DETAIL_WORDS` words. The last one always fits."""
    if not part.colours:
        return "the map marks no part of the picture"
    main_colour = part.colours[0].shade
    colours = _main_colours(part.colours)
    if part.thing:
        wordings = [f"{part.size} {part.thing}, {words}, {part.place}" for words in (colours, main_colour)]
    else:
        wordings = [
            f"{part.size} {part.texture} {colours} {part.shape} {part.place}",
            f"{part.size} {colours} {part.shape} {part.place}",
            f"{part.size} {main_colour} {part.shape} {part.place}",
        ]
    return next((text for text in wordings if len(text.split()) <= MAX_DETAIL_WORDS), wordings[-1])


def _main_colours(colours: list[Colour]) -> str:
    """The first colour, and the second if it covers at least a quarter."""
    if len(colours) > 1 and colours[1].share >= 0.25:
        return f"{colours[0].shade} and {colours[1].shade}"
    return colours[0].shade
