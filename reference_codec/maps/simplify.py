"""A cheaper mask that overlaps the given one well enough: enlarged from fewer pixels, which the context method codes as such, or its
contours as polygons with few corners; its small parts left out.

The overlap is the intersection over the union.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import scale
from misc_format.components import BoolMap
from reference_codec.maps.grids import coverage

Polygon = NDArray[np.float64]

PRICED = 6  # candidates of a kind whose bits are counted
THRESHOLDS = (0.5, 0.46, 0.42)  # of the part of a cell that the mask covers
TRIED = 48  # bumps
SEARCH = 12  # steps
FARTHEST = 6.0  # pixels that a corner may move
SHARES = (0.0, 0.0015, 0.004, 0.01)  # parts of less than this share of the mask's area are left out


class Simplified(NamedTuple):
    """The mask chosen, its overlap with the given one, and the bits of both."""

    mask: BoolMap
    overlap: float
    bits: float
    bits_before: float


def simplify(mask: BoolMap, least: float, price: Callable[[BoolMap], float]) -> Simplified:
    """The cheapest mask found, by `price` in bits, whose overlap with `mask` is at least `least`; perhaps the mask itself."""
    before = price(mask)
    best = Simplified(mask, 1.0, before, before)
    if not mask.any() or least >= 1:
        return best
    small = None
    for candidate, source in _candidates(mask, least):
        bits = price(candidate)
        if bits < best.bits:
            best = Simplified(candidate, overlap(mask, candidate), bits, before)
            small = source
    return best if small is None else _smoothed(mask, least, price, best, small)


def _smoothed(
    mask: BoolMap, least: float, price: Callable[[BoolMap], float], best: Simplified, small: BoolMap
) -> Simplified:
    """The enlarged mask without those bumps and dents of a pixel of its source that it may lose and that cost bits."""
    for y, x in _bumps(small)[:TRIED].tolist():
        small[y, x] ^= True
        candidate = scale.enlarged(small, *mask.shape)
        found = overlap(mask, candidate)
        bits = price(candidate) if found >= least else best.bits
        if bits < best.bits:
            best = Simplified(candidate, found, bits, best.bits_before)
        else:
            small[y, x] ^= True
    return best


def _bumps(small: BoolMap) -> NDArray[np.int64]:
    """Pixels of which most neighbours have the other colour, the loneliest first."""
    wide = np.pad(small.astype(np.int64), 1)
    height, width = small.shape
    around = sum(wide[j : j + height, i : i + width] for j in range(3) for i in range(3)) - small
    alike = np.where(small, around, 8 - around)
    places = np.argwhere(alike <= 4)
    return places[np.argsort(alike[tuple(places.T)], kind="stable")]


def overlap(one: BoolMap, other: BoolMap) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / union) if union else 1.0


def _candidates(mask: BoolMap, least: float) -> Iterator[tuple[BoolMap, BoolMap | None]]:
    """Masks whose overlap is enough, of every kind: of all parts of the mask, and without its smallest ones.

    With what it was enlarged from, if it was.
    """
    contours = _contours(mask)
    areas = np.array([_area(contour) for contour in contours])
    orders = [_importance(contour) for contour in contours]
    tried = set()
    for share in SHARES:
        kept = [index for index, area in enumerate(areas) if area >= share * mask.sum()]
        if not kept or len(kept) in tried:
            continue
        tried.add(len(kept))
        parts = _filled([contours[index] for index in kept], mask.shape)
        for spread in (False, True):
            yield from itertools.islice(_enlarged(mask, least, parts, spread=spread), PRICED)
        polygons = _coarser_polygons(
            mask, least, [contours[index] for index in kept], [orders[index] for index in kept]
        )
        yield from ((polygon, None) for polygon in list(polygons)[-PRICED:])


def _enlarged(mask: BoolMap, least: float, parts: BoolMap, *, spread: bool) -> Iterator[tuple[BoolMap, BoolMap]]:
    """Masks enlarged from a few pixels, from the fewest on; `spread`: smoother, each pixel by what is around it, too."""
    for step, threshold in itertools.product(range(scale.STEPS - 1, -1, -1), THRESHOLDS):
        height, width = (scale.reduced_side(side, step) for side in mask.shape)
        covered = np.stack(list(coverage(parts, width, height))).astype(np.float64)
        if spread:
            wide = np.pad(covered, 1, mode="edge")
            wide = wide[:-2] + 2 * wide[1:-1] + wide[2:]
            covered = (wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]) / 16
        small = covered > threshold * mask.size
        candidate = scale.enlarged(small, *mask.shape)
        if overlap(mask, candidate) >= least:
            yield candidate, small


def _coarser_polygons(
    mask: BoolMap, least: float, contours: list[Polygon], orders: list[NDArray[np.float64]]
) -> Iterator[BoolMap]:
    finer, coarser = 0.2, 0.05 * float(mask.sum())
    for _ in range(SEARCH):
        limit = float(np.sqrt(finer * coarser))
        polygons = [_polygon(contour, order >= limit) for contour, order in zip(contours, orders, strict=True)]
        candidate = _filled(polygons, mask.shape)
        if overlap(mask, candidate) >= least:
            finer = limit
            yield candidate
        else:
            coarser = limit


def _contours(mask: BoolMap) -> list[Polygon]:
    from skimage.measure import find_contours

    padded = np.pad(mask, 1).astype(np.float64)
    return [contour - 1 for contour in find_contours(padded, 0.5)]  # type: ignore[no-untyped-call]


def _area(contour: Polygon) -> float:
    y, x = contour[:, 0], contour[:, 1]
    return float(abs(np.dot(y[:-1], x[1:]) - np.dot(y[1:], x[:-1]))) / 2


def _importance(contour: Polygon) -> NDArray[np.float64]:
    """For each point of a closed contour, the area that leaving it out costs, after those that cost less (Visvalingam and Whyatt, 1993)."""
    points = contour[:-1].tolist()
    count = len(points)
    before, after = [(i - 1) % count for i in range(count)], [(i + 1) % count for i in range(count)]

    def cost(i: int) -> float:
        (ay, ax), (by, bx), (cy, cx) = points[before[i]], points[i], points[after[i]]
        return float(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))) / 2

    heap = [(cost(i), i) for i in range(count)]
    heapq.heapify(heap)
    found = np.full(count, np.inf)
    current = {i: value for value, i in heap}
    reached, left = 0.0, count
    while heap and left > 3:
        value, i = heapq.heappop(heap)
        if current.get(i) != value:
            continue
        reached = max(reached, value)
        found[i] = reached
        del current[i]
        left -= 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for other in (before[i], after[i]):
            current[other] = cost(other)
            heapq.heappush(heap, (current[other], other))
    return found


def _polygon(contour: Polygon, corners: NDArray[np.bool_]) -> Polygon:
    """The polygon whose edges fit the points between these corners best: corners are where neighbouring lines meet."""
    places = np.flatnonzero(corners)
    if len(places) < 3:
        return contour
    points = contour[:-1]
    lines = []
    for start, stop in zip(places, [*places[1:], places[0] + len(points)], strict=True):
        part = points[np.arange(start, stop + 1) % len(points)]
        centre = part.mean(0)
        lines.append((centre, np.linalg.svd(part - centre, full_matrices=False)[2][0], len(part)))
    found = []
    for index, place in enumerate(places):
        (one, along, n), (other, across, m) = lines[index - 1], lines[index]
        corner = points[place]
        determinant = along[0] * across[1] - along[1] * across[0]
        if n > 2 and m > 2 and abs(determinant) > 0.1:
            offset = other - one
            meeting = one + along * (offset[0] * across[1] - offset[1] * across[0]) / determinant
            if np.abs(meeting - corner).max() <= FARTHEST:
                corner = meeting
        found.append(corner)
    return np.array(found)


def _filled(polygons: list[Polygon], shape: tuple[int, ...]) -> BoolMap:
    """The pixels inside an odd number of polygons."""
    from skimage.draw import polygon2mask

    filled = np.zeros(shape, np.bool_)
    for polygon in polygons:
        filled ^= polygon2mask(shape, polygon)  # type: ignore[no-untyped-call]
    return filled
