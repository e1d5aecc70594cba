"""The passes over the latents (clause 9.5): in which pass each place of a square of places is coded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.latentmodel.passes import PASSES, coded_places

from .canvas import drawing, rectangle, text

SIDE = PASSES[0].stride  # places; the pattern repeats
CELL = 34
# Light fills for the passes in order, which carry dark numbers on any ground.
FILLS = ("#e8836f", "#f0b36b", "#f3dc8b", "#b5d88b", "#8ccfb4", "#92bfe6", "#d5dde3")


def numbers() -> NDArray[np.int64]:
    """The pass of each place, (SIDE, SIDE)."""
    found = np.full((SIDE, SIDE), -1)
    for number, grid in enumerate(PASSES):
        part = found[:: grid.stride, :: grid.stride]
        part[coded_places(grid, *part.shape)] = number
    return found


def passes_drawing() -> str:
    """A square of places, each with the number of its pass, and how many places each pass has of it."""
    found = numbers()
    body: list[str] = []
    for (row, column), number in np.ndenumerate(found):
        body += _cell(column * CELL, row * CELL, int(number))
    right = SIDE * CELL + 40
    for number, grid in enumerate(PASSES):
        y = number * (CELL + 4)
        places = int((found == number).sum())
        body += _cell(right, y, number)
        words = f"stride {grid.stride}: {places} of {SIDE * SIDE} places"
        body.append(text(right + CELL + 14, y + CELL / 2, words, "left"))
    said = "; ".join(f"row {row}: {' '.join(map(str, line))}" for row, line in enumerate(found))
    return drawing("The pass of each latent", said, right + 240, SIDE * CELL, body)


def _cell(x: float, y: float, number: int) -> list[str]:
    filled = rectangle(x, y, CELL, CELL).replace("/>", f' style="fill:{FILLS[number]}"/>')
    return [filled, text(x + CELL / 2, y + CELL / 2, number, "dark")]
