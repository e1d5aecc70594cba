"""Symbols under frequencies that are counted, in machine code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from misc_format.coders.image.arrays.uniform import NONE
from misc_format.entropy.rangesteps import code_under_total, quantile_of
from misc_format.system.compiled import compiled

STEP = 2  # what a symbol adds to its frequency


class Counts(NamedTuple):
    """The frequency of each symbol, and their sums: those of a Fenwick tree, and the one of all."""

    frequencies: NDArray[np.int64]  # (symbols,)
    sums: NDArray[np.int64]  # (symbols + 1,): entry i is the sum of the frequencies from i - (i & -i) to i - 1
    total: NDArray[np.int64]  # (1,)


def counts(symbols: int, start: int = 1) -> Counts:
    """The counts of so many symbols before the first one is coded: each has the frequency `start`."""
    places = np.arange(symbols + 1)
    return Counts(np.full(symbols, start, np.int64), start * (places & -places), np.array([start * symbols]))


@compiled
def code_symbol(counts: Any, symbol: Any, state: Any, words: Any, decoding: bool, cost: Any) -> int:
    """Code a symbol and count it; returns it, or NONE if the codeword fits no symbol."""
    total = counts.total[0]
    if decoding:
        target = quantile_of(state, total)
        if target >= total:
            return NONE
        symbol, below = _symbol_at(counts.sums, target)
    else:
        below = _sum_below(counts.sums, symbol)
    frequency = counts.frequencies[symbol]
    code_under_total(state, words, decoding, below, frequency, total)
    cost[0] += np.log2(total / frequency)
    _count(counts, symbol)
    return int(symbol)


@compiled
def _sum_below(sums: Any, symbol: int) -> int:
    below = 0
    while symbol > 0:
        below += sums[symbol]
        symbol &= symbol - 1
    return below


@compiled
def _symbol_at(sums: Any, target: int) -> tuple[int, int]:
    """The symbol whose span of frequencies holds `target`, and the sum of the frequencies below it."""
    step = 1
    while 2 * step < sums.shape[0]:
        step *= 2
    symbol, below = 0, 0
    while step > 0:
        if symbol + step < sums.shape[0] and below + sums[symbol + step] <= target:
            symbol += step
            below += sums[symbol]
        step >>= 1
    return symbol, below


@compiled
def _count(counts: Any, symbol: int) -> None:
    """The sum of all frequencies stays below 2^24, because an array has at most MAX_ARRAY_VALUES values."""
    counts.frequencies[symbol] += STEP
    counts.total[0] += STEP
    place = symbol + 1
    while place < counts.sums.shape[0]:
        counts.sums[place] += STEP
        place += place & -place
