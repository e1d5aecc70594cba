"""Training samples: for each pixel that a network codes, the inputs that the coder gathers, and the pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel import coarse, fine
from misc_format.components import BoolMap
from misc_format.system.compiled import compiled

Inputs = NDArray[np.int8]
Labels = NDArray[np.uint8]


def fine_samples(maps: list[BoolMap], flat: NDArray[np.int64]) -> tuple[Inputs, Labels]:
    """Samples of the maps of one bitstream. `flat` (contexts, 2): the counts of flat pixels that stay and that change are added to it."""
    parts = []
    earlier = np.zeros_like(maps[0])
    for index, grid in enumerate(maps):
        pixels, others = fine.padded(grid), fine.padded_earlier(earlier)
        fixed = pixels, others, index == 0, fine.scale_of(grid.size)
        gathered = np.zeros(fine.INPUTS, np.int16)
        # The first pass counts the samples, the second fills them in.
        count = _collect_fine(*fixed, flat, *fine.before(pixels), fine.contours(), gathered, *_room(0, fine.INPUTS))
        samples = _room(int(count), fine.INPUTS)
        _collect_fine(*fixed, np.zeros_like(flat), *fine.before(pixels), fine.contours(), gathered, *samples)
        parts.append(samples)
        earlier = earlier | grid
    return _joined(parts)


def coarse_samples(maps: list[BoolMap]) -> tuple[Inputs, Labels]:
    """Samples of the maps of one bitstream."""
    parts = []
    earlier = last = coarse.padded(np.zeros_like(maps[0]))
    for index, grid in enumerate(maps):
        pixels = coarse.padded(grid)
        samples = _room(grid.size, coarse.INPUTS)
        _collect_coarse(pixels, earlier, last, index, np.zeros(5, np.int64), *samples)
        parts.append(samples)
        earlier, last = earlier | pixels, pixels
    return _joined(parts)


def _room(count: int, inputs: int) -> tuple[Inputs, Labels]:
    return np.zeros((count, inputs), np.int8), np.zeros(count, np.uint8)


def _joined(parts: list[tuple[Inputs, Labels]]) -> tuple[Inputs, Labels]:
    return np.concatenate([inputs for inputs, _ in parts]), np.concatenate([labels for _, labels in parts])


@compiled
def _collect_fine(
    pixels: Any,
    earlier: Any,
    first: bool,
    scale: int,
    flat: Any,
    runs: Any,
    above: Any,
    contours: Any,
    gathered: Any,
    inputs: Any,
    labels: Any,
) -> int:
    """Fill the arrays as far as they have room. Returns the number of samples."""
    columns = pixels.shape[1]
    n = 0
    for y in range(fine.MARGIN, pixels.shape[0]):
        run = fine.MARGIN
        for x in range(fine.MARGIN, columns - fine.MARGIN):
            bit = pixels[y, x]
            if fine.is_flat(pixels, y, x, run, runs):
                flat[fine.flat_context(pixels, earlier, y, x, runs, first), int(bit != pixels[y, x - 1])] += 1
            else:
                if n < len(labels):
                    fine.gather(pixels, earlier, y, x, run, runs, above[x], scale, contours, gathered)
                    for k in range(fine.INPUTS):
                        inputs[n, k] = gathered[k]
                    labels[n] = bit
                n += 1
            run = run + 1 if bit == pixels[y, x - 1] else 1
        fine.close_row(pixels, y, runs, above)
    return n


@compiled
def _collect_coarse(pixels: Any, earlier: Any, last: Any, index: int, seen: Any, inputs: Any, labels: Any) -> None:
    n = 0
    for y in range(coarse.MARGIN, pixels.shape[0] - coarse.MARGIN):
        seen[2] = 0
        for x in range(coarse.MARGIN, pixels.shape[1] - coarse.MARGIN):
            coarse.gather(pixels, earlier, last, y, x, index, seen, inputs[n])
            labels[n] = pixels[y, x]
            coarse.note(seen, pixels[y, x], earlier[y, x], x - coarse.MARGIN)
            n += 1
