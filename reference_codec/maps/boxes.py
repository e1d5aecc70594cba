"""From the box of an object to its region: the pixels in the box that look like its middle rather than like its surroundings.

How: superpixels in and around the box; a density of colours (CIELAB) of those inside and of those outside; a minimum cut between both that
also prefers borders along edges of colour, and the box's middle. This is the first cut of GrabCut (Rother et al., 2004), on superpixels;
further ones were no better.

Rule 1.  Same samples, same mask: no random numbers; the cut is made in whole numbers.
Rule 2.  A region lies in its box, is connected, has no holes and is never empty.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow
from skimage.color import rgb2lab
from skimage.segmentation import slic

from misc_format.components import Samples
from reference_codec.detector import Box
from reference_codec.maps.patches import Floats, Labels, Mask, means, renumbered, totals

_AROUND: Final = 0.25  # of the box's sides, seen around it
_SUPERPIXELS: Final = 350
_COMPACTNESS: Final = 12.0
_ALIKE: Final = 5.0  # width, in CIELAB, of the bell of the densities
_FAINTEST: Final = 1e-4  # density of a colour that was not seen
_MIDDLE: Final = 1.0  # how much nearness to the middle counts against colour
_STRONGEST: Final = 6.0  # a superpixel's leaning, at most
_CORE: Final = 0.05  # squared distance from the middle within which all is the object
_STEPS: Final = 16  # of a capacity, to a unit


class _Crop(NamedTuple):
    """Superpixels in and around a box, n of them.

    labels (h, w); areas (n,): pixels; inside (n,): shares within the box; away (n,): mean squared distances from its middle, 1 at the
    middles of its edges; alike (n, n): kernel of colours; pairs (2, m): neighbours; edges (m,): cost of a border between them.
    """

    labels: Labels
    areas: Floats
    inside: Floats
    away: Floats
    alike: Floats
    pairs: Labels
    edges: Floats


def region(samples: Samples, box: Box) -> Mask:
    """The object's pixels, bool (h, w), of a small picture, uint8 (h, w, 3), in which it has this box.

    Where nothing is left of it, the box itself.
    """
    height, width = samples.shape[:2]
    inner = _pixels(box, width, height, 0)
    rows, columns = _pixels(box, width, height, _AROUND)
    frame = Box(*(np.array(box) * (width, height, width, height) - (columns.start, rows.start) * 2))
    found = _cut(_crop(samples[rows, columns], frame))
    mask = np.zeros((height, width), np.bool_)
    mask[rows, columns] = found
    within = np.zeros_like(mask)
    within[inner] = True
    mask = _largest(ndimage.binary_fill_holes(mask & within))
    return mask if mask.any() else within


def _pixels(box: Box, width: int, height: int, around: float) -> tuple[slice, slice]:
    """Rows and columns that a box touches, and a share of its sides around it."""
    more = (box.right - box.left) * around, (box.bottom - box.top) * around
    found = []
    for first, last, side, beyond in zip(box[:2], box[2:], (width, height), more, strict=True):
        start = min(max(int(np.floor((first - beyond) * side)), 0), side - 1)
        found.append(slice(start, min(max(int(np.ceil((last + beyond) * side)), start + 1), side)))
    return found[1], found[0]


def _crop(samples: Samples, frame: Box) -> _Crop:
    """What `_Crop` has, of samples (h, w, 3) in which the box has this place, in pixels."""
    lab = np.asarray(rgb2lab(samples), np.float64)
    labels = renumbered(
        slic(samples, n_segments=_SUPERPIXELS, compactness=_COMPACTNESS, start_label=0, channel_axis=-1)
    )
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count)
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]] + 0.5
    across = (2 * x - frame.left - frame.right) / max(frame.right - frame.left, 1.0)
    down = (2 * y - frame.top - frame.bottom) / max(frame.bottom - frame.top, 1.0)
    inside, away = means(labels, np.stack([(abs(across) < 1) & (abs(down) < 1), across**2 + down**2], -1), count).T
    colours = means(labels, lab, count)
    squares = np.sum((colours[:, None] - colours[None]) ** 2, -1)
    pairs, lengths = _borders(labels)
    apart = squares[pairs[0], pairs[1]]
    usual = 2 * max(float(apart.mean()) if apart.size else 0.0, 1e-6)
    alike = np.exp(-squares / (2 * _ALIKE**2))
    return _Crop(labels, areas, inside, away, alike, pairs, lengths * np.exp(-apart / usual))


def _borders(labels: Labels) -> tuple[Labels, Floats]:
    """Pairs of neighbouring labels (2, m), and the length of the border between them (m,), in pixels."""
    sides = ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:]))
    touching = np.concatenate([np.stack([one[one != other], other[one != other]]) for one, other in sides], axis=1)
    pairs, lengths = np.unique(np.sort(touching, axis=0), axis=1, return_counts=True)
    return pairs, lengths.astype(np.float64)


def _leanings(crop: _Crop) -> Floats:
    """(n,): how much each superpixel leans to the object, negative to its surroundings, in units of a border of one pixel."""
    middle, outside = crop.inside * np.exp(-2 * crop.away), 1 - crop.inside
    leanings = np.log(_density(crop, middle) / _density(crop, outside)) + _MIDDLE * (0.5 - crop.away)
    leanings = np.clip(leanings, -_STRONGEST, _STRONGEST) * crop.areas / np.sqrt(crop.areas.mean())
    certain = _STRONGEST * float(crop.areas.sum())
    leanings[crop.inside < 0.5] = -certain
    core = crop.away < _CORE
    leanings[core] = np.maximum(leanings[core], _STRONGEST * np.sqrt(crop.areas.mean()))
    return np.asarray(leanings)


def _density(crop: _Crop, shares: Floats) -> Floats:
    """(n,): how usual the colour of each superpixel is in these shares of all."""
    weights = crop.areas * shares
    return np.asarray(crop.alike @ weights / max(float(weights.sum()), 1e-9) + _FAINTEST)


def _cut(crop: _Crop) -> Mask:
    """(h, w): what a minimum cut leaves with the object."""
    leanings = _leanings(crop)
    count = len(leanings)
    places, (one, other) = np.arange(count), crop.pairs
    start, stop = np.full(count, count), np.full(count, count + 1)
    capacities = [np.maximum(leanings, 0), np.maximum(-leanings, 0), 2 * crop.edges, 2 * crop.edges]
    ends = np.concatenate([start, places, one, other]), np.concatenate([places, stop, other, one])
    whole = np.round(np.concatenate(capacities) * _STEPS).astype(np.int32)
    network = csr_array(coo_array((whole, ends), shape=(count + 2, count + 2)))
    left = network - maximum_flow(network, count, count + 1).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, count, return_predecessors=False)
    found = np.zeros(count + 2, np.bool_)
    found[reached] = True
    return np.asarray(found[crop.labels])


def _largest(mask: npt.NDArray[np.bool_]) -> Mask:
    """The largest connected part."""
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))
