"""Rate-distortion curves, and Bjøntegaard's delta rate (VCEG-M33) with today's usual piecewise cubic interpolation (JCTVC-L1100)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

MIN_POINTS = 2  # of a curve; four are usual


class Point(NamedTuple):
    """A rate in bits per pixel, and a quality; higher is better."""

    rate: float
    quality: float


def bd_rate(anchor: Sequence[Point], test: Sequence[Point]) -> float | None:
    """How much more rate `test` takes than `anchor` at the same quality, in percent, averaged over the qualities that both reach.

    A negative value is a saving. None if a curve has too few points or its quality does not grow with its rate, or if no quality is
    reached by both.
    """
    from scipy.interpolate import PchipInterpolator

    curves = [curve for curve in (_ordered(anchor), _ordered(test)) if curve is not None]
    if len(curves) < 2:
        return None
    log_rates = [PchipInterpolator(qualities, np.log(rates)) for rates, qualities in curves]
    low = max(qualities[0] for _, qualities in curves)
    high = min(qualities[-1] for _, qualities in curves)
    if low >= high:
        return None
    areas = [float(function.integrate(low, high)) for function in log_rates]
    return 100 * (float(np.exp((areas[1] - areas[0]) / (high - low))) - 1)


def _ordered(points: Sequence[Point]) -> tuple[list[float], list[float]] | None:
    """Rates and qualities in ascending order; None if they do not grow together, or for too few points."""
    ordered = sorted(points)
    rates, qualities = [point.rate for point in ordered], [point.quality for point in ordered]
    grow = all(low < high for values in (rates, qualities) for low, high in pairwise(values))
    return (rates, qualities) if len(ordered) >= MIN_POINTS and grow and rates[0] > 0 else None
