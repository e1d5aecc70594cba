"""Order and decisions of the latents (clause 17.4): hyper-latents, then four passes, each of which sees what the earlier ones gave.

A channel belongs to one of four groups, and a place to one of four phases, by the parity of its row and column; pass p codes those latents
for which (phase + group) mod 4 = p. So, from the second pass on, something is known at every place and in every channel group near it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from misc_format.components import Latents
from misc_format.latentmodel.model import PASSES, QUALITIES, Model
from misc_format.latentmodel.network import FARTHEST, UNIT_BITS, Networks

PHASES = ((0, 0), (1, 1), (0, 1), (1, 0))  # parity of row and column of phases 0 to 3
HYPER_STEP = 4  # places on a side for each hyper-place
Integers = NDArray[np.int64]
Scales = NDArray[np.uint8]


class Coding(Protocol):
    """What `walk` drives. A value of scale 0 is 0 and takes no bits."""

    def hyper(self, means: Integers, scales: Scales) -> Integers:
        """The hyper-latents less their means, for whole means and scales (hyper-rows, hyper-columns, channels)."""

    def latents(self, own: NDArray[np.bool_], means: Integers, scales: Scales) -> Integers:
        """The values (n,) of the latents of a pass less their means, places row by row, channels within places.

        `own` is their mask (rows, columns, channels); `means` (n,) are in 64ths.
        """


class Walk(NamedTuple):
    """What coding gave: the content, and each latent with its mean in 64ths, int64 (rows, columns, channels)."""

    content: Latents
    values: Integers


def walk(model: Model, quality: int, rows: int, columns: int, coding: Coding) -> Walk:
    """Let `coding` give every hyper-latent and latent of rows x columns places."""
    networks = networks_of(model)
    hyper_shape = (-(-rows // HYPER_STEP), -(-columns // HYPER_STEP), model.hyper_channels)
    means, scales = (
        np.broadcast_to(model.arrays[name][quality], hyper_shape) for name in ("hyper_means", "hyper_scales")
    )
    z = coding.hyper(means.astype(np.int64), scales)
    features = networks.features(z + means, quality, QUALITIES - 1)[:rows, :columns]
    shape = (rows, columns, model.channels)
    y, values = np.zeros(shape, np.int32), np.zeros(shape, np.int64)
    known = np.zeros(shape, np.int16)
    for number in range(PASSES):
        own = mask(number, *shape)
        found, scales = networks.decide(number, features, known)
        means = found[own].astype(np.int64)
        given = coding.latents(own, means, scales[own])
        y[own] = given
        values[own] = (given << UNIT_BITS) + means
        known[own] = np.clip(values[own], -FARTHEST, FARTHEST)
    return Walk(Latents(quality, y, z.astype(np.int32)), values)


def mask(number: int, rows: int, columns: int, channels: int) -> NDArray[np.bool_]:
    """Which latents a pass codes: bool (rows, columns, channels)."""
    found = np.zeros((rows, columns, channels), np.bool_)
    size = channels // PASSES
    for group in range(PASSES):
        row, column = PHASES[(number - group) % PASSES]
        found[row::2, column::2, group * size : (group + 1) * size] = True
    return found


@lru_cache(maxsize=4)
def networks_of(model: Model) -> Networks:
    """The networks of a model, made once."""
    return Networks(model)
