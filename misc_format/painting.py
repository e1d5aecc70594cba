"""The picture that a bitstream describes, from whichever decoder is installed: the format itself paints none.

A decoder registers a function under the entry point group "misc_format.painters": it takes a `Stream` and the most pixels that it may
paint, and returns samples, uint8 of shape (height, width) or (height, width, 3), and notes for the user. The reference decoder is one.
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
    """No decoder to pixels is installed."""


def paint(stream: Stream, max_pixels: int = MAX_PIXELS) -> tuple[Samples, tuple[str, ...]]:
    """The picture and notes for the user. Raises `NoPainterError`, or `MiscError` for what the decoder refuses."""
    return _painter()(stream, max_pixels)


@cache
def _painter() -> Painter:
    """The first decoder by name."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            found: Painter = entry.load()
        except ImportError:
            continue
        return found
    raise NoPainterError("no decoder to pixels is installed; reference_codec is one")
