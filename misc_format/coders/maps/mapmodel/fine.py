"""The coding of large maps (clause 7.5).

The context of a pixel is a causal neighbourhood, the earlier maps, and the contours that end at the pixel, followed backwards.
All arrays of pixels are uint8 and have MARGIN columns of zeros on both sides and MARGIN rows above.
"""

from __future__ import annotations

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps.mapmodel.network import learn, predict
from misc_format.entropy.rangesteps import code
from misc_format.system.compiled import compiled, inlined
from misc_format.system.vectors import LANES, widen

NETWORKS = ("outlines", "ragged")  # a method for each
MARGIN = 24
# Rows of the neighbourhood: how far up, and how far to the left and to the right.
ROWS = ((0, 14, -1), (1, 14, 18), (2, 14, 16), (3, 12, 12), (4, 10, 10), (5, 8, 8), (6, 8, 8), (7, 6, 6), (8, 6, 6))
# The same pixels as offsets (rows, columns), in the order of the inputs.
OFFSETS = np.array([(-up, right) for up, left, end in ROWS for right in range(-left, end + 1)])
EARLIER = 3  # reach of the square of pixels in the union of the earlier maps
SQUARE = 2 * EARLIER + 1  # its side
STEPS = np.array([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 19, 22, 26, 30, 35, 40, 48, 56, 64])
CONTOUR = 2 * len(STEPS) + 2  # inputs of a contour
MAX_DISTANCE = 24  # of the second contour, in columns
NUMBERS, STRAIGHT = 9, 5
BITS = len(OFFSETS) + SQUARE**2
INPUTS = BITS + 2 * CONTOUR + NUMBERS + STRAIGHT
LINES = INPUTS - STRAIGHT  # where the inputs of straight segments begin
MAX_INPUT = 60  # of a distance
MAX_STRAIGHT = 63  # steps of a straight segment
CHAIN = MAX_DISTANCE + 2  # where the steps of a contour begin; before it is room for the steps that a choice would add
UP, LEFT, DOWN, RIGHT = range(4)
# A pixel is flat if at least so many pixels are equal: to its left, and in the rows above to the left and to the right, with its column.
FLAT_LEFT = 4
FLAT_ROWS = ((9, 13), (5, 5), (3, 3))
TRANSITIONS = np.array([16, 24, 40, 80, 400])  # bounds of the classes of the distance to the next change above


def padded(grid: NDArray[Any]) -> NDArray[np.uint8]:
    """The pixels of a map with their margins."""
    return np.pad(grid.astype(np.uint8), ((MARGIN, 0), (MARGIN, MARGIN)))


def padded_earlier(union: NDArray[Any]) -> NDArray[np.uint8]:
    """The union of the earlier maps with its margins. It has a margin below as well, for pixels below the coded one are known."""
    return np.pad(union.astype(np.uint8), ((MARGIN, EARLIER), (MARGIN, MARGIN)))


class Contours(NamedTuple):
    """The contours of a pixel. The second one is often that of the pixel before, whose inputs are kept then.

    `chains`: the steps of both, int64 (2, room). `corner`: the row and column where the second one ends, int64; -1 if it must be followed
    again.
    """

    chains: NDArray[np.int64]
    corner: NDArray[np.int64]


def contours() -> Contours:
    """Memory for the contours of the pixels of a map."""
    return Contours(np.zeros((2, CHAIN + int(STEPS[-1])), np.int64), np.full(2, -1, np.int64))


def scale_of(size: int) -> int:
    """The size of a map as an input: a sixteenth of the side of a square of so many pixels."""
    return min(isqrt(size) // 16, MAX_INPUT)


def before(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`runs` (3, 2, columns) and `above` (columns,) before the first row, for `walk`."""
    columns = pixels.shape[1]
    alike = np.stack([np.arange(1, columns + 1), np.arange(columns, 0, -1)])
    return np.stack([alike] * len(FLAT_ROWS)), np.ones(columns, np.int64)


@compiled
def follow(  # noqa: PLR0912 (every branch is a direction)
    pixels: Any, y: int, x: int, column: int, upwards: bool, chain: Any, out: Any, start: int
) -> tuple[int, bool]:
    """Follow the contour that ends at the corner (column, y) backwards; the pixels from (x, y) on are unknown.

    Writes its place after each number of steps in STEPS to `out`, from `start` on, and its directions to `chain`. Returns its length, and
    whether it is the same for a later x.
    """
    direction = UP if upwards else LEFT
    settled = True
    across, down, steps, done = column, y, 0, 0
    while done < len(STEPS):
        if direction == UP:
            down -= 1
        elif direction == LEFT:
            across -= 1
        elif direction == DOWN:
            down += 1
        else:
            across += 1
        chain[CHAIN + steps] = direction
        steps += 1
        if steps == STEPS[done]:
            out[start + 2 * done] = max(-64, min(63, across - column))
            out[start + 2 * done + 1] = max(-64, min(63, down - y))
            done += 1
        if done == len(STEPS) or down > y:  # no pixel below the row is known
            break
        settled = settled and (down < y or across < x)
        a, b = pixels[down - 1, across - 1], pixels[down - 1, across]
        known_left, known_right = down < y or across - 1 < x, down < y or across < x
        c = pixels[down, across - 1] if known_left else a
        d = pixels[down, across] if known_right else b
        turned = -1
        for turn in (3, 0, 1):  # right, straight on, left
            way = (direction + turn) & 3
            if way == UP:
                is_edge = a != b
            elif way == LEFT:
                is_edge = a != c
            elif way == DOWN:
                is_edge = known_left and known_right and c != d
            else:
                is_edge = b != d
            if is_edge:
                turned = way
                break
        if turned < 0:
            break
        direction = turned
    for index in range(done, len(STEPS)):
        out[start + 2 * index] = max(-64, min(63, across - column))
        out[start + 2 * index + 1] = max(-64, min(63, down - y))
    return steps, settled


@compiled
def straight(chain: Any, start: int, stop: int) -> int:
    """How many of the steps from `start` to before `stop` make a digital straight segment, at most MAX_STRAIGHT.

    The algorithm is that of Debled-Rennesson and Reveilles (1995) for the standard, 4-connected line. The line is
    low <= a * across - b * up < low + a + b; `across` counts the steps in the first direction, `up` those in the other one.
    """
    first, other = chain[start], -1
    across, up = 1, 0
    a, b, low = 0, 1, 0
    # The first and last points that touch the line, on either side.
    fx, fy, lx, ly = 0, 0, 1, 0
    gx, gy, mx, my = 0, 0, 1, 0
    for index in range(start + 1, stop):
        direction = chain[index]
        if direction == first:
            across += 1
        else:
            if other < 0 and direction != (first ^ 2):
                other = direction
            if direction != other:
                return min(index - start, MAX_STRAIGHT)
            up += 1
        place = a * across - b * up
        if place == low - 1:
            gx, gy, lx, ly = mx, my, across, up
            a, b = up - fy, across - fx
            low = a * across - b * up
        elif place == low + a + b:
            fx, fy, mx, my = lx, ly, across, up
            a, b = up - gy, across - gx
            low = a * across - b * up - a - b + 1
        elif low <= place < low + a + b:
            if place == low:
                lx, ly = across, up
            if place == low + a + b - 1:
                mx, my = across, up
        else:
            return min(index - start, MAX_STRAIGHT)
    return min(stop - start, MAX_STRAIGHT)


@inlined
def gather(
    pixels: Any, earlier: Any, y: int, x: int, run: int, runs: Any, above: int, scale: int, contours: Contours, out: Any
) -> None:
    """Write the network's inputs for the pixel (x, y) to `out`, which still has those of the pixel before.

    `run` is the number of equal pixels to its left, `above` that above it. `runs` has the runs of the rows above.
    """
    n = _window(pixels, earlier, y, x, out)
    _first_contour(pixels, y, x, contours.chains[0], out, n)
    right = min(runs[0, 1, x], MAX_DISTANCE + 1)
    _second_contour(pixels, y, x, right, contours, out, n + CONTOUR)
    n += 2 * CONTOUR
    width, rows = pixels.shape[1] - 2 * MARGIN, pixels.shape[0] - MARGIN
    column, row = x - MARGIN, y - MARGIN
    out[n] = right
    out[n + 1] = min(MAX_INPUT, 1 + min(run, column))
    out[n + 2] = min(MAX_INPUT, 1 + min(runs[0, 0, x] - 1, column))
    out[n + 3] = min(MAX_INPUT, 1 + min(above, row))
    out[n + 4] = min(column, MAX_INPUT)
    out[n + 5] = min(width - 1 - column, MAX_INPUT)
    out[n + 6] = min(row, MAX_INPUT)
    out[n + 7] = min(rows - 1 - row, MAX_INPUT)
    out[n + 8] = scale


@inlined
def _window(pixels: Any, earlier: Any, y: int, x: int, out: Any) -> int:
    """Write the neighbourhood, and the square of the earlier maps; returns the place behind them.

    A copy of LANES pixels may write too many. They are overwritten: by the next rows, by the last one, which is copied pixel by pixel, and
    by the inputs of the first contour, which come next.
    """
    n = 0
    for up, left, end in ROWS:
        for k in range(0, left + 1 + end, LANES):
            widen(pixels, y - up, x - left + k, out, n + k)
        n += left + 1 + end
    for down in range(-EARLIER, EARLIER):
        widen(earlier, y + down, x - EARLIER, out, n)
        n += SQUARE
    for k in range(SQUARE):
        out[n + k] = earlier[y + EARLIER, x - EARLIER + k]
    return n + SQUARE


@inlined
def _first_contour(pixels: Any, y: int, x: int, chain: Any, out: Any, start: int) -> None:
    """Write the inputs of the contour that ends at the pixel; zeros if there is none."""
    a, b, c = pixels[y - 1, x - 1], pixels[y - 1, x], pixels[y, x - 1]
    if b == c:
        out[start : start + CONTOUR] = 0
        out[LINES : LINES + 2] = 0
        return
    length, _ = follow(pixels, y, x, x, a != b, chain, out, start)
    out[start + CONTOUR - 2] = length
    out[start + CONTOUR - 1] = 1
    chain[CHAIN - 1] = LEFT  # the contour goes on to the right if the pixel equals the one to its left
    out[LINES] = straight(chain, CHAIN - 1, CHAIN + length)
    chain[CHAIN - 1] = UP
    out[LINES + 1] = straight(chain, CHAIN - 1, CHAIN + length)


@inlined
def _second_contour(pixels: Any, y: int, x: int, right: int, contours: Contours, out: Any, start: int) -> None:
    """Write the inputs of the contour that ends above, `right` columns on; zeros if that is too far."""
    chain, corner = contours.chains[1], contours.corner
    if right > MAX_DISTANCE:
        out[start : start + CONTOUR] = 0
        out[LINES + 2 : LINES + STRAIGHT] = 0
        corner[0] = -1
        return
    if corner[0] != y or corner[1] != x + right:
        length, settled = follow(pixels, y, x, x + right, True, chain, out, start)
        out[start + CONTOUR - 2] = length
        out[start + CONTOUR - 1] = 1
        chain[CHAIN - 1] = UP
        out[LINES + 4] = straight(chain, CHAIN - 1, CHAIN + length)
        corner[0], corner[1] = y if settled else -1, x + right
    end = CHAIN + out[start + CONTOUR - 2]
    # The contour goes to the left, and then down: left of this pixel, right of it, or at once.
    for back in range(right):
        chain[CHAIN - 1 - back] = RIGHT
    chain[CHAIN - 1 - right] = UP
    out[LINES + 2] = straight(chain, CHAIN - 1 - right, end)
    chain[CHAIN - right] = UP
    out[LINES + 3] = straight(chain, CHAIN - right, end)


@inlined
def is_flat(pixels: Any, y: int, x: int, run: int, runs: Any) -> bool:
    """Whether all pixels near the pixel (x, y) have one colour."""
    colour = pixels[y, x - 1]
    if run < FLAT_LEFT:
        return False
    for k in range(3):  # noqa: SIM110 (machine code has no generators)
        if pixels[y - 1 - k, x] != colour or runs[k, 0, x] < FLAT_ROWS[k][0] or runs[k, 1, x] < FLAT_ROWS[k][1]:
            return False
    return True


@inlined
def flat_context(pixels: Any, earlier: Any, y: int, x: int, runs: Any, first: bool) -> int:
    """The index of a flat pixel's frequency, by its colour, the distance to the next change above, and the earlier maps around it."""
    right = runs[0, 1, x]
    change = len(TRANSITIONS)
    if x + right < pixels.shape[1]:
        change = 0
        while change < len(TRANSITIONS) and right >= TRANSITIONS[change]:
            change += 1
    around = 0
    if not first:
        total = 0
        for j in range(-1, 2):
            for i in range(-1, 2):
                total += earlier[y + j, x + i]
        if total == 0:
            around = 1
        elif total == 9:
            around = 2
        else:
            around = 3 if earlier[y, x] else 4
    colour: int = pixels[y, x - 1]
    return (colour * (len(TRANSITIONS) + 1) + change) * 5 + around


@inlined
def measure_row(row: Any, runs: Any) -> None:
    """Write the number of equal pixels from each pixel to the left and to the right, itself included, to `runs` (2, columns)."""
    last = row.shape[0] - 1
    runs[0, 0] = 1
    for x in range(1, last + 1):
        runs[0, x] = runs[0, x - 1] + 1 if row[x] == row[x - 1] else 1
    runs[1, last] = 1
    for x in range(last - 1, -1, -1):
        runs[1, x] = runs[1, x + 1] + 1 if row[x] == row[x + 1] else 1


@inlined
def close_row(pixels: Any, y: int, runs: Any, above: Any) -> None:
    """Update `runs` and `above` by the finished row y."""
    for x in range(pixels.shape[1]):
        above[x] = above[x] + 1 if pixels[y, x] == pixels[y - 1, x] else 1
    for k in (2, 1):
        for side in range(2):
            for x in range(pixels.shape[1]):
                runs[k, side, x] = runs[k - 1, side, x]
    measure_row(pixels[y], runs[0])


@compiled
def walk(
    pixels: Any, earlier: Any, first: bool, begin: int, end: int, runs: Any, above: Any, scale: int, contours: Contours,
    weights: Any, work: Any, flat: Any, state: Any, words: Any, decoding: bool, cost: Any,
) -> None:  # fmt: skip
    """Code the pixels of the rows from `begin` to before `end`.

    `pixels` are read by an encoder and filled by a decoder. `earlier` is the union of the earlier maps; `first` says that there is none.
    `runs`, `above`, `contours`, `work` and `flat` go on from call to call. The information content is added to `cost[0]`, in bits, unless
    it is negative.
    """
    columns = pixels.shape[1]
    for y in range(begin + MARGIN, end + MARGIN):
        run = MARGIN
        for x in range(MARGIN, columns - MARGIN):
            smooth = is_flat(pixels, y, x, run, runs)
            if smooth:
                colour = pixels[y, x - 1]
                context = flat_context(pixels, earlier, y, x, runs, first)
                change = flat[context]
                ones = (1 << 24) - change if colour else change
            else:
                gather(pixels, earlier, y, x, run, runs, above[x], scale, contours, work.inputs)
                ones = predict(weights, work)
            bit = code(state, words, decoding, np.int64(pixels[y, x]), np.int64(ones))
            if cost[0] >= 0:
                cost[0] += 24 - np.log2(ones if bit else (1 << 24) - ones)
            pixels[y, x] = bit
            if smooth:
                if bit != colour:
                    flat[context] = min(change + (change >> 1) + 1, 1 << 20)
            else:
                learn(work, bit, ones)
            run = run + 1 if bit == pixels[y, x - 1] else 1
        close_row(pixels, y, runs, above)
