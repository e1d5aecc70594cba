"""The region of an object in its box: the pixels that look like the middle of the box rather than like its surroundings.

The pixels in and around the box are grouped into superpixels. Two densities of colours (CIELAB) are estimated, inside and outside. A
minimum cut between the two also prefers borders along edges of colour, and the middle of the box. This is the first cut of GrabCut (Rother
et al., 2004) on superpixels; further cuts gave no better regions.

Rule 1.  The same samples give the same mask: nothing is random, and the cut is made in integers.
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

_MARGIN: Final = 0.25  # around the box, as a share of its sides
_SUPERPIXELS: Final = 350
_COMPACTNESS: Final = 12.0  # SLIC's weight of place against colour
_COLOUR_WIDTH: Final = 5.0  # standard deviation, in CIELAB, of the Gaussian kernel of the densities
_MIN_DENSITY: Final = 1e-4  # of a colour that does not occur
_MIDDLE_WEIGHT: Final = 1.0  # of nearness to the middle against colour
_MAX_LEANING: Final = 6.0  # of a superpixel
_CORE: Final = 0.05  # squared distance from the middle, within which every superpixel belongs to the object
_UNITS: Final = 16  # of the integer capacities, per unit of a leaning


class _Crop(NamedTuple):
    """The n superpixels in and around a box.

    labels (h, w). areas (n,): in pixels. inside (n,): the share that lies in the box. distances (n,): mean squared distance from the middle
    of the box, 1 at the middle of each of its edges. similarities (n, n): Gaussian kernel of the colours. pairs (2, m): neighbouring
    superpixels. border_costs (m,): the cost of a cut between the two of a pair.
    """

    labels: Labels
    areas: Floats
    inside: Floats
    distances: Floats
    similarities: Floats
    pairs: Labels
    border_costs: Floats


def region(samples: Samples, box: Box) -> Mask:
    """The pixels of the object in a box, bool (h, w), in a small picture, uint8 (h, w, 3). The whole box if no pixel is left."""
    height, width = samples.shape[:2]
    rows, columns = _pixels(box, width, height, _MARGIN)
    frame = Box(*(np.array(box) * (width, height, width, height) - (columns.start, rows.start) * 2))
    cut = np.zeros((height, width), np.bool_)
    cut[rows, columns] = _cut(_crop(samples[rows, columns], frame))
    box_mask = np.zeros((height, width), np.bool_)
    box_mask[_pixels(box, width, height, 0)] = True
    mask = _largest_part(ndimage.binary_fill_holes(cut & box_mask))
    return mask if mask.any() else box_mask


def _pixels(box: Box, width: int, height: int, margin: float) -> tuple[slice, slice]:
    """The rows and columns of pixels that a box touches. `margin`: how far it is extended, as a share of its sides."""
    x_margin, y_margin = (box.right - box.left) * margin, (box.bottom - box.top) * margin
    rows = _pixels_along(box.top - y_margin, box.bottom + y_margin, height)
    return rows, _pixels_along(box.left - x_margin, box.right + x_margin, width)


def _pixels_along(first: float, last: float, side: int) -> slice:
    """The pixels of a side between two edges, given as shares of the side; at least one."""
    start = min(max(int(np.floor(first * side)), 0), side - 1)
    return slice(start, min(max(int(np.ceil(last * side)), start + 1), side))


def _crop(samples: Samples, frame: Box) -> _Crop:
    """The superpixels of samples (h, w, 3). `frame`: the box in them, in pixels."""
    lab = np.asarray(rgb2lab(samples), np.float64)
    labels = renumbered(
        slic(samples, n_segments=_SUPERPIXELS, compactness=_COMPACTNESS, start_label=0, channel_axis=-1)
    )
    count = int(labels.max()) + 1
    areas = totals(labels, np.ones(labels.shape), count)
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]] + 0.5
    across = (2 * x - frame.left - frame.right) / max(frame.right - frame.left, 1.0)
    down = (2 * y - frame.top - frame.bottom) / max(frame.bottom - frame.top, 1.0)
    inside, distances = means(labels, np.stack([(abs(across) < 1) & (abs(down) < 1), across**2 + down**2], -1), count).T
    colours = means(labels, lab, count)
    squares = np.sum((colours[:, None] - colours[None]) ** 2, -1)
    similarities = np.exp(-squares / (2 * _COLOUR_WIDTH**2))
    pairs, lengths = _borders(labels)
    differences = squares[pairs[0], pairs[1]]
    usual = 2 * max(float(differences.mean()) if differences.size else 0.0, 1e-6)
    return _Crop(labels, areas, inside, distances, similarities, pairs, lengths * np.exp(-differences / usual))


def _borders(labels: Labels) -> tuple[Labels, Floats]:
    """Pairs of neighbouring labels (2, m), and the length of the border between them (m,), in pixels."""
    sides = ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:]))
    touching = np.concatenate([np.stack([one[one != other], other[one != other]]) for one, other in sides], axis=1)
    pairs, lengths = np.unique(np.sort(touching, axis=0), axis=1, return_counts=True)
    return pairs, lengths.astype(np.float64)


def _leanings(crop: _Crop) -> Floats:
    """(n,): how much each superpixel leans to the object; negative for its surroundings. The unit is the cost of a border of one pixel."""
    middle, outside = crop.inside * np.exp(-2 * crop.distances), 1 - crop.inside
    leanings = np.log(_density(crop, middle) / _density(crop, outside)) + _MIDDLE_WEIGHT * (0.5 - crop.distances)
    leanings = np.clip(leanings, -_MAX_LEANING, _MAX_LEANING) * crop.areas / np.sqrt(crop.areas.mean())
    leanings[crop.inside < 0.5] = -_MAX_LEANING * float(crop.areas.sum())
    core = crop.distances < _CORE
    leanings[core] = np.maximum(leanings[core], _MAX_LEANING * np.sqrt(crop.areas.mean()))
    return np.asarray(leanings)


def _density(crop: _Crop, shares: Floats) -> Floats:
    """(n,): how frequent the colour of each superpixel is in a part of the crop. `shares` (n,): of each superpixel, in that part."""
    weights = crop.areas * shares
    return np.asarray(crop.similarities @ weights / max(float(weights.sum()), 1e-9) + _MIN_DENSITY)


def _cut(crop: _Crop) -> Mask:
    """(h, w): the pixels that a minimum cut leaves on the object's side.

    The source is node n, joined to each superpixel that leans to the object; the sink is node n + 1, joined to the others.
    """
    leanings = _leanings(crop)
    count = len(leanings)
    nodes, (one, other) = np.arange(count), crop.pairs
    source, sink = np.full(count, count), np.full(count, count + 1)
    capacities = [np.maximum(leanings, 0), np.maximum(-leanings, 0), 2 * crop.border_costs, 2 * crop.border_costs]
    ends = np.concatenate([source, nodes, one, other]), np.concatenate([nodes, sink, other, one])
    integers = np.round(np.concatenate(capacities) * _UNITS).astype(np.int32)
    network = csr_array(coo_array((integers, ends), shape=(count + 2, count + 2)))
    residual = network - maximum_flow(network, count, count + 1).flow
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    is_reached = np.zeros(count + 2, np.bool_)
    is_reached[breadth_first_order(residual, count, return_predecessors=False)] = True
    return np.asarray(is_reached[crop.labels])


def _largest_part(mask: npt.NDArray[np.bool_]) -> Mask:
    """The largest connected part of a mask."""
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    return np.asarray(parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:])))
