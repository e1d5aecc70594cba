"""The entropy coder of CompressAI's strings (clause 10.5): rANS with a 64-bit state, 32-bit words, and escapes for rare symbols.

The library's own decoder trusts its input: bytes that no encoder wrote can end the process. This decoder gives the same symbols for
every string that the library writes, and an error for any other.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from misc_format.errors import MiscError
from misc_format.system.compiled import compiled

PRECISION = 16
MIN_STATE = 1 << 31  # the smallest state between symbols, and the first state of an encoder
NIBBLE = 4
MAX_NIBBLES = 7  # of an escape; the library's encoder never ends for larger values
RULE = "MISC-CAI-007"

Words = NDArray[np.uint32]
Integers = NDArray[np.int32]
State = NDArray[np.int64]
STATE, PLACE, FAULT = 0, 1, 2  # the elements of a State: the number itself, the next word, and what is wrong

SHORT, LONG_ESCAPE, LOOSE_ESCAPE = 1, 2, 3
FAULTS = {
    SHORT: "it ends before the symbols of its shape",
    LONG_ESCAPE: f"an escape has more than {MAX_NIBBLES} nibbles",
    LOOSE_ESCAPE: "an escape has a nibble more than it needs",
}
LARGEST_OFFSET, LARGEST_SYMBOL = 1 << 25, 1 << 26  # together within the longest escape


class Tables:
    """Distributions in the library's form, one per row: `cdfs` (rows, entries), `lengths` and `offsets` (rows,), all int32.

    The first `lengths[i]` entries of row i are the cumulative frequencies of `lengths[i]` - 1 values: from 0 to 2^16, strictly ascending.
    The last value is the escape; each other value v stands for the symbol v + `offsets[i]`. Raises `ValueError` for anything else.
    """

    def __init__(self, cdfs: ArrayLike, lengths: ArrayLike, offsets: ArrayLike) -> None:
        self.cdfs: NDArray[np.int32] = _integers(cdfs, 2)
        self.lengths: NDArray[np.int32] = _integers(lengths, 1)
        self.offsets: NDArray[np.int32] = _integers(offsets, 1)
        rows, entries = self.cdfs.shape
        if self.lengths.shape != (rows,) or self.offsets.shape != (rows,):
            raise ValueError(f"{rows} distributions need as many lengths and offsets")
        if rows and not 2 <= self.lengths.min() <= self.lengths.max() <= entries:
            raise ValueError(f"a distribution has 2 to {entries} entries")
        inside = np.arange(1, entries) < self.lengths[:, None]
        last = np.take_along_axis(self.cdfs, self.lengths[:, None].astype(np.int64) - 1, 1)
        rising = np.diff(self.cdfs.astype(np.int64), axis=1) > 0
        if self.cdfs[:, :1].any() or (last != 1 << PRECISION).any() or not rising[inside].all():
            raise ValueError("a distribution does not rise from 0 to 2^16")
        if self.offsets.size and np.abs(self.offsets.astype(np.int64)).max() > LARGEST_OFFSET:
            raise ValueError(f"an offset is larger than {LARGEST_OFFSET:,}")


class Decoder:
    """Decodes the symbols of one string, in one call or in several.

    `path` names the string in errors. Every fault of the string is a `MiscError` of rule MISC-CAI-007.
    """

    def __init__(self, string: bytes, path: str = "image") -> None:
        self.path = path
        if len(string) < 8 or len(string) % 4:
            self._fail(f"it has {len(string)} bytes, not a whole number of words, two or more")
        self._words: Words = np.frombuffer(string, "<u4").astype(np.uint32)
        first = int(self._words[0]) | int(self._words[1]) << 32
        if not MIN_STATE <= first < MIN_STATE << 32:
            self._fail(f"it begins with the state {first:,}, which is none")
        self._state: State = np.array([first, 2, 0], np.int64)

    def decode(self, indexes: ArrayLike, tables: Tables) -> Integers:
        """The next symbols, int32, in the shape of `indexes`. Each index is the row of `tables` under which its symbol is decoded."""
        rows = np.asarray(indexes)
        if rows.size and not (rows.dtype.kind in "iu" and 0 <= rows.min() <= rows.max() < len(tables.lengths)):
            self._fail("its symbols are not all under distributions of the model")
        symbols = np.empty(rows.size, np.int32)
        flat = np.ascontiguousarray(rows, np.int32).reshape(-1)
        decode_symbols(self._state, self._words, flat, tables.cdfs, tables.lengths, tables.offsets, symbols)
        if self._state[FAULT]:
            self._fail(FAULTS[int(self._state[FAULT])])
        return symbols.reshape(rows.shape)

    def finish(self) -> None:
        """Raise `MiscError` unless the string ends here: no word is left, and the state is the first state of an encoder."""
        if self._state[PLACE] < len(self._words):
            self._fail(f"{len(self._words) - self._state[PLACE]} words follow the symbols of its shape")
        if self._state[STATE] != MIN_STATE:
            self._fail(f"behind its symbols the state is {self._state[STATE]:,}, not {MIN_STATE:,}")

    def _fail(self, message: str) -> NoReturn:
        raise MiscError(RULE, message, path=self.path)


class Encoder:
    """Encodes symbols into one string, byte for byte as the library does."""

    def __init__(self) -> None:
        self._batches: list[tuple[Integers, Integers, Tables]] = []

    def encode(self, symbols: ArrayLike, indexes: ArrayLike, tables: Tables) -> None:
        """Append symbols, each under the row of `tables` that its index names; raises `ValueError` for what cannot be written."""
        values, rows = (np.ascontiguousarray(array).reshape(-1) for array in (symbols, indexes))
        if values.shape != rows.shape:
            raise ValueError(f"{values.size} symbols need as many indexes, not {rows.size}")
        if rows.size and not 0 <= rows.min() <= rows.max() < len(tables.lengths):
            raise ValueError("an index names no distribution")
        if values.size and np.abs(values.astype(np.int64)).max() >= LARGEST_SYMBOL:
            raise ValueError("a symbol is too large for an escape")
        self._batches.append((values.astype(np.int32), rows.astype(np.int32), tables))

    def string(self) -> bytes:
        """The string of all symbols so far."""
        size = sum(2 * values.size for values, _, _ in self._batches) + 2  # at most 48 bits per symbol
        words = np.zeros(size, np.uint32)  # filled from the end
        state = np.array([MIN_STATE, size, 0], np.int64)
        for values, rows, tables in reversed(self._batches):
            encode_symbols(state, words, values, rows, tables.cdfs, tables.lengths, tables.offsets)
        place = int(state[PLACE]) - 2
        words[place] = int(state[STATE]) & 0xFFFFFFFF
        words[place + 1] = int(state[STATE]) >> 32
        return words[place:].astype("<u4").tobytes()


@compiled
def decode_symbols(
    state: State,
    words: Words,
    indexes: Integers,
    cdfs: Integers,
    lengths: Integers,
    offsets: Integers,
    symbols: Integers,
) -> None:
    """Decode a symbol for each index into `symbols`, up to the first fault. `state` goes on to the next call."""
    for number in range(indexes.size):
        row = indexes[number]
        escape = lengths[row] - 2
        x = state[STATE]
        place = x & (1 << PRECISION) - 1
        low, high = 0, escape + 1  # cdf[low] <= place < cdf[high]
        while high - low > 1:
            middle = (low + high) >> 1
            if cdfs[row, middle] <= place:
                low = middle
            else:
                high = middle
        start = np.int64(cdfs[row, low])
        frequency = np.int64(cdfs[row, low + 1]) - start
        state[STATE] = frequency * (x >> PRECISION) + place - start
        _refill(state, words)
        value = _escaped(state, words, escape) if low == escape else low
        if state[FAULT]:
            return
        symbols[number] = value + offsets[row]


@compiled
def _refill(state: State, words: Words) -> None:
    """Take the next word into a state below MIN_STATE."""
    if state[STATE] < MIN_STATE:
        if state[PLACE] >= words.size:
            state[FAULT] = SHORT
            return
        state[STATE] = state[STATE] << 32 | np.int64(words[state[PLACE]])
        state[PLACE] += 1


@compiled
def _nibble(state: State, words: Words) -> int:
    """The next four bits."""
    nibble = state[STATE] & 15
    state[STATE] >>= NIBBLE
    _refill(state, words)
    return int(nibble)


@compiled
def _escaped(state: State, words: Words, escape: int) -> int:
    """An escaped value: below 0, or at least `escape`."""
    count = _nibble(state, words)
    if count > MAX_NIBBLES:  # includes 15, behind which the library goes on counting
        state[FAULT] = LONG_ESCAPE
        return 0
    raw = 0
    for place in range(count):
        raw |= _nibble(state, words) << NIBBLE * place
    if count and raw >> NIBBLE * (count - 1) == 0 and state[FAULT] == 0:
        state[FAULT] = LOOSE_ESCAPE
    return -(raw >> 1) - 1 if raw & 1 else (raw >> 1) + escape


@compiled
def encode_symbols(
    state: State,
    words: Words,
    symbols: Integers,
    indexes: Integers,
    cdfs: Integers,
    lengths: Integers,
    offsets: Integers,
) -> None:
    """Encode symbols, the last one first, into `words`, from their end towards their beginning."""
    for number in range(symbols.size - 1, -1, -1):
        row = indexes[number]
        escape = lengths[row] - 2
        value = np.int64(symbols[number]) - offsets[row]
        if value < 0 or value >= escape:
            raw = -2 * value - 1 if value < 0 else 2 * (value - escape)
            count = 0
            while raw >> NIBBLE * count:
                count += 1
            for place in range(count - 1, -1, -1):
                _put(state, words, raw >> NIBBLE * place & 15, 1, NIBBLE)
            _put(state, words, count, 1, NIBBLE)
            value = np.int64(escape)
        start, end = int(cdfs[row, value]), int(cdfs[row, value + 1])
        _put(state, words, start, end - start, PRECISION)


@compiled
def _put(state: State, words: Words, start: int, frequency: int, bits: int) -> None:
    """Encode the span of `frequency` from `start` on, of 2^bits."""
    if (state[STATE] >> (63 - bits)) >= frequency:
        state[PLACE] -= 1
        words[state[PLACE]] = state[STATE] & 0xFFFFFFFF
        state[STATE] >>= 32
    x = state[STATE]
    state[STATE] = ((x // frequency) << bits) + x % frequency + start


def _integers(values: ArrayLike, dimensions: int) -> Integers:
    array = np.asarray(values)
    if array.ndim != dimensions or array.dtype.kind not in "iu":
        raise ValueError(f"distributions are integers in {dimensions} dimensions, not {array.dtype} in {array.ndim}")
    return np.ascontiguousarray(array, np.int32)
