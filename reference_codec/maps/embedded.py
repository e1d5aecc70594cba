"""The embedded map maker: the objects that the detector knows, then what else stands out.

Rule 1.  Objects come first; what is salient beside them fills up.
Rule 2.  Work happens on a copy of at most 256 pixels a side; only the detector sees more.
Rule 3.  Masks are never empty and do not overlap, save those of objects that a text names.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from misc_format.components import Samples
from reference_codec.detector import Detection
from reference_codec.maps import boxes, salience
from reference_codec.maps.patches import Mask
from reference_codec.pictures.samples import rgb, shrink

_LEFT: Final = 0.5  # of a region, outside those before it, for it to be another one
_SLIVER: Final = 0.01  # share of the picture below which a region is left out
_USUAL: Final = 0.05  # share of the picture from which on an object's size counts no more
#: What describers call some of the detector's kinds.
_SYNONYMS: Final = {
    "man": "person", "woman": "person", "boy": "person", "girl": "person", "child": "person", "people": "person",
    "table": "dining table", "sofa": "couch", "plant": "potted plant", "television": "tv", "bike": "bicycle",
    "motorbike": "motorcycle", "plane": "airplane", "mug": "cup", "phone": "cell phone", "puppy": "dog", "kitten": "cat",
}  # fmt: skip


class Region(NamedTuple):
    """A part of the picture, bool (h, w), and the kind of object that it is; None for one that only stands out."""

    mask: Mask
    name: str | None = None


def regions(samples: Samples, count: int, found: Sequence[Detection]) -> tuple[Region, ...]:
    """At most `count` regions of a picture, uint8 (H, W) or (H, W, 3), in which the detector found these objects.

    Masks have one shape (h, w), H and W scaled so that the longer is at most 256 pixels. Without objects they are those of
    `salience.salient_regions`. Raises ValueError as that does.
    """
    if count <= 0:
        return tuple(map(Region, salience.salient_regions(samples, count)))
    best = sorted(found, key=_weight, reverse=True)[: 2 * count]
    return tuple(_apart(_candidates(samples, best, count), count))


def for_names(samples: Samples, names: Sequence[str], found: Sequence[Detection]) -> tuple[Region, ...]:
    """A region for each name: the object that it speaks of if that was found, else the next salient one, unnamed.

    Where there are no more of those, everything. Raises ValueError as `regions` does.
    """
    matches = _matches(names, found)
    things = [thing for thing in matches if thing]
    placed = dict(zip(things, _inside(samples, things), strict=True))
    others = _apart(map(Region, salience.salient_regions(samples, len(names))), len(names), placed.values())
    everywhere = Region(np.ones((1, 1), np.bool_))
    return tuple(Region(placed[thing], thing.name) if thing else next(others, everywhere) for thing in matches)


def _weight(thing: Detection) -> float:
    return round(thing.score * math.sqrt(min(thing.box.area / _USUAL, 1.0)), 4)


def _matches(names: Sequence[str], found: Sequence[Detection]) -> list[Detection | None]:
    """For each name the best object of its kind that no name before it has."""
    left, matches = list(found), list[Detection | None]()
    for name in names:
        words = name.lower().split()
        kinds = {" ".join(words[-2:]), *words[-1:], *(_SYNONYMS.get(word) for word in words[-1:])}
        thing = next((thing for thing in left if thing.name in kinds), None)
        if thing:
            left.remove(thing)
        matches.append(thing)
    return matches


def _inside(samples: Samples, things: Sequence[Detection]) -> Iterator[Mask]:
    small = shrink(rgb(samples), salience.WORKING_SIDE)
    return (boxes.region(small, thing.box) for thing in things)


def _candidates(samples: Samples, things: Sequence[Detection], count: int) -> Iterator[Region]:
    for mask, thing in zip(_inside(samples, things), things, strict=True):
        yield Region(mask, thing.name)
    yield from map(Region, salience.salient_regions(samples, count + len(things)))


def _apart(regions: Iterable[Region], count: int, before: Iterable[Mask] = ()) -> Iterator[Region]:
    """The first regions, `count` at most, each without what those before it hold, unless little of it is left then."""
    taken = list(before)
    for region in regions:
        free = region.mask & ~np.logical_or.reduce(taken) if taken else region.mask
        if not taken or free.sum() >= max(_LEFT * region.mask.sum(), _SLIVER * free.size):
            taken.append(region.mask)
            yield region._replace(mask=free)
            count -= 1
        if not count:
            break
