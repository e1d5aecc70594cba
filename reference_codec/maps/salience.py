"""Salience: the regions of a picture that stand out most, found without a neural network.

A region is a connected part of similar colour and texture that differs from its surroundings. It need not be an object. SLIC
superpixels in CIELAB are merged with their neighbours, the cheapest pair first (Ward's criterion). Each region is scored by its contrast
with the other regions (nearer ones count more), its size, its place, and its share of the picture's edge.

Rule 1.  The same samples give the same masks: nothing is random, scores are rounded before they are compared, and the first of equals wins.
Rule 2.  All work is done on a copy with sides of at most 256 pixels: the cost does not grow with the picture.
Rule 3.  Masks do not overlap and are never empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from skimage.color import rgb2lab
from skimage.segmentation import slic

from misc_format.components import Samples
from reference_codec.maps.patches import Floats, Labels, Mask, means, renumbered, totals
from reference_codec.pictures.samples import rgb, shrink

WORKING_SIDE: Final = 256  # pixels
_SUPERPIXELS: Final = 240  # enough for regions of one per cent of the picture, few enough for a dense table of pairs
_COMPACTNESS: Final = 8.0  # SLIC's weight of place against colour; lower follows colour edges more closely
_MAX_REGIONS: Final = 8  # merging goes on at least until so many are left
_MIN_DISTANCE: Final = 12.0  # in CIELAB; neighbours that are closer look alike at a glance
_TEXTURE_WEIGHT: Final = 0.7  # of a difference in texture (standard deviation of L) against a difference in colour
_MIN_AREA: Final = 0.01  # of a region, as a share of the picture; a cell of an 8 x 8 map is larger
_CONTRAST_REACH: Final = (
    0.4  # distance, in sides of the picture, at which a region counts 1 / e for the contrast of another
)
_CENTRE_WIDTH: Final = 0.45  # standard deviation, in sides of the picture, of the preference for the centre


def salient_regions(samples: Samples, count: int = 3) -> tuple[Mask, ...]:
    """At most `count` regions of a picture, the most salient first, as bool masks of one shape (h, w).

    `samples`: uint8 (H, W) or (H, W, 3). h and w are H and W scaled so that the longer is at most 256 pixels. The masks are connected.
    A picture with fewer distinct regions gives fewer masks; a uniform one gives a single mask that covers it. Raises ValueError as
    `samples.rgb` and for a negative `count`.
    """
    if count < 0:
        raise ValueError(f"count must not be negative, not {count}")
    small = shrink(rgb(samples), WORKING_SIDE)
    lab = np.asarray(rgb2lab(small), dtype=np.float64)
    labels = _merge(_superpixels(small), lab)
    scores = _salience(labels, lab)
    order = np.argsort(-scores, kind="stable")[:count]
    return tuple(np.asarray(labels == index) for index in order if scores[index] > 0)


def _superpixels(small: Samples) -> Labels:
    """(h, w): labels 0, 1, ... of small connected patches whose borders follow edges of colour."""
    labels = slic(small, n_segments=_SUPERPIXELS, compactness=_COMPACTNESS, start_label=0, channel_axis=-1)
    return renumbered(labels)


@dataclass(slots=True)
class _Graph:
    """The n patches of a picture while they are merged. A patch that was merged into another has area 0 and no neighbours.

    features (n, 4): means of L, a and b, and the weighted standard deviation of L. areas (n,): in pixels. touching (n, n): whether two
    patches are neighbours. home (n,): the patch that each one is part of now.
    """

    features: Floats
    areas: Floats
    touching: Mask
    home: Labels

    def prices(self, rows: npt.NDArray[Any] | slice = slice(None)) -> tuple[Floats, Floats]:
        """Ward's cost (per pixel of the picture) and the distance between patches `rows` and all patches; inf between non-neighbours."""
        differences = self.features[rows][:, None, :] - self.features[None, :, :]
        squares = np.einsum("ijk,ijk->ij", differences, differences)
        row_areas, areas = self.areas[rows][:, None], self.areas[None, :]
        weights = row_areas * areas / np.maximum(row_areas + areas, 1.0) / self.areas.sum()
        touching = self.touching[rows]
        costs = np.where(touching, np.round(weights * squares, 6), np.inf)
        distances = np.where(touching, np.round(np.sqrt(squares), 6), np.inf)
        return costs, distances

    def merge(self, keep: int, gone: int) -> None:
        """Merge patch `gone` into patch `keep`."""
        weights = self.areas[[keep, gone]]
        self.features[keep] = weights @ self.features[[keep, gone]] / weights.sum()
        self.areas[keep], self.areas[gone] = weights.sum(), 0.0
        neighbours = self.touching[keep] | self.touching[gone]
        neighbours[[keep, gone]] = False
        self.touching[keep], self.touching[:, keep] = neighbours, neighbours
        self.touching[gone], self.touching[:, gone] = False, False
        self.home[self.home == gone] = keep


def _merge(labels: Labels, lab: Floats) -> Labels:
    """Labels 0, 1, ... after merging neighbours until there are few regions and those that touch differ visibly."""
    graph = _graph(labels, lab)
    costs, distances = graph.prices()
    count = len(graph.areas)
    while count > 1:
        # While there are many regions, Ward's cost also counts their sizes: specks vanish first. Later, only likeness counts.
        table = costs if count > _MAX_REGIONS else distances
        keep, gone = divmod(int(table.argmin()), len(graph.areas))
        if count <= _MAX_REGIONS and table[keep, gone] >= _MIN_DISTANCE:
            break
        graph.merge(keep, gone)
        for whole, [row] in zip((costs, distances), graph.prices(np.array([keep])), strict=True):
            whole[keep], whole[:, keep] = row, row
            whole[gone], whole[:, gone] = np.inf, np.inf
        count -= 1
    return renumbered(graph.home[labels])


def _graph(labels: Labels, lab: Floats) -> _Graph:
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count)
    colours = means(labels, lab, count)
    # Texture is the deviation within each patch. A local filter would see texture on both sides of every edge, and the patches along the
    # borders of regions would be merged with each other.
    mean_squares = totals(labels, lab[..., 0] ** 2, count) / areas
    deviations = np.sqrt(np.maximum(mean_squares - colours[:, 0] ** 2, 0.0))
    touching = np.zeros((count, count), dtype=bool)
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touching[one, other] = True
        touching[other, one] = True
    np.fill_diagonal(touching, False)
    features = np.column_stack([colours, _TEXTURE_WEIGHT * deviations])
    return _Graph(features, areas, touching, np.arange(count, dtype=np.int64))


def _salience(labels: Labels, lab: Floats) -> Floats:
    """(regions,): how much each region stands out, rounded; 0 for a region that is too small, unless it is the largest."""
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count) / labels.size
    centres = means(labels, _places(labels.shape[0], labels.shape[1]), count)
    scores = _contrast(means(labels, lab, count), centres, areas)
    scores *= _size_term(areas) * _centre_term(centres) * _border_term(labels, count)
    scores = np.asarray(np.round(np.maximum(scores, 1e-6), 6), dtype=np.float64)
    scores[(areas < _MIN_AREA) & (areas < areas.max())] = 0.0
    return scores


def _places(height: int, width: int) -> Floats:
    """(height, width, 2): x and y of each pixel's centre, in sides of the picture from its centre."""
    x = (np.arange(width) + 0.5) / width - 0.5
    y = (np.arange(height) + 0.5) / height - 0.5
    return np.stack(np.meshgrid(x, y), axis=-1)


def _contrast(colours: Floats, centres: Floats, areas: Floats) -> Floats:
    """(regions,): the mean distance in colour to the other regions, weighted by their areas and their nearness."""
    colour_distances = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    squared_distances = np.sum((centres[:, None] - centres[None]) ** 2, axis=-1)
    weights = areas[None] * np.exp(-squared_distances / _CONTRAST_REACH**2)
    np.fill_diagonal(weights, 0.0)
    contrast: Floats = (weights * colour_distances).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return contrast


def _size_term(areas: Floats) -> Floats:
    """Grows with the square root of the area up to 15 % of the picture; falls beyond 40 %, where a region is background."""
    return np.sqrt(np.minimum(areas / 0.15, 1.0)) * np.clip((1.2 - areas) / 0.8, 0.1, 1.0)


def _centre_term(centres: Floats) -> Floats:
    return np.asarray(np.exp(-np.sum(centres**2, axis=1) / (2 * _CENTRE_WIDTH**2)), dtype=np.float64)


def _border_term(labels: Labels, count: int) -> Floats:
    """Falls from 1 to 0.2 while a region's share of the picture's edge pixels rises from 0 to a half."""
    edge = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    shares = np.bincount(edge, minlength=count) / edge.size
    return np.asarray(1.0 - 0.8 * np.minimum(shares / 0.5, 1.0), dtype=np.float64)
