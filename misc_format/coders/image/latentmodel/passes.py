"""Order and decisions of the latents (clause 17.4): hyper-latents, then passes over finer and finer grids of places.

The first pass codes every eighth place of every eighth row from the features alone. Each pair of passes that follows halves the grid:
first the places between four known ones, then those between two rows or columns. Every place is seen beside what lies around it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.model import QUALITIES, Model
from misc_format.coders.image.latentmodel.network import FARTHEST, UNIT_BITS, Networks
from misc_format.components import Latents


class Pass(NamedTuple):
    """`stride`: of the grid of places that a pass looks at; `parities`: of row and column in the grid, of the places that it codes."""

    stride: int
    parities: tuple[tuple[int, int], ...]


BASE, BETWEEN, BESIDE = ((0, 0),), ((1, 1),), ((0, 1), (1, 0))
# The base is a grid of its own, all of whose places are coded.
PASSES = (
    Pass(8, (*BASE, *BETWEEN, *BESIDE)),
    *(Pass(stride, parities) for stride in (4, 2, 1) for parities in (BETWEEN, BESIDE)),
)
HYPER_STEP = 4  # places on a side for each hyper-place
Integers = NDArray[np.signedinteger[Any]]
Scales = NDArray[np.uint8]
Part = tuple[slice, slice]


class Coding(Protocol):
    """What `walk` drives. A value of scale 0 is 0 and takes no bits."""

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """The hyper-latents less their means, for whole means and scales (hyper-rows, hyper-columns, channels)."""

    def latents(self, part: Part, own: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The values of the latents of a pass less their means: (places, channels), places row by row, like means and scales.

        `part` is the pass's grid, `own` the mask of its places in it (grid rows, grid columns); `means` are in 64ths.
        """


def walk(model: Model, quality: int, rows: int, columns: int, coding: Coding) -> Latents:
    """What `coding` gives as hyper-latents and latents of rows x columns places, none beyond MAX_LATENT."""
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
        own = own_places(grid, *known[part].shape[:2])
        found, scales = networks.decide(number, features[part], known[part])
        means, scales = found[own].astype(np.int32), scales[own]
        del found
        given = coding.latents(part, own, means, scales)
        y[part][own] = given
        known[part][own] = np.clip((given << UNIT_BITS) + means, -FARTHEST, FARTHEST)
    return Latents(quality, y.astype(np.int32), z.astype(np.int32))


def own_places(grid: Pass, rows: int, columns: int) -> NDArray[np.bool_]:
    """Which places of its grid a pass codes: bool (rows, columns)."""
    found = np.zeros((rows, columns), np.bool_)
    for row, column in grid.parities:
        found[row::2, column::2] = True
    return found


@lru_cache(maxsize=4)
def networks_of(model: Model) -> Networks:
    """The networks of a model, made once."""
    return Networks(model)
