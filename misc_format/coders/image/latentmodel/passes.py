"""The order of the latents (clause 9.5): the hyper-latents, then seven passes over finer and finer grids of places.

The first pass codes every eighth place of every eighth row, from the features alone. Each further pair of passes halves the stride: the
first codes the places in the middle of four known ones, the second those between two known ones. The means and scales of a place depend
on the known latents around it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.coders.image.latentmodel.network import MAX_INPUT, UNIT_BITS, Networks
from misc_format.components import Latents
from misc_format.system.threads import one_blas_thread


class Pass(NamedTuple):
    """A pass. Its grid has every `stride`-th place of every `stride`-th row. It codes the places with these parities of (row, column)."""

    stride: int
    parities: tuple[tuple[int, int], ...]


BASE, BETWEEN, BESIDE = ((0, 0),), ((1, 1),), ((0, 1), (1, 0))
# The first pass codes all places of its grid.
PASSES = (
    Pass(8, (*BASE, *BETWEEN, *BESIDE)),
    *(Pass(stride, parities) for stride in (4, 2, 1) for parities in (BETWEEN, BESIDE)),
)
HYPER_STEP = 4  # places on a side for each hyper-place
Integers = NDArray[np.signedinteger[Any]]
Scales = NDArray[np.uint8]
Part = tuple[slice, slice]


class Coding(Protocol):
    """The functions with which `walk` codes the values. A value of scale 0 is 0 and takes no bits."""

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """The hyper-latents less their means (hyper-rows, hyper-columns, channels). Means (integers) and scales have the same shape."""

    def latents(self, part: Part, mask: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The latents of a pass less their means, (places, channels), places row by row. Means and scales have the same shape.

        `part` slices the pass's grid out of all places. `mask` has the coded places of the grid, (grid rows, grid columns).
        `means` are in 64ths.
        """


@one_blas_thread()
def walk(model: Model, quality: int, rows: int, columns: int, coding: Coding) -> Latents:
    """The latents and hyper-latents that `coding` returns for rows x columns places. No magnitude may be larger than MAX_LATENT."""
    networks = networks_of(model)
    hyper_shape = (-(-rows // HYPER_STEP), -(-columns // HYPER_STEP), model.hyper_channels)
    means, scales = (
        np.broadcast_to(model.arrays[name][quality], hyper_shape) for name in ("hyper_means", "hyper_scales")
    )
    z = coding.hyper(means.astype(np.int64), scales)
    features = networks.features(z + means, quality, QUALITIES - 1)[:rows, :columns]
    shape = (rows, columns, model.channels)
    y, known = np.zeros(shape, np.int16), np.zeros(shape, np.int16)
    for number, grid in enumerate(PASSES):
        part = (slice(None, None, grid.stride), slice(None, None, grid.stride))
        mask = coded_places(grid, *known[part].shape[:2])
        means, scales = networks.decide(number, features[part], known[part], mask)
        values = coding.latents(part, mask, means.astype(np.int32), scales)
        y[part][mask] = values
        known[part][mask] = np.clip((values << UNIT_BITS) + means, -MAX_INPUT, MAX_INPUT)
    return Latents(quality, y.astype(np.int32), z.astype(np.int32))


def coded_places(grid: Pass, rows: int, columns: int) -> NDArray[np.bool_]:
    """The mask of the places of its grid that a pass codes, bool (rows, columns)."""
    mask = np.zeros((rows, columns), np.bool_)
    for row, column in grid.parities:
        mask[row::2, column::2] = True
    return mask


@lru_cache(maxsize=4)
def networks_of(model: Model) -> Networks:
    """The networks of a model, cached: all coding runs share them."""
    return Networks(model)
