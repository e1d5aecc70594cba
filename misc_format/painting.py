"""Paints pictures with an installed decoder. This package itself contains none: painting is not part of the format.

A decoder registers a `Painter` under the entry point group "misc_format.painters". A painter takes a `Stream` and the largest number of
pixels that it may paint. It returns samples, uint8 of shape (height, width) or (height, width, 3), and notes for the user.
The reference decoder registers one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from misc_format.components import Samples, Stream

GROUP = "misc_format.painters"
MAX_PIXELS = 2**28
Painter = Callable[[Stream, int], tuple[Samples, tuple[str, ...]]]


class NoPainterError(LookupError):
    """No painter is installed."""


def paint(stream: Stream, max_pixels: int = MAX_PIXELS) -> tuple[Samples, tuple[str, ...]]:
    """Samples, uint8 of shape (height, width) or (height, width, 3), and notes for the user.

    Raises `NoPainterError`, or `MiscError` if the painter refuses the stream.
    """
    return _painter()(stream, max_pixels)


@cache
def _painter() -> Painter:
    """The first painter by name that can be imported."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            painter: Painter = entry.load()
        except ImportError:
            continue
        return painter
    raise NoPainterError("no decoder that paints pictures is installed; install reference_codec")
