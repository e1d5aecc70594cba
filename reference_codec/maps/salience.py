"""Salience: up to a few regions of a picture that stand out, found without any neural model.

Purpose: give the embedded describer something to point at beside the objects that its detector knows.  A region is a
connected part of similar colour and texture that differs from what is around it.  It is not an object: nothing here
knows what a picture shows.

How: SLIC superpixels in CIELAB -> neighbours merged, cheapest first (Ward's criterion) -> each region scored by its
contrast with the others (nearer ones count more), its size, its place and how much of the picture's edge it holds.

Rule 1.  Same samples, same masks: no random numbers; scores are rounded before they are compared; the first wins a tie.
Rule 2.  Work happens on a copy of at most 256 pixels a side, so cost does not grow with the picture.
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
_SUPERPIXELS: Final = 240  # enough for regions of one per cent, few enough for a dense table of pairs
_COMPACTNESS: Final = 8.0  # SLIC's weight of place against colour; lower follows colour edges more closely
_MOST_REGIONS: Final = 8  # merging goes on at least until so few are left
_DISTINCT: Final = 12.0  # CIELAB distance below which two neighbours look alike at a glance
_TEXTURE_WEIGHT: Final = 0.7  # of the spread of lightness against a difference in colour
_SLIVER: Final = 0.01  # share of the picture; smaller regions are below one cell of an 8 x 8 map
_NEAR: Final = 0.4  # reach, in picture diagonals, of the spatial weighting of contrast
_CENTRE: Final = 0.45  # width, in picture sides, of the bell-shaped preference for the centre


def salient_regions(samples: Samples, count: int = 3) -> tuple[Mask, ...]:
    """At most `count` regions of a picture, the most salient first, as bool masks of one shape (h, w).

    `samples` is uint8 (H, W) or (H, W, 3); h and w are H and W scaled so that the longer is at most 256 pixels.  The
    masks are connected, do not overlap and are not empty.  A picture with fewer distinct regions gives fewer masks; a
    uniform one gives a single mask that covers everything.  Raises ValueError for samples of another kind (see
    `samples.rgb`) and for a negative `count`.
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
    """(h, w) labels 0, 1, ... of small connected patches that follow colour edges."""
    labels = slic(small, n_segments=_SUPERPIXELS, compactness=_COMPACTNESS, start_label=0, channel_axis=-1)
    return renumbered(labels)


@dataclass(slots=True)
class _Graph:
    """Patches while they are merged; n of them at first.  A patch that went into another has area 0 and no neighbours.

    features (n, 4): mean L, a, b and the weighted spread of L; areas (n,): pixels; touching (n, n): which are
    neighbours; home (n,): the patch that each one is part of now.
    """

    features: Floats
    areas: Floats
    touching: Mask
    home: Labels

    def prices(self, rows: npt.NDArray[Any] | slice = slice(None)) -> tuple[Floats, Floats]:
        """Ward's cost (per pixel of the picture) and plain distance, patches `rows` to all; inf where apart."""
        apart = self.features[rows][:, None, :] - self.features[None, :, :]
        squares = np.einsum("ijk,ijk->ij", apart, apart)
        mine, theirs = self.areas[rows][:, None], self.areas[None, :]
        weight = mine * theirs / np.maximum(mine + theirs, 1.0) / self.areas.sum()
        joined = self.touching[rows]
        costs = np.where(joined, np.round(weight * squares, 6), np.inf)
        distances = np.where(joined, np.round(np.sqrt(squares), 6), np.inf)
        return costs, distances

    def join(self, keep: int, gone: int) -> None:
        """Make patch `gone` a part of patch `keep`."""
        weights = self.areas[[keep, gone]]
        self.features[keep] = weights @ self.features[[keep, gone]] / weights.sum()
        self.areas[keep], self.areas[gone] = weights.sum(), 0.0
        both = self.touching[keep] | self.touching[gone]
        both[[keep, gone]] = False
        self.touching[keep], self.touching[:, keep] = both, both
        self.touching[gone], self.touching[:, gone] = False, False
        self.home[self.home == gone] = keep


def _merge(labels: Labels, lab: Floats) -> Labels:
    """Join neighbours until few regions are left and those that touch differ visibly; labels 0, 1, ... again."""
    graph = _graph(labels, lab)
    costs, distances = graph.prices()
    left = len(graph.areas)
    while left > 1:
        # While there are many, size counts, so that specks vanish first; then only whether two look alike.
        table = costs if left > _MOST_REGIONS else distances
        keep, gone = divmod(int(table.argmin()), len(graph.areas))
        if left <= _MOST_REGIONS and table[keep, gone] >= _DISTINCT:
            break
        graph.join(keep, gone)
        for whole, part in zip((costs, distances), graph.prices(np.array([keep])), strict=True):
            whole[keep], whole[:, keep] = part[0], part[0]
            whole[gone], whole[:, gone] = np.inf, np.inf
        left -= 1
    return renumbered(graph.home[labels])


def _graph(labels: Labels, lab: Floats) -> _Graph:
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count)
    colours = means(labels, lab, count)
    # The spread inside each patch, not a local filter: a filter would see texture on both sides of every edge and the
    # rims of regions would then be merged with each other.
    squares = totals(labels, lab[..., 0] ** 2, count) / areas
    spread = np.sqrt(np.maximum(squares - colours[:, 0] ** 2, 0.0))
    touching = np.zeros((count, count), dtype=bool)
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touching[one, other] = True
        touching[other, one] = True
    np.fill_diagonal(touching, False)
    features = np.column_stack([colours, _TEXTURE_WEIGHT * spread])
    return _Graph(features, areas, touching, np.arange(count, dtype=np.int64))


def _salience(labels: Labels, lab: Floats) -> Floats:
    """(regions,): how much each region stands out, rounded; 0 for slivers.  The largest region is never a sliver."""
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count) / labels.size
    centres = means(labels, _places(labels.shape[0], labels.shape[1]), count)
    scores = _contrast(means(labels, lab, count), centres, areas)
    scores *= _size_term(areas) * _centre_term(centres) * _border_term(labels, count)
    scores = np.asarray(np.round(np.maximum(scores, 1e-6), 6), dtype=np.float64)
    scores[(areas < _SLIVER) & (areas < areas.max())] = 0.0
    return scores


def _places(height: int, width: int) -> Floats:
    """(height, width, 2): x and y of each pixel's centre, from -0.5 to 0.5 of the picture's width and height."""
    x = (np.arange(width) + 0.5) / width - 0.5
    y = (np.arange(height) + 0.5) / height - 0.5
    return np.stack(np.meshgrid(x, y), axis=-1)


def _contrast(colours: Floats, centres: Floats, areas: Floats) -> Floats:
    """Mean colour distance to the other regions, weighted by their area and nearness."""
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    away = np.sum((centres[:, None] - centres[None]) ** 2, axis=-1)
    weights = areas[None] * np.exp(-away / _NEAR**2)
    np.fill_diagonal(weights, 0.0)
    contrast: Floats = (weights * apart).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return contrast


def _size_term(areas: Floats) -> Floats:
    """Grows with the root of the area up to 15 % of the picture; falls again beyond two fifths (background)."""
    return np.sqrt(np.minimum(areas / 0.15, 1.0)) * np.clip((1.2 - areas) / 0.8, 0.1, 1.0)


def _centre_term(centres: Floats) -> Floats:
    return np.asarray(np.exp(-np.sum(centres**2, axis=1) / (2 * _CENTRE**2)), dtype=np.float64)


def _border_term(labels: Labels, count: int) -> Floats:
    """Falls from 1 to 0.2 with the share of the picture's outer edge that a region holds, in full at a half."""
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    share = np.bincount(rim, minlength=count) / rim.size
    return np.asarray(1.0 - 0.8 * np.minimum(share / 0.5, 1.0), dtype=np.float64)
