"""The contours of a mask as polygons with fewer corners."""

from __future__ import annotations

import heapq
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap

Points = NDArray[np.float64]  # (n, 2): y and x; the first point of a closed contour is repeated at its end
MAX_SHIFT: Final = 6.0  # pixels by which a corner may move


class _Line(NamedTuple):
    """A line fitted to points: their centre, the line's direction (y, x), and their number."""

    centre: Points
    direction: Points
    points: int


class Contour(NamedTuple):
    """A closed contour: its points, the importance of each (n - 1,), and its area in pixels."""

    points: Points
    importances: NDArray[np.float64]
    area: float

    @classmethod
    def of(cls, points: Points) -> Contour:
        """The contour of these points."""
        y, x = points[:, 0], points[:, 1]
        area = float(abs(np.dot(y[:-1], x[1:]) - np.dot(y[1:], x[:-1]))) / 2
        return cls(points, _importances(points), area)

    def polygon(self, min_importance: float) -> Points:
        """The polygon with a corner at each point of at least this importance; the contour itself for fewer than three corners.

        Each edge is a line fitted to the points between two corners, and each corner moves to where the lines beside it meet.
        """
        corners = np.flatnonzero(self.importances >= min_importance)
        if len(corners) < 3:
            return self.points
        points = self.points[:-1]
        ends = [*corners[1:], corners[0] + len(points)]
        lines = [
            _fitted(points[np.arange(start, end + 1) % len(points)]) for start, end in zip(corners, ends, strict=True)
        ]
        return np.array([_moved(points[corner], lines[i - 1], lines[i]) for i, corner in enumerate(corners)])


def contours(mask: BoolMap) -> list[Points]:
    """The closed contours of a mask, around its parts and around its holes."""
    from skimage.measure import find_contours

    padded = np.pad(mask, 1).astype(np.float64)
    return [contour - 1 for contour in find_contours(padded, 0.5)]  # type: ignore[no-untyped-call]


def filled(polygons: list[Points], shape: tuple[int, ...]) -> BoolMap:
    """The mask of the pixels inside an odd number of polygons."""
    from skimage.draw import polygon2mask

    mask = np.zeros(shape, np.bool_)
    for polygon in polygons:
        mask ^= polygon2mask(shape, polygon)  # type: ignore[no-untyped-call]
    return mask


def _importances(contour: Points) -> NDArray[np.float64]:
    """(n - 1,): the importance of each point, by the algorithm of Visvalingam and Whyatt (1993).

    The point that spans the smallest triangle with its neighbours is removed, until three are left. A point's importance is the largest
    area of a triangle so far; that of the last three is infinite.
    """
    points = contour[:-1].tolist()
    count = len(points)
    previous, following = [(i - 1) % count for i in range(count)], [(i + 1) % count for i in range(count)]

    def triangle(i: int) -> float:
        (ay, ax), (by, bx), (cy, cx) = points[previous[i]], points[i], points[following[i]]
        return float(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))) / 2

    heap = [(triangle(i), i) for i in range(count)]
    heapq.heapify(heap)
    importances = np.full(count, np.inf)
    areas = {i: area for area, i in heap}  # an entry of the heap with another area is outdated
    largest = 0.0
    while heap and len(areas) > 3:
        area, i = heapq.heappop(heap)
        if areas.get(i) != area:
            continue
        largest = max(largest, area)
        importances[i] = largest
        del areas[i]
        following[previous[i]], previous[following[i]] = following[i], previous[i]
        for neighbour in (previous[i], following[i]):
            areas[neighbour] = triangle(neighbour)
            heapq.heappush(heap, (areas[neighbour], neighbour))
    return importances


def _fitted(points: Points) -> _Line:
    """The line with the smallest sum of squared distances from the points."""
    centre = points.mean(0)
    return _Line(centre, np.linalg.svd(points - centre, full_matrices=False)[2][0], len(points))


def _moved(corner: Points, before: _Line, after: _Line) -> Points:
    """The corner moved to where two lines meet; unmoved if they are too short or too parallel, or meet too far away."""
    (one, along, one_count), (other, across, other_count) = before, after
    determinant = along[0] * across[1] - along[1] * across[0]
    if one_count <= 2 or other_count <= 2 or abs(determinant) <= 0.1:
        return corner
    offset = other - one
    intersection = one + along * (offset[0] * across[1] - offset[1] * across[0]) / determinant
    return np.asarray(intersection if np.abs(intersection - corner).max() <= MAX_SHIFT else corner)
