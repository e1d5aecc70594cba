"""Rate-distortion curves and Bjøntegaard's delta rate (VCEG-M33), with piecewise cubic interpolation (JCTVC-L1100's, as is usual now)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

LEAST = 2  # points of a curve; four are usual


class Point(NamedTuple):
    """A rate in bits per pixel, and a quality, of which more is better."""

    rate: float
    quality: float


def bd_rate(anchor: Sequence[Point], test: Sequence[Point]) -> float | None:
    """By how much more rate, in percent, `test` takes than `anchor` at the same quality, on average over the qualities that both reach.

    Less than nothing is a saving. None where a curve has too few points, its quality does not grow with its rate, or there is no
    quality that both reach.
    """
    from scipy.interpolate import PchipInterpolator

    curves = [_ordered(points) for points in (anchor, test)]
    if any(curve is None for curve in curves):
        return None
    functions = [PchipInterpolator(quality, np.log(rate)) for rate, quality in curves]  # type: ignore[misc]
    low = max(curve[1][0] for curve in curves if curve)
    high = min(curve[1][-1] for curve in curves if curve)
    if low >= high:
        return None
    areas = [float(function.integrate(low, high)) for function in functions]
    return 100 * (float(np.exp((areas[1] - areas[0]) / (high - low))) - 1)


def _ordered(points: Sequence[Point]) -> tuple[list[float], list[float]] | None:
    """Rates and qualities in the order of rates, if both grow."""
    found = sorted(points)
    rates, qualities = [point.rate for point in found], [point.quality for point in found]
    grows = all(low < high for values in (rates, qualities) for low, high in pairwise(values))
    return (rates, qualities) if len(found) >= LEAST and grows and rates[0] > 0 else None
