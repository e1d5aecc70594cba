"""The range coder of clause 5 in machine code: symbols by their span of frequencies, and decisions of two symbols.

`state` is uint64 (3,). Element 0 is the low end of the interval, or for a decoder the codeword less the low end. Element 1 is the range.
Element 2 is the number of words written or read. `words` is uint32: the codeword. An encoder's lacks the 64 bits that are still in
`state`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from misc_format.system.compiled import compiled, inlined

PRECISION = 24
ONE = 1 << PRECISION
HALF = ONE >> 1

U24, U32 = np.uint64(24), np.uint64(32)
MIN_RANGE = np.uint64(1 << 32)
LOW_WORD = np.uint64(0xFFFFFFFF)

State = NDArray[np.uint64]
Words = NDArray[np.uint32]


def encoder() -> State:
    """The state of an encoder before the first symbol."""
    return np.array([0, 2**64 - 1, 0], np.uint64)


def decoder(data: bytes) -> tuple[State, Words]:
    """The state of a decoder before the first symbol of a codeword, and the codeword's words."""
    words = np.frombuffer(data.ljust(8, b"\0") + bytes(-len(data) % 4 if len(data) > 8 else 0), ">u4").astype(np.uint32)
    return np.array([int(words[0]) << 32 | int(words[1]), 2**64 - 1, 2], np.uint64), words


@inlined
def quantile(state: Any) -> int:
    """The place among the cumulative frequencies at which the codeword points; 2^24 or more if it fits no symbol."""
    place: Any = np.int64(state[0] // (state[1] >> U24))
    return int(place)


@compiled
def code_span(state: Any, words: Any, decoding: bool, below: int, frequency: int) -> None:
    """Code a symbol of this frequency; `below` is the sum of the frequencies of all symbols before it."""
    _narrow(state, words, decoding, state[1] >> U24, below, frequency)


@inlined
def quantile_of(state: Any, total: int) -> int:
    """As `quantile`, where the frequencies sum to `total`: `total` or more if the codeword fits no symbol."""
    place: Any = np.int64(state[0] // (state[1] // np.uint64(total)))
    return int(place)


@compiled
def code_under_total(state: Any, words: Any, decoding: bool, below: int, frequency: int, total: int) -> None:
    """As `code_span`, where the frequencies sum to `total`, 1 to 2^24."""
    _narrow(state, words, decoding, state[1] // np.uint64(total), below, frequency)


@inlined
def _narrow(state: Any, words: Any, decoding: bool, scale: Any, below: int, frequency: int) -> None:
    """Keep the part of the range that belongs to a symbol, in units of `scale`."""
    start = scale * np.uint64(below)
    state[1] = scale * np.uint64(frequency)
    if decoding:
        state[0] -= start
    else:
        state[0] += start
        if state[0] < start:
            carry(words, state[2])
    if state[1] < MIN_RANGE:
        shift(state, words, decoding)


@compiled
def code(state: Any, words: Any, decoding: bool, bit: Any, ones: Any) -> int:
    """Code a decision whose frequency of 1 is `ones`, 1 to 2^24 - 1; returns the bit."""
    return int(decide_scaled(state, words, decoding, bit, state[1] >> U24, ones, ONE))


@inlined
def decide_under_total(state: Any, words: Any, decoding: bool, bit: int, ones: int, total: int) -> int:
    """As `code`, where the frequencies of 0 and 1 sum to `total`, 2 to 2^24."""
    return int(decide_scaled(state, words, decoding, bit, state[1] // np.uint64(total), ones, total))


@inlined
def decide_scaled(state: Any, words: Any, decoding: bool, bit: int, scale: Any, ones: int, total: int) -> int:
    """Code a decision; `scale` is the range for a frequency of 1."""
    # The rarer symbol comes first; the likelier one takes the remainder of the range.
    rare = 1 if 2 * ones < total else 0
    split = scale * np.uint64(ones if rare else total - ones)
    if decoding:
        bit = rare if state[0] < split else 1 - rare
    if bit == rare:
        state[1] = split
    else:
        state[1] -= split
        if decoding:
            state[0] -= split
        else:
            state[0] += split
            if state[0] < split:
                carry(words, state[2])
    if state[1] < MIN_RANGE:
        shift(state, words, decoding)
    return bit


@inlined
def carry(words: Any, count: Any) -> None:
    """Add one to the number that the words already written are."""
    place = np.int64(count) - 1
    while words[place] == LOW_WORD:
        words[place] = 0
        place -= 1
    words[place] += np.uint32(1)


@inlined
def shift(state: Any, words: Any, decoding: bool) -> None:
    """Move a word out of an encoder's state, or into a decoder's; behind the last word come zeros."""
    place = np.int64(state[2])
    if decoding:
        state[0] = state[0] << U32
        if place < len(words):
            state[0] |= np.uint64(words[place])
    else:
        words[place] = np.uint32(state[0] >> U32)
        state[0] = state[0] << U32
    state[1] = state[1] << U32
    state[2] += np.uint64(1)
