"""The coding of generic regions of JBIG2 (clauses 7.4.3 and 7.4.4; ITU-T T.88 clause 6.2)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.components import BoolMap
from misc_format.entropy import mq
from misc_format.system.compiled import compiled

MARGIN = 4  # pixels on both sides of a row, for templates that reach beyond it
Pixels = NDArray[np.uint8]


class Template(NamedTuple):
    """The pixels of a context. From the least significant bit: pixels to the left, pixels of the row above, pixels two rows above.

    `here` is the number of pixels to the left. `above` is the number of pixels of the row above, of which `above_right` lie to the right
    of x. `top` and `top_right` are the same two rows above. `typical` is the context of the bits that say whether a row equals the one
    above.
    """

    here: int
    above: int
    above_right: int
    top: int
    top_right: int
    typical: int


TEMPLATES = (
    Template(4, 7, 3, 5, 2, 0x9B25),
    Template(3, 6, 3, 4, 2, 0x0795),
    Template(2, 5, 2, 3, 1, 0x00E5),
    Template(4, 6, 2, 0, 0, 0x0195),
)


def decode(data: bytes, width: int, height: int, template: int, typical: bool) -> BoolMap:
    """The pixels of a region, bool (height, width). No data are invalid."""
    canvas = np.zeros((height + 2, width + 2 * MARGIN), np.uint8)
    _decode(np.array(bytearray(data), np.uint8), canvas, *_workspace(template), typical)
    return canvas[2:, MARGIN : MARGIN + width].astype(np.bool_)


def encode(grid: BoolMap, template: int, typical: bool) -> bytes:
    """The data of a region, without the marker and the bytes that a decoder reads behind the data in any case."""
    # Pillow gives arrays in which True is 255; astype makes it 1.
    canvas = np.pad(grid.astype(np.uint8), ((2, 0), (MARGIN, MARGIN)))
    # Only the pages written to take memory.
    out = np.zeros(mq.BYTES_PER_SYMBOL * canvas.size + mq.EXTRA_BYTES, np.uint8)
    end = _encode(canvas, out, *_workspace(template), typical)
    return out[1 : end + 1].tobytes()


def _workspace(template: int) -> tuple[NDArray[np.int64], mq.Registers, mq.Bytes]:
    """The numbers of a template, and new registers and contexts."""
    shape = TEMPLATES[template]
    return np.array(shape), mq.registers(), np.zeros(1 << (shape.here + shape.above + shape.top), np.uint8)


@compiled
def _decode(
    data: mq.Bytes,
    canvas: Pixels,
    shape: NDArray[np.int64],
    registers: mq.Registers,
    contexts: mq.Bytes,
    typical: bool,
) -> None:
    """Fill the canvas, which is the map with two blank rows above it and MARGIN blank columns on either side."""
    end = canvas.shape[1] - MARGIN
    mq.start_decoder(registers, data)
    same = 0
    for y in range(2, canvas.shape[0]):
        two, one, row = canvas[y - 2], canvas[y - 1], canvas[y]
        if typical:
            same ^= mq.decode(registers, data, contexts, shape[5])
        if same:
            for x in range(MARGIN, end):
                row[x] = one[x]
            continue
        _row(registers, data, contexts, shape, two, one, row, True)


@compiled
def _encode(
    canvas: Pixels,
    out: mq.Bytes,
    shape: NDArray[np.int64],
    registers: mq.Registers,
    contexts: mq.Bytes,
    typical: bool,
) -> int:
    mq.start_encoder(registers)
    same = False
    for y in range(2, canvas.shape[0]):
        two, one, row = canvas[y - 2], canvas[y - 1], canvas[y]
        if typical:
            before, same = same, _equal(row, one)
            mq.encode(registers, out, contexts, shape[5], int(same != before))
        if same:
            continue
        _row(registers, out, contexts, shape, two, one, row, False)
    return mq.finish(registers, out)


@compiled
def _row(
    registers: mq.Registers,
    data: mq.Bytes,
    contexts: mq.Bytes,
    shape: NDArray[np.int64],
    two: Pixels,
    one: Pixels,
    row: Pixels,
    decoding: bool,
) -> None:
    """Code the pixels of a row, each under those to the left and stretches of the rows above."""
    here, above, above_right, top, top_right, _ = shape
    left = 0
    middle, far = _first(one, above_right), _first(two, top_right)
    for x in range(MARGIN, row.size - MARGIN):
        middle = (middle << 1 | one[x + above_right]) & ((1 << above) - 1)
        far = (far << 1 | two[x + top_right]) & ((1 << top) - 1)
        context = (far << above | middle) << here | left
        if decoding:
            row[x] = mq.decode(registers, data, contexts, context)
        else:
            mq.encode(registers, data, contexts, context, row[x])
        left = (left << 1 | row[x]) & ((1 << here) - 1)


@compiled
def _first(row: Pixels, count: int) -> int:
    """The first pixels of a row as a number: what the window of x = 0 holds before it moves there."""
    value = 0
    for x in range(MARGIN, MARGIN + count):
        value = value << 1 | row[x]
    return value


@compiled
def _equal(row: Pixels, other: Pixels) -> bool:
    x = 0
    while x < row.size and row[x] == other[x]:
        x += 1
    return x == row.size
