"""The embedded map maker: the objects that the detector has found, then the other parts of the picture that stand out.

Rule 1.  Objects come first, then salient regions.
Rule 2.  Regions are cut out of a copy with sides of at most 256 pixels; only the detector sees more.
Rule 3.  Masks are never empty. They do not overlap, except those of objects that a text names.
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

_MIN_FREE_SHARE: Final = 0.5  # of a region that earlier regions do not cover; with less, it is left out
_MIN_AREA: Final = 0.01  # of a region, as a share of the picture
_FULL_WEIGHT_AREA: Final = 0.05  # of an object, as a share of the picture; a larger one has no more weight
#: The detector's kinds for some words of describers.
_SYNONYMS: Final = {
    "man": "person", "woman": "person", "boy": "person", "girl": "person", "child": "person", "people": "person",
    "table": "dining table", "sofa": "couch", "plant": "potted plant", "television": "tv", "bike": "bicycle",
    "motorbike": "motorcycle", "plane": "airplane", "mug": "cup", "phone": "cell phone", "puppy": "dog", "kitten": "cat",
}  # fmt: skip


class Region(NamedTuple):
    """A part of the picture: its mask, bool (h, w), and the kind of the object in it; None for a part that only stands out."""

    mask: Mask
    name: str | None = None


def regions(samples: Samples, count: int, detections: Sequence[Detection]) -> tuple[Region, ...]:
    """At most `count` regions of a picture, uint8 (H, W) or (H, W, 3), in which the detector has found these objects.

    All masks have the shape (h, w): H and W scaled so that the longer is at most 256 pixels. Without objects, the regions are those of
    `salience.salient_regions`. Raises ValueError as that.
    """
    if count <= 0:
        return tuple(map(Region, salience.salient_regions(samples, count)))
    best = sorted(detections, key=_weight, reverse=True)[: 2 * count]
    return tuple(_separated(_candidates(samples, best, count), count))


def for_names(samples: Samples, names: Sequence[str], detections: Sequence[Detection]) -> tuple[Region, ...]:
    """A region for each name: the object that it names, if the detector has found it, else the next salient region, without a name.

    If there are no more salient regions, the whole picture. Raises ValueError as `regions`.
    """
    matches = _matches(names, detections)
    matched = [detection for detection in matches if detection]
    masks = dict(zip(matched, _masks(samples, matched), strict=True))
    salient = map(Region, salience.salient_regions(samples, len(names)))
    others = _separated(salient, len(names), masks.values())
    everywhere = Region(np.ones((1, 1), np.bool_))
    return tuple(Region(masks[match], match.name) if match else next(others, everywhere) for match in matches)


def _weight(detection: Detection) -> float:
    """The score, reduced for a small object."""
    return round(detection.score * math.sqrt(min(detection.box.area / _FULL_WEIGHT_AREA, 1.0)), 4)


def _matches(names: Sequence[str], detections: Sequence[Detection]) -> list[Detection | None]:
    """For each name the best object of the kind that it ends with ("coffee cup"). No object is taken twice."""
    unmatched, matches = list(detections), list[Detection | None]()
    for name in names:
        words = name.lower().split()
        kinds = {" ".join(words[-2:]), *words[-1:], *(_SYNONYMS.get(word) for word in words[-1:])}
        match = next((detection for detection in unmatched if detection.name in kinds), None)
        if match:
            unmatched.remove(match)
        matches.append(match)
    return matches


def _masks(samples: Samples, detections: Sequence[Detection]) -> Iterator[Mask]:
    small = shrink(rgb(samples), salience.WORKING_SIDE)
    return (boxes.region(small, detection.box) for detection in detections)


def _candidates(samples: Samples, detections: Sequence[Detection], count: int) -> Iterator[Region]:
    """The regions of the objects, then salient regions."""
    for mask, detection in zip(_masks(samples, detections), detections, strict=True):
        yield Region(mask, detection.name)
    yield from map(Region, salience.salient_regions(samples, count + len(detections)))


def _separated(candidates: Iterable[Region], count: int, taken_masks: Iterable[Mask] = ()) -> Iterator[Region]:
    """The first `count` candidates, each without the pixels of earlier ones. A candidate with too few pixels left is skipped."""
    taken = list(taken_masks)
    for region in candidates:
        free = region.mask & ~np.logical_or.reduce(taken) if taken else region.mask
        if not taken or free.sum() >= max(_MIN_FREE_SHARE * region.mask.sum(), _MIN_AREA * free.size):
            taken.append(region.mask)
            yield region._replace(mask=free)
            count -= 1
        if not count:
            break
