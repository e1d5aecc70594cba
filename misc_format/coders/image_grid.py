"""The quantised pixel grid (clause 8): MISC equation 5's small pictures, CMC-Bench's one value for each 64 x 64 block.

Colour is decorrelated by the reversible YCoCg-R transform, each plane is predicted by the median edge detector of LOCO-I, and the
residual is range coded under a two-sided geometric distribution whose scale follows the residuals of the cells around.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from misc_format import limits
from misc_format.bits import BitReader, BitWriter
from misc_format.coders import Share, rangecoder
from misc_format.components import Grid, Samples, Size
from misc_format.errors import MiscError
from misc_format.grammar import Field, Syntax, build, parse
from misc_format.tables import load_rows

TABLE = "grid-scales-1.csv"
PLANES = ("y", "co", "cg")
GREY, RGB = 0, 1

GRID_HEADER = Syntax(
    "grid_header",
    "8.1",
    "Grid",
    (
        Field("layout", "u", 1, "0: stretched over the picture; 1: blocks"),
        Field("colour", "u", 2, "0: grey; 1: RGB; others: reject", allowed=(GREY, RGB), rule="MISC-IMG-001"),
        Field("depth_minus_1", "u", 3, "bits a sample - 1"),
        Field("reserved", "f", 2, "0"),
        Field("grid_width_minus_1", "v", 0, "columns - 1", when=("layout", (0,))),
        Field("grid_height_minus_1", "v", 0, "rows - 1", when=("layout", (0,))),
        Field("block_size_minus_1", "v", 0, "pixels on a side of a block - 1", when=("layout", (1,))),
    ),
)

Plane = NDArray[np.int64]
# Given row, column, prediction and activity, codes a residual and returns it.
Step = Callable[[int, int, int, int], int]

RUNNING_WEIGHT = 4
# Expected magnitude in a plane before anything is known, and that of its first residual: 16ths at depth 8.
PRIOR = (160, 64, 40)
FIRST = (1024, 256, 128)


def grid_size(picture: Size, block: int) -> Size:
    """How many blocks it takes to cover the picture."""
    return Size(-(-picture.width // block), -(-picture.height // block))


def encode(content: Grid, picture: Size) -> bytes:
    writer = _write_header(content, picture)
    writer.octets(_encode_planes(content).codeword())
    return writer.to_bytes()


def decode(reader: BitReader, picture: Size) -> Grid:
    size, colour, depth, block = _read_header(reader, picture)
    reader.path = "image/codeword"
    start = reader.position
    decoder = rangecoder.Decoder(reader)
    planes = [_decode_plane(decoder, size, plane, depth) for plane in range(1 if colour == GREY else 3)]
    samples = planes[0] if colour == GREY else _to_rgb(*planes)
    if samples.min() < 0 or samples.max() >> depth:
        reader.fail("MISC-IMG-003", f"a sample is outside {depth} bits", bit_offset=start)
    return Grid(samples.astype(np.uint8), depth, block)


def price(content: Grid, picture: Size) -> list[Share]:
    return _encode_planes(content).shares()


@cache
def models(alphabet: int) -> tuple[rangecoder.Model, ...]:
    """The model of each scale for residuals from -alphabet / 2 to alphabet / 2 - 1 (clause 8.4)."""
    magnitudes = np.abs(np.arange(alphabet) - alphabet // 2)
    made = []
    for _, ratio in load_rows(TABLE):
        weights = [1 << 32]
        while len(weights) <= alphabet // 2:
            weights.append(weights[-1] * ratio >> 16)
        spread = np.array(weights, np.int64)[magnitudes]
        frequencies = 1 + spread * (rangecoder.TOTAL - alphabet) // spread.sum()
        frequencies[alphabet // 2] += rangecoder.TOTAL - frequencies.sum()
        made.append(rangecoder.model(frequencies))
    return tuple(made)


def _write_header(content: Grid, picture: Size) -> BitWriter:
    samples = content.samples
    rows, columns = samples.shape[:2]
    size = Size(columns, rows)
    if samples.ndim not in (2, 3) or samples.shape[2:] not in ((), (3,)) or not 1 <= content.depth <= 8:
        raise MiscError(
            "MISC-IMG-001",
            f"a grid of shape {samples.shape} and depth {content.depth} is neither grey nor RGB",
            path="image",
        )
    for rule, field, message in _misfits(size, content.block, picture):
        raise MiscError(rule, message, path=field)
    if content.block and grid_size(picture, content.block) != size:
        raise MiscError(
            "MISC-IMG-005", f"{columns}x{rows} blocks of {content.block} do not just cover the picture", path="image"
        )
    if samples.max() >> content.depth:
        raise MiscError("MISC-IMG-003", f"a sample is outside {content.depth} bits", path="image")
    values = {
        "layout": int(content.block > 0),
        "colour": GREY if samples.ndim == 2 else RGB,
        "depth_minus_1": content.depth - 1,
        "grid_width_minus_1": columns - 1,
        "grid_height_minus_1": rows - 1,
        "block_size_minus_1": content.block - 1,
    }
    writer = BitWriter()
    build(GRID_HEADER, writer, values)
    return writer


def _read_header(reader: BitReader, picture: Size) -> tuple[Size, int, int, int]:
    start = reader.position
    values = parse(GRID_HEADER, reader, prefix="image/")
    block = values["block_size_minus_1"] + 1 if values["layout"] else 0
    size = grid_size(picture, block) if block else Size(*(values[f"grid_{side}_minus_1"] + 1 for side in Size._fields))
    for rule, path, message in _misfits(size, block, picture):
        reader.fail(rule, message, path=path, bit_offset=start if path == "image" else None)
    return size, values["colour"], values["depth_minus_1"] + 1, block


def _misfits(size: Size, block: int, picture: Size) -> Iterator[tuple[str, str, str]]:
    """Rule, path of the field and message, for each limit that a grid of this size breaks."""
    if block > max(picture):
        yield "MISC-IMG-005", "image/block_size_minus_1", f"a block of {block} pixels is larger than the picture"
    for side, cells, pixels in zip(Size._fields, size, picture, strict=True):
        if cells > pixels:
            yield "MISC-IMG-004", f"image/grid_{side}_minus_1", f"the grid's {side} is {cells}, the picture's {pixels}"
    if size.width * size.height > limits.MAX_GRID_CELLS:
        yield "MISC-IMG-002", "image", f"the grid has {size.width * size.height:,} cells"


def alphabet_of(plane: int, depth: int) -> int:
    """Residuals are taken modulo this: luma has `depth` bits, the chroma differences one more."""
    return 1 << depth + (plane > 0)


def planes_of(samples: Samples) -> tuple[Plane, ...]:
    """The planes in coding order: grey alone, or luma and the two colour differences of YCoCg-R (clause 8.2)."""
    wide = samples.astype(np.int64)
    return (wide,) if samples.ndim == 2 else _from_rgb(wide)


def walk(size: Size, plane: int, depth: int, step: Step) -> Plane:
    """Visit the cells of a plane in order, predict each, let `step` code the residual; returns the values (clause 8.3)."""
    alphabet = alphabet_of(plane, depth)
    low = 0 if plane == 0 else -alphabet // 2
    first, prior = FIRST[plane] << depth >> 8, PRIOR[plane] << depth >> 8
    values = np.zeros((size.height, size.width), np.int64).tolist()
    # One column of margin on each side and one row above, outside the grid: magnitude -1, which never counts.
    magnitudes = np.full((size.height + 1, size.width + 2), -1, np.int64).tolist()
    total = 0
    for row in range(size.height):
        for column in range(size.width):
            count = row * size.width + column
            if count:
                prediction = _predict(values, row, column)
                activity = _activity(magnitudes[row], magnitudes[row + 1], column, total, count, prior)
            else:
                prediction, activity = alphabet // 2 + low, first
            residual = step(row, column, prediction, activity)
            values[row][column] = (prediction + residual - low) % alphabet + low
            magnitude = abs(residual) if count else prior >> 4
            magnitudes[row + 1][column + 1] = magnitude
            total += magnitude
    return np.array(values, np.int64)


def _encode_planes(content: Grid) -> rangecoder.Encoder:
    encoder = rangecoder.Encoder()
    for index, plane in enumerate(planes_of(content.samples)):
        _encode_plane(encoder, plane, index, content.depth)
        encoder.mark(PLANES[index])
    return encoder


def _encode_plane(encoder: rangecoder.Encoder, values: Plane, plane: int, depth: int) -> None:
    half = alphabet_of(plane, depth) // 2
    under, thresholds = models(2 * half), _thresholds()
    wanted: list[list[int]] = values.tolist()

    def step(row: int, column: int, prediction: int, activity: int) -> int:
        symbol = (wanted[row][column] - prediction + half) % (2 * half)
        encoder.encode(symbol, under[bisect_right(thresholds, activity) - 1])
        return symbol - half

    walk(Size(values.shape[1], values.shape[0]), plane, depth, step)


def _decode_plane(decoder: rangecoder.Decoder, size: Size, plane: int, depth: int) -> Plane:
    half = alphabet_of(plane, depth) // 2
    under, thresholds = models(2 * half), _thresholds()

    def step(row: int, column: int, prediction: int, activity: int) -> int:
        return decoder.decode(under[bisect_right(thresholds, activity) - 1]) - half

    return walk(size, plane, depth, step)


@cache
def _thresholds() -> tuple[int, ...]:
    return tuple(threshold for threshold, _ in load_rows(TABLE))


def _predict(values: list[list[int]], row: int, column: int) -> int:
    """The median edge detector; along the first row and column, the only neighbour there is."""
    if row == 0:
        return values[0][column - 1]
    north = values[row - 1][column]
    if column == 0:
        return north
    west, corner = values[row][column - 1], values[row - 1][column - 1]
    _, median, _ = sorted((west, north, west + north - corner))
    return median


def _activity(above: list[int], here: list[int], column: int, total: int, count: int, prior: int) -> int:
    """Expected magnitude of the residual in 16ths: neighbours W and N twice, NW and NE once, the plane's mean four times."""
    mean = (16 * total + RUNNING_WEIGHT * prior) // (count + RUNNING_WEIGHT)
    weighted, weights = RUNNING_WEIGHT * mean, RUNNING_WEIGHT
    neighbours = ((here[column], 2), (above[column + 1], 2), (above[column], 1), (above[column + 2], 1))
    for magnitude, weight in neighbours:
        if magnitude >= 0:
            weighted += 16 * magnitude * weight
            weights += weight
    return weighted // weights


def _from_rgb(samples: Plane) -> tuple[Plane, Plane, Plane]:
    red, green, blue = samples[..., 0], samples[..., 1], samples[..., 2]
    orange = red - blue
    middle = blue + (orange >> 1)
    difference = green - middle
    return middle + (difference >> 1), orange, difference


def _to_rgb(luma: Plane, orange: Plane, difference: Plane) -> Plane:
    middle = luma - (difference >> 1)
    blue = middle - (orange >> 1)
    return np.stack((blue + orange, difference + middle, blue), axis=-1)
