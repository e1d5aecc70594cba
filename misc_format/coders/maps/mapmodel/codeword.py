"""The codeword of methods context and ragged (clause 7.5): the sizes, then the maps, each coarse or fine. Importing it imports numba."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.maps import sizes as mapsizes
from misc_format.coders.maps.mapmodel import coarse, fine, scale
from misc_format.coders.maps.mapmodel.model import Networks
from misc_format.coders.maps.mapmodel.network import workspace
from misc_format.components import BoolMap, Maps, Size
from misc_format.entropy.rangesteps import HALF
from misc_format.entropy.stepcoder import Coder, Decoder, Encoder
from misc_format.structure.bits import BitReader
from misc_format.structure.grammar import Values

COARSE_PIXELS = 64 * 64  # a map of more pixels is fine
COUNTS = (3, 1, 2, *range(4, 17))  # most likely first
SIZE_CODES = (1, 9, mapsizes.PICTURE, 10, 11, 2, 3, 4, 5, 6, 7, 8, mapsizes.ONE_SIZE, mapsizes.EACH_SIZE)
# The frequency of "it is this one" for the first entries of COUNTS and of SIZE_CODES; for all others it is one half.
COUNT_FREQUENCIES = (14 << 20,)
SIZE_FREQUENCIES = (HALF, 15 << 20)
NOT_REDUCED = -1
REDUCED = 1 << 20  # frequency of "the map is reduced"
PROBED_ROWS, PROBED_EDGES = 6, 64  # of pixels that exclude most reductions quickly
ROWS_PER_CALL = 64  # of a fine map


class Decoded(NamedTuple):
    """Maps, and what is needed to tell whether an encoder gives the same codeword. `sizes`: the size code and the explicit sides.

    `steps`: of the reduction of each fine map.
    """

    content: Maps
    coder: Decoder
    sizes: tuple[int, list[int]]
    steps: list[tuple[BoolMap, int]]

    def has_choices_of_encoder(self, picture: Size) -> bool:
        """Whether an encoder makes the same choices. False, too, where it would have to try two. Raises the errors of `encode`."""
        values = mapsizes.checked(self.content, picture)
        return self.sizes == (values["size_code"], _explicit(values)) and all(
            step == NOT_REDUCED and not reductions(grid) for grid, step in self.steps
        )


def decode(reader: BitReader, picture: Size, networks: Networks) -> Decoded:
    """The maps of the codeword, which goes to the end of the reader's window; raises `MiscError`."""
    start = reader.position
    reader.path = "maps/codeword"
    coder = Decoder(reader.rest())
    size_code, explicit, sizes = _read_sizes(coder, reader, picture, start)
    coder.mark("sizes")
    walker = _Walker(networks)
    maps = []
    for index, size in enumerate(sizes):
        maps.append(walker.decode(coder, size))
        coder.mark(str(index), _size_text(maps[-1]))
    return Decoded(Maps(tuple(maps)), coder, (size_code, explicit), walker.steps)


def encode(content: Maps, picture: Size, networks: Networks) -> Encoder:
    """An encoder with the codeword of the maps and a mark behind each field; raises `MiscError` if the maps are over a limit."""
    values = mapsizes.checked(content, picture)
    coder = Encoder()
    _code_sizes(coder, values["map_count_minus_1"] + 1, values["size_code"], _explicit(values))
    coder.mark("sizes")
    walker = _Walker(networks)
    for index, grid in enumerate(content.maps):
        walker.encode(coder, grid)
        coder.mark(str(index), _size_text(grid))
    return coder


def _size_text(grid: BoolMap) -> str:
    """Width and height in a report."""
    return f"{grid.shape[1]}x{grid.shape[0]}"


def encode_sizes(count: int, size_code: int, explicit: list[int]) -> bytes:
    """A codeword of the sizes only, unchecked: the beginning of a codeword, which need not be a conforming one."""
    coder = Encoder()
    _code_sizes(coder, count, size_code, explicit)
    return coder.codeword()


def encode_map(grid: BoolMap, size_code: int, step: int, networks: Networks) -> bytes:
    """A codeword of one fine map under a step of reduction, or unchanged under NOT_REDUCED, whichever way an encoder takes."""
    coder = Encoder()
    _code_sizes(coder, 1, size_code, [])
    _Walker(networks).encode_under(coder, step, grid)
    return coder.codeword()


def _code_sizes(coder: Encoder, count: int, size_code: int, explicit: list[int]) -> None:
    _code_rank(coder, COUNTS.index(count), len(COUNTS), COUNT_FREQUENCIES)
    _code_rank(coder, SIZE_CODES.index(size_code), len(SIZE_CODES), SIZE_FREQUENCIES)
    for number in explicit:
        _code_number(coder, number)


def _explicit(values: Values) -> list[int]:
    """The sides that a codeword states, in their order."""
    return [size[side] for size in (*values.get("one_size", ()), *values.get("size", ())) for side in mapsizes.FIELDS]


def _read_sizes(coder: Coder, reader: BitReader, picture: Size, start: int) -> tuple[int, list[int], list[Size]]:
    """The size code, the sides that the codeword states, and the size of each map."""
    count = COUNTS[_code_rank(coder, 0, len(COUNTS), COUNT_FREQUENCIES)]
    code = SIZE_CODES[_code_rank(coder, 0, len(SIZE_CODES), SIZE_FREQUENCIES)]
    explicit_count = {mapsizes.ONE_SIZE: 1, mapsizes.EACH_SIZE: count}.get(code, 0)
    explicit = [{side: _code_number(coder, 0) for side in mapsizes.FIELDS} for _ in range(explicit_count)]
    if any(size[side] not in mapsizes.SIDES for size in explicit for side in mapsizes.FIELDS):
        reader.fail("MISC-MAP-005", f"a side has more than {mapsizes.SIDES.stop:,} pixels", bit_offset=start)
    values = {"map_count_minus_1": count - 1, "size_code": code, "one_size": explicit, "size": explicit}
    sides = [size[side] for size in explicit for side in mapsizes.FIELDS]
    return code, sides, mapsizes.sizes_of(values, reader, picture, start)


def _code_rank(coder: Coder, rank: int, count: int, frequencies: tuple[int, ...]) -> int:
    """Code a number below `count`: one decision for each number but the last, whether it is this one."""
    for index in range(count - 1):
        if coder.decide(int(rank == index), frequencies[index] if index < len(frequencies) else HALF):
            return index
    return count - 1


def _code_number(coder: Coder, value: int) -> int:
    """Code a 16-bit number."""
    return _code_bits(coder, value, 16)


def _code_bits(coder: Coder, value: int, bits: int) -> int:
    """Code a number of so many bits, most significant bit first; returns it."""
    coded = 0
    for place in range(bits - 1, -1, -1):
        coded = coded << 1 | coder.decide(value >> place & 1)
    return coded


class _Walker:
    """The state that goes on from map to map: what the networks have learned, and the maps themselves."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._fine, self._coarse = workspace(networks.fine), workspace(networks.coarse)
        self._flat = networks.flat.copy()
        self._maps: list[BoolMap] = []
        self.steps: list[tuple[BoolMap, int]] = []  # of each fine map that was decoded

    def encode(self, coder: Encoder, grid: BoolMap) -> None:
        """Encode a map. A fine map is encoded unchanged or reduced, whichever is shorter."""
        if grid.size <= COARSE_PIXELS:
            self._coarse_map(coder, grid)
        else:
            self._encode_shortest(coder, [NOT_REDUCED, *reductions(grid)], grid)
        self._maps.append(grid)

    def decode(self, coder: Decoder, size: Size) -> BoolMap:
        """Decode a map."""
        grid = np.zeros((size.height, size.width), np.bool_)
        if grid.size <= COARSE_PIXELS:
            grid = self._coarse_map(coder, grid)
        else:
            step = _code_step(coder, NOT_REDUCED)
            if step != NOT_REDUCED:
                grid = scale.reduced(grid, step)
            walk = self._coarse_map if grid.size <= COARSE_PIXELS else self._fine_map
            grid = walk(coder, grid)
            if step != NOT_REDUCED:
                grid = scale.enlarged(grid, size.height, size.width)
            self.steps.append((grid, step))
        self._maps.append(grid)
        return grid

    def _encode_shortest(self, coder: Encoder, steps: list[int], grid: BoolMap) -> None:
        """Encode under each step, and keep the one that leaves the largest interval, of several the first."""
        if len(steps) == 1:
            self.encode_under(coder, steps[0], grid)
            return
        start = coder.snapshot(), self._snapshot()
        outcomes = []
        for index, step in enumerate(steps):
            coder.restore(start[0])
            self._restore(start[1])
            self.encode_under(coder, step, grid)
            outcomes.append((coder.interval, index, coder.snapshot(), self._snapshot()))
        _, _, coded, learned = min(outcomes, key=lambda outcome: outcome[:2])
        coder.restore(coded)
        self._restore(learned)

    def encode_under(self, coder: Encoder, step: int, grid: BoolMap) -> None:
        """Encode a fine map under a step of reduction, or unchanged under NOT_REDUCED."""
        _code_step(coder, step)
        content = grid if step == NOT_REDUCED else scale.reduced(grid, step)
        walk = self._coarse_map if content.size <= COARSE_PIXELS else self._fine_map
        walk(coder, content)

    def _snapshot(self) -> tuple[Any, ...]:
        return self._fine.third.copy(), self._coarse.third.copy(), self._flat.copy()

    def _restore(self, snapshot: tuple[Any, ...]) -> None:
        self._fine.third[:], self._coarse.third[:], self._flat[:] = snapshot

    def _earlier(self, shape: tuple[int, ...]) -> Iterator[BoolMap]:
        """The maps so far, each scaled to this shape, one at a time."""
        return (scale.sampled(other, *shape) for other in self._maps)

    def _coarse_map(self, coder: Coder, grid: BoolMap) -> BoolMap:
        pixels = coarse.padded(grid)
        others = [coarse.padded(other) for other in self._earlier(grid.shape)]
        earlier, last = np.zeros_like(pixels), others[-1] if others else np.zeros_like(pixels)
        for other in others:
            earlier |= other
        coder.reserve(grid.size)
        coarse.walk(
            pixels, earlier, last, len(others), np.zeros(5, np.int64),
            self._networks.coarse, self._coarse, coder.state, coder.words, coder.decoding, coder.cost,
        )  # fmt: skip
        margin = coarse.MARGIN
        return pixels[margin:-margin, margin:-margin].astype(np.bool_)

    def _fine_map(self, coder: Coder, grid: BoolMap) -> BoolMap:
        margin = fine.MARGIN
        union = np.zeros(grid.shape, np.bool_)
        for other in self._earlier(grid.shape):
            union |= other
        pixels, earlier = fine.padded(grid), fine.padded_earlier(union)
        runs, above = fine.before(pixels)
        side, contours = fine.scale_of(grid.size), fine.contours()
        rows, columns = grid.shape
        for begin in range(0, rows, ROWS_PER_CALL):
            end = min(begin + ROWS_PER_CALL, rows)
            coder.reserve((end - begin) * columns)
            fine.walk(
                pixels, earlier, not self._maps, begin, end, runs, above, side, contours,
                self._networks.fine, self._fine, self._flat,
                coder.state, coder.words, coder.decoding, coder.cost,
            )  # fmt: skip
        return pixels[margin:, margin:-margin].astype(np.bool_)


def reductions(grid: BoolMap) -> list[int]:
    """A list of the largest step of reduction that loses nothing; empty if there is none."""
    rows, columns = _probes(grid)
    possible = (scale.restored(grid, rows, columns) == grid[rows, columns]).all(1)
    steps = (step for step in np.flatnonzero(possible)[::-1].tolist() if scale.is_lossless(grid, step))
    return list(islice(steps, 1))


def _probes(grid: BoolMap) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns of the pixels that are tried first: both sides of edges, where a reduction is likeliest to lose something."""
    occupied = np.flatnonzero(grid.any(1))
    rows = occupied[np.linspace(0, len(occupied) - 1, PROBED_ROWS).astype(int)] if len(occupied) else np.zeros(1, int)
    probed, before = np.nonzero(grid[rows, 1:] != grid[rows, :-1])
    spread = np.linspace(0, len(before) - 1, min(len(before), PROBED_EDGES)).astype(int)
    probed, before = rows[probed[spread]], before[spread]
    return np.concatenate([probed, probed]), np.concatenate([before, before + 1])


def _code_step(coder: Coder, step: int) -> int:
    """Code whether a map is reduced, and by which step; returns the step."""
    if not coder.decide(int(step != NOT_REDUCED), REDUCED):
        return NOT_REDUCED
    return _code_bits(coder, step, 5)
