"""The contours that end at a pixel (clause 7.5.5), followed back in an example by the code of the map model."""

from __future__ import annotations

import numpy as np

from misc_format.coders.maps.mapmodel import fine

from .canvas import circle, drawing, path, rectangle, text

# Two things in a map; X is the present pixel, and what follows it is not known yet.
EXAMPLE = (
    "..........................",
    "....####..................",
    "..########..........####..",
    ".##########........######.",
    "############......########",
    "#############....#########",
    "#############X",
)
CELL = 24
STEP = {fine.UP: (-1, 0), fine.LEFT: (0, -1), fine.DOWN: (1, 0), fine.RIGHT: (0, 1)}
Corner = tuple[int, int]  # row and column of the lines between the pixels


def contours() -> list[list[Corner]]:
    """The corners of the first and of the second contour, from their ends."""
    known = np.array([[pixel == "#" for pixel in row.ljust(len(EXAMPLE[0]), ".")] for row in EXAMPLE])
    pixels = fine.padded(known)
    row, column = present()
    y, x = row + fine.MARGIN, column + fine.MARGIN
    above = known[row - 1, column:]
    right = int(np.argmax(above != above[0]))
    first = _followed(pixels, y, x, x, bool(pixels[y - 1, x - 1] != pixels[y - 1, x]))
    return [first, _followed(pixels, y, x, x + right, True)]


def present() -> Corner:
    """Row and column of the present pixel."""
    return len(EXAMPLE) - 1, EXAMPLE[-1].index("X")


def _followed(pixels: np.ndarray, y: int, x: int, column: int, upwards: bool) -> list[Corner]:
    chain, places = fine.contours().chains[0], np.zeros(fine.CONTOUR, np.int64)
    length, _ = fine.follow(pixels, y, x, column, upwards, chain, places, 0)
    corners = [(y - fine.MARGIN, column - fine.MARGIN)]
    for direction in chain[fine.CHAIN : fine.CHAIN + length]:
        down, right = STEP[int(direction)]
        corners.append((corners[-1][0] + down, corners[-1][1] + right))
    return corners


def contours_drawing() -> str:
    """The known pixels of the example, the two contours, and the corners that are inputs."""
    body: list[str] = []
    row, column = present()
    for down, line in enumerate(EXAMPLE):
        for right, pixel in enumerate(line):
            kind = {"#": "set", ".": "none", "X": "here"}[pixel]
            body.append(rectangle(right * CELL, down * CELL, CELL, CELL, kind))
    body.append(text((column + 0.5) * CELL, (row + 0.5) * CELL, "X", "strong onto"))
    found = contours()
    inputs = set(fine.STEPS.tolist())
    for kind, corners in zip(("first", "second"), found, strict=True):
        points = "L".join(f"{right * CELL} {down * CELL}" for down, right in corners)
        body.append(path(f"M{points}", kind))
        body += [circle(right * CELL, down * CELL, 3.2) for step, (down, right) in enumerate(corners) if step in inputs]
        body.append(circle(corners[0][1] * CELL, corners[0][0] * CELL, 4.5, "mark"))
    bottom = len(EXAMPLE) * CELL + 16
    for index, (kind, name, corners) in enumerate(zip(("first", "second"), ("first", "second"), found, strict=True)):
        x = index * 220
        body += [
            path(f"M{x} {bottom}h26", kind),
            text(x + 34, bottom, f"the {name} contour: {len(corners) - 1} steps", "left small"),
        ]
    words = "Full dot: where a contour ends, and is followed back from. Open dots: the corners whose places are inputs."
    body.append(text(0, bottom + 20, words, "left small"))
    said = f"{words} The first contour has {len(found[0]) - 1} steps, the second {len(found[1]) - 1}. X is the present pixel."
    return drawing("Two contours followed back from a pixel", said, len(EXAMPLE[0]) * CELL, bottom + 28, body)
