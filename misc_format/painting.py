"""Painting with an installed painter. `misc_format` contains no painter of its own, because painting is not part of the format.

A package registers a `Painter` under the entry point group "misc_format.painters"; `reference_codec` does so. A painter takes a `Stream`
and the maximum number of pixels. It returns samples, uint8 of shape (height, width) or (height, width, 3), and notes for the user.
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
    """Paint a stream. Returns samples, uint8 of shape (height, width) or (height, width, 3), and notes for the user.

    Raises `NoPainterError`, or `MiscError` if the painter refuses the stream.
    """
    return _painter()(stream, max_pixels)


@cache
def _painter() -> Painter:
    """The first painter, in alphabetical order, that can be imported."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            painter: Painter = entry.load()
        except ImportError:
            continue
        return painter
    raise NoPainterError("no package that can paint pictures is installed; install reference_codec")
