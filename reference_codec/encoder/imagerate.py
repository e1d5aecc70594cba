"""Reference pictures within a number of bits, for a file of a given size: the smallest one worth having, and the best that fits."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from misc_format.coders import coder
from misc_format.components import Codestream, Grid, Latents
from misc_format.limits import MAX_GRID_CELLS
from misc_format.registry import METHOD_BY_NAME
from reference_codec.encoder import image
from reference_codec.encoder.work import Work
from reference_codec.images import grid

Content = Any  # of an image component; None if there is none


class Source(Protocol):
    """Makes the image component of one picture. `notes`: for the user, about the last image within a number of bits."""

    notes: list[str]

    def floor(self) -> Content:
        """The image of lowest quality that is worth its bits."""

    def within(self, max_bits: int) -> Content:
        """The best image whose payload takes at most so many bits, or the smallest one if none fits."""


def source(work: Work) -> Source:
    """The source that the choices and the preset ask for."""
    choices = work.choices.image
    if choices.codec is not None:
        return _Conventional(work, choices.codec)
    has_grid = choices.method == "grid" or work.preset.block is not None
    if choices.method == "compressai" or choices.block or choices.cells or (image.is_grid(work) and not has_grid):
        return _Fixed(image.make(work))
    return _Grid(work) if image.is_grid(work) else _Latents(work)


class _Fixed:
    """An image that the choices fix, or none."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self.notes: list[str] = []

    def floor(self) -> Content:
        return self._content

    def within(self, max_bits: int) -> Content:
        return self._content


class _Latents:
    """Latents; with method auto, the rival's codestream where that is nearer to the picture."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.notes: list[str] = []

    @cached_property
    def _encoder(self) -> Any:
        from reference_codec.images.latents import codec

        return codec.Encoder(self._work.samples, self._work.report)

    def floor(self) -> Latents:
        latents: Latents = self._encoder.at(0)
        return latents

    def within(self, max_bits: int) -> Latents | Codestream:
        if max_bits == 0:  # nothing to search for, and nothing to compare
            self.notes = []
            smallest: Latents = self._encoder.within(0)
            return smallest
        content, self.notes = image.within(self._work, self._encoder, max_bits)
        return content


class _Conventional:
    """A codestream of a conventional codec."""

    def __init__(self, work: Work, name: str) -> None:
        from reference_codec.images.conventional import coding

        self._work = work
        self.notes: list[str] = []
        self._settings = coding.Settings(name, None, work.choices.image.reduction)

    def floor(self) -> Codestream:
        from reference_codec.images.conventional import coding

        return coding.make(self._work.samples, replace(self._settings, quality=self._settings.codec.worst))

    def within(self, max_bits: int) -> Codestream:
        from reference_codec.errors import PictureError
        from reference_codec.images.conventional import coding

        size = self._work.size
        try:
            return coding.search(self._work.samples, self._settings, max_bits / (size.width * size.height))[0]
        except PictureError:
            return self.floor()


class _Grid:
    """A grid of square blocks. Larger blocks take fewer bits."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.notes: list[str] = []
        self._depth = work.choices.image.depth or work.preset.depth
        self._coder = coder(METHOD_BY_NAME["image", "grid"])

    def floor(self) -> Grid:
        return self._of(max(self._work.size))

    def within(self, max_bits: int) -> Grid:
        blocks = range(self._smallest_block(), max(self._work.size) + 1)
        place = bisect_left(blocks, -max_bits, key=lambda block: -self._bits(block))
        return self._of(blocks[min(place, len(blocks) - 1)])

    def _smallest_block(self) -> int:
        block, (width, height) = 1, self._work.size
        while -(-width // block) * -(-height // block) > MAX_GRID_CELLS:
            block += 1
        return block

    def _bits(self, block: int) -> int:
        return 8 * len(self._coder.encode(self._of(block), self._work.size))

    def _of(self, block: int) -> Grid:
        return grid.make(self._work.samples, block, self._depth)
