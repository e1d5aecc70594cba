"""The context of a sample: the inputs of the grid model's networks (clause 8.3), in machine code.

`values` is int32 (planes, rows, columns), in units of a quarter of an 8-bit sample. Planes 1 and 2 hold the difference from plane 0.
`errors` has the same shape: the difference of each value from the median of its neighbours. `sums` is int64 (planes, 3): for each plane,
the sum of the magnitudes of its errors, the sum of its values, and their number.
"""

from __future__ import annotations

from typing import Any

from misc_format.system.compiled import compiled

PLANES = 3
# Neighbours as (rows up, columns to the right). CAUSAL: in the plane of the sample, where only earlier samples are known. AROUND: in
# earlier planes.
# fmt: off
CAUSAL = (
    (0, -1), (0, -2), (0, -3), (1, -2), (1, -1), (1, 0), (1, 1), (1, 2), (1, 3), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2), (3, 0),
)
# fmt: on
AROUND = ((2, 0), (1, -1), (1, 0), (1, 1), (0, -2), (0, -1), (0, 1), (0, 2), (-1, -1), (-1, 0), (-1, 1), (-2, 0))
# Neighbours whose errors are inputs, and pairs of neighbours whose differences measure the detail.
ERROR_NEIGHBOURS = ((0, -1), (1, -1), (1, 0), (1, 1))
DETAIL_PAIRS = ((0, -1, 1, -1), (1, 0, 1, -1), (1, 1, 1, 0), (0, -2, 0, -1), (2, 0, 1, 0), (2, 1, 1, 1))
EDGES = ((0, -1), (1, 0), (0, 1), (-1, 0))

START = (512, 0, 0)  # the value of a neighbour before the first sample
PRIOR = (1024, 256, 256)  # the mean error before the first sample, in 16ths of a unit
PRIOR_WEIGHT = 4
REACH = 6  # rows up, and columns to both sides, of the search for similar colours
MAX_DISTANCE = 1 << 12
WEIGHT_NUMERATOR = 1 << 36

PLANE_INPUTS = len(CAUSAL) + len(ERROR_NEIGHBOURS) + 2 + len(DETAIL_PAIRS) + 2 + 9
EARLIER_INPUTS = len(AROUND) + 2 + len(EDGES) + 2
SIMILAR_INPUTS = 3
INPUTS = tuple(PLANE_INPUTS + plane * EARLIER_INPUTS + SIMILAR_INPUTS * (plane > 0) for plane in range(PLANES))


@compiled
def unit(level: int, max_level: int) -> int:
    """A level in units: its 8-bit sample times 4, rounded."""
    return (2040 * level + max_level) // (2 * max_level)


@compiled
def edge(level: int, max_level: int) -> int:
    """The boundary between a level and the level below it, in 16ths of a unit."""
    return (2 * level - 1) * 8160 // max_level


@compiled
def logarithm(value: int) -> int:
    """16 * (1 + log2(value)), linear between powers of two; 0 for 0."""
    if value == 0:
        return 0
    bits = 0
    while value >> bits > 1:
        bits += 1
    return 16 * bits + (16 * value >> bits)


@compiled
def causal(values: Any, row: int, column: int, up: int, right: int, start: int) -> int:
    """The value of a neighbour before this sample; outside the plane, of the nearest such sample; `start` if there is none."""
    y = max(row - up, 0)
    x = min(max(column + right, 0), values.shape[1] - 1)
    if y == row and x >= column:
        if column > 0:
            x = column - 1
        elif row > 0:
            y = row - 1
        else:
            return start
    return int(values[y, x])


@compiled
def around(values: Any, row: int, column: int, up: int, right: int) -> int:
    """The value of a neighbour in a complete plane; outside the plane, of the nearest sample."""
    y = min(max(row - up, 0), values.shape[0] - 1)
    x = min(max(column + right, 0), values.shape[1] - 1)
    return int(values[y, x])


@compiled
def median(values: Any, row: int, column: int, start: int) -> int:
    """The prediction of LOCO-I's median edge detector."""
    west = causal(values, row, column, 0, -1, start)
    north = causal(values, row, column, 1, 0, start)
    corner = causal(values, row, column, 1, -1, start)
    return max(min(west, north), min(west + north - corner, max(west, north)))


@compiled
def mean_error(sums: Any, plane: int) -> int:
    """The `logarithm` of the mean magnitude of a plane's errors so far, in 16ths of a unit."""
    return logarithm((16 * sums[plane, 0] + PRIOR_WEIGHT * PRIOR[plane]) // (sums[plane, 2] + PRIOR_WEIGHT))


@compiled
def similar(inputs: Any, values: Any, plane: int, row: int, column: int, base: int) -> None:
    """Write three inputs from nearby cells with a similar colour in the earlier planes.

    They are the value of the most similar cell less `base`, the weighted mean of all values less `base`, and the `logarithm` of the
    smallest distance.
    """
    columns = values.shape[2]
    nearest, nearest_value, weights, total = MAX_DISTANCE, base, 0, 0
    for y in range(max(row - REACH, 0), row + 1):
        stop = min(column + REACH + 1, columns) if y < row else column
        for x in range(max(column - REACH, 0), stop):
            distance = 8 + 4 * (abs(row - y) + abs(column - x))
            for other in range(plane):
                distance += abs(values[other, row, column] - values[other, y, x]) << other
            weight = WEIGHT_NUMERATOR // (distance * distance * distance)
            weights += weight
            total += weight * values[plane, y, x]
            if distance < nearest:
                nearest, nearest_value = distance, int(values[plane, y, x])
    inputs[0] = nearest_value - base
    inputs[1] = total // weights - base if weights else 0
    inputs[2] = logarithm(nearest)


@compiled
def describe(inputs: Any, values: Any, errors: Any, sums: Any, plane: int, row: int, column: int, depth: int) -> int:
    """Write the inputs of a sample, and return the median of its neighbours."""
    samples = values[plane]
    rows, columns = samples.shape
    start = START[plane]
    base = median(samples, row, column, start)
    n = 0
    for up, right in CAUSAL:
        inputs[n] = causal(samples, row, column, up, right, start) - base
        n += 1
    error_sum = 0
    for up, right in ERROR_NEIGHBOURS:
        inputs[n] = causal(errors[plane], row, column, up, right, 0)
        error_sum += abs(inputs[n])
        n += 1
    inputs[n] = base - start
    inputs[n + 1] = (sums[plane, 1] // sums[plane, 2] if sums[plane, 2] else start) - base
    n += 2
    for up, right, other_up, other_right in DETAIL_PAIRS:
        first = causal(samples, row, column, up, right, start)
        second = causal(samples, row, column, other_up, other_right, start)
        inputs[n] = logarithm(abs(first - second))
        n += 1
    inputs[n] = logarithm(error_sum)
    inputs[n + 1] = mean_error(sums, plane)
    inputs[n + 2] = (64 * row + 32) // rows
    inputs[n + 3] = (64 * column + 32) // columns
    inputs[n + 4] = 32 * min(row, 2)
    inputs[n + 5] = 32 * min(column, 2)
    inputs[n + 6] = 32 * min(columns - 1 - column, 2)
    inputs[n + 7] = 32 * (row + column == 0)
    inputs[n + 8] = logarithm(rows)
    inputs[n + 9] = logarithm(columns)
    inputs[n + 10] = 16 * depth
    n += 11
    for earlier in range(plane):
        complete = values[earlier]
        here = int(complete[row, column])
        for up, right in AROUND:
            inputs[n] = around(complete, row, column, up, right) - here
            n += 1
        inputs[n] = errors[earlier, row, column]
        inputs[n + 1] = here - START[earlier]
        n += 2
        for up, right in EDGES:
            inputs[n] = logarithm(abs(around(complete, row, column, up, right) - here))
            n += 1
        inputs[n] = mean_error(sums, earlier)
        inputs[n + 1] = logarithm(abs(errors[earlier, row, column]))
        n += 2
    if plane > 0:
        similar(inputs[n:], values, plane, row, column, base)
    return base


@compiled
def centre(values: Any, plane: int, row: int, column: int, base: int) -> int:
    """The median of a sample's neighbours on the scale of its levels, in units."""
    return base + int(values[0, row, column]) if plane > 0 else base


@compiled
def settle(values: Any, errors: Any, sums: Any, plane: int, row: int, column: int, base: int, value: int) -> None:
    """Update `values`, `errors` and `sums` by a coded sample. `value` is its level in units."""
    if plane > 0:
        value -= values[0, row, column]
    values[plane, row, column] = value
    error = value - base if row + column else 0
    errors[plane, row, column] = error
    sums[plane, 0] += abs(error)
    sums[plane, 1] += value
    sums[plane, 2] += 1
