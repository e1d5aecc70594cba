"""A mask replaced by a similar one that takes fewer bits. Similar means: intersection over union is at least a minimum.

There are two kinds of candidates: masks enlarged from fewer pixels, which the context method codes as such, and the mask's contours as
polygons with fewer corners. Both are made of all parts of the mask, and without its smallest parts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import scale
from misc_format.components import BoolMap
from reference_codec.maps import polygons
from reference_codec.maps.grids import coverage

MAX_PRICED: Final = 6  # candidates of a kind whose bits are computed
THRESHOLDS: Final = (0.5, 0.46, 0.42)  # of the covered share of a cell, above which it is set
MAX_FLIPS: Final = 48  # pixels whose flipping is tried
SEARCH_STEPS: Final = 12  # for the coarsest polygons that are similar enough
MIN_PART_SHARES: Final = (0.0, 0.0015, 0.004, 0.01)  # of the mask's area; smaller parts are left out


class Simplified(NamedTuple):
    """The chosen mask, its intersection over union with the original mask, its bits, and the bits of the original mask."""

    mask: BoolMap
    iou: float
    bits: float
    bits_before: float


class _Candidate(NamedTuple):
    """A mask that is similar enough, and the small mask that it was enlarged from, None for polygons."""

    mask: BoolMap
    small: BoolMap | None


def simplify(mask: BoolMap, min_iou: float, price: Callable[[BoolMap], float]) -> Simplified:
    """The candidate of fewest bits whose intersection over union with `mask` is at least `min_iou`; the mask itself if none is smaller.

    `price`: the bits of a mask.
    """
    bits_before = price(mask)
    best = Simplified(mask, 1.0, bits_before, bits_before)
    if not mask.any() or min_iou >= 1:
        return best
    search = _Search(mask, min_iou)
    small = None
    for candidate in search.candidates():
        bits = price(candidate.mask)
        if bits < best.bits:
            best = Simplified(candidate.mask, intersection_over_union(mask, candidate.mask), bits, bits_before)
            small = candidate.small
    return best if small is None else search.smoothed(best, small, price)


def intersection_over_union(one: BoolMap, other: BoolMap) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / union) if union else 1.0


@dataclass(frozen=True)
class _Search:
    """The search for masks that are similar enough to `mask`."""

    mask: BoolMap
    min_iou: float

    def is_similar(self, candidate: BoolMap) -> bool:
        return intersection_over_union(self.mask, candidate) >= self.min_iou

    def candidates(self) -> Iterator[_Candidate]:
        """Candidates of both kinds, from all parts of the mask, and without its smallest parts."""
        contours = [polygons.Contour.of(points) for points in polygons.contours(self.mask)]
        counts = set()
        for share in MIN_PART_SHARES:
            kept = [contour for contour in contours if contour.area >= share * self.mask.sum()]
            if not kept or len(kept) in counts:
                continue
            counts.add(len(kept))
            parts = polygons.filled([contour.points for contour in kept], self.mask.shape)
            for blurred in (False, True):
                yield from itertools.islice(self._enlarged(parts, blurred=blurred), MAX_PRICED)
            coarsest = list(self._coarser_polygons(kept))[-MAX_PRICED:]
            yield from (_Candidate(polygon, None) for polygon in coarsest)

    def _enlarged(self, parts: BoolMap, *, blurred: bool) -> Iterator[_Candidate]:
        """Masks enlarged from a small mask, the smallest first. `blurred`: each small pixel also depends on its neighbours."""
        for step, threshold in itertools.product(range(scale.STEPS - 1, -1, -1), THRESHOLDS):
            height, width = (scale.reduced_side(side, step) for side in self.mask.shape)
            covered = np.stack(list(coverage(parts, width, height))).astype(np.float64)
            small = (_blurred(covered) if blurred else covered) > threshold * self.mask.size
            candidate = scale.enlarged(small, *self.mask.shape)
            if self.is_similar(candidate):
                yield _Candidate(candidate, small)

    def _coarser_polygons(self, contours: list[polygons.Contour]) -> Iterator[BoolMap]:
        """Masks of polygons with fewer and fewer corners. A bisection finds how unimportant a corner must be to be left out."""
        low, high = 0.2, 0.05 * float(self.mask.sum())
        for _ in range(SEARCH_STEPS):
            min_importance = float(np.sqrt(low * high))
            coarser = [contour.polygon(min_importance) for contour in contours]
            candidate = polygons.filled(coarser, self.mask.shape)
            if self.is_similar(candidate):
                low = min_importance
                yield candidate
            else:
                high = min_importance

    def smoothed(self, best: Simplified, small: BoolMap, price: Callable[[BoolMap], float]) -> Simplified:
        """The best mask, enlarged from `small`, without those single-pixel bumps and dents of `small` that cost bits."""
        for row, column in _bumps(small)[:MAX_FLIPS].tolist():
            small[row, column] ^= True
            candidate = scale.enlarged(small, *self.mask.shape)
            iou = intersection_over_union(self.mask, candidate)
            bits = price(candidate) if iou >= self.min_iou else best.bits
            if bits < best.bits:
                best = Simplified(candidate, iou, bits, best.bits_before)
            else:
                small[row, column] ^= True
        return best


def _blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (h, w) under a 3 x 3 binomial filter."""
    padded = np.pad(values, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16)


def _bumps(small: BoolMap) -> NDArray[np.int64]:
    """The pixels, as (row, column), with at most four of their eight neighbours alike, those with the fewest first."""
    padded = np.pad(small.astype(np.int64), 1)
    height, width = small.shape
    set_neighbours = sum(padded[j : j + height, i : i + width] for j in range(3) for i in range(3)) - small
    alike = np.where(small, set_neighbours, 8 - set_neighbours)
    bumps = np.argwhere(alike <= 4)
    return bumps[np.argsort(alike[tuple(bumps.T)], kind="stable")]
