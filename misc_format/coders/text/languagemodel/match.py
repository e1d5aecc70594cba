"""The match model (clause 6.9): after words that were there before, what followed them then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOTAL_BITS = 24
TRUST_BITS = 16
# The first trust by the number of tokens that match, 1 to 6; learnt from captions with and without items.
FIRST_TRUST = (2_200, 9_400, 22_100, 28_400, 36_300, 41_000)
LONGEST = len(FIRST_TRUST)
LEAST_TRUST, MOST_TRUST = 1 << 4, 63_488
RATE_BITS = 4


class Match:
    """What one text has repeated so far."""

    def __init__(self) -> None:
        self._history: tuple[int, ...] = ()  # the last tokens: the longest context
        self._followers: dict[tuple[int, ...], int] = {}
        self._trust = list(FIRST_TRUST)
        self._length = 0
        self._token = 0
        self._before = 0

    def mix(self, table: NDArray[np.int64]) -> None:
        """Give the token that followed the longest context last time a share of all frequencies, in place; keep their sum."""
        self._length, self._token = self._predicted()
        if self._length:
            self._before = int(table[self._token])
            table -= (table * self._trust[self._length - 1]) >> TRUST_BITS
            table[self._token] += (1 << TOTAL_BITS) - int(table.sum())

    def learn(self, token: int) -> None:
        """Take the token that came; `mix` was called for it."""
        if self._length:
            trust = self._trust[self._length - 1]
            if token == self._token:
                said = trust << TOTAL_BITS
                share = (said << TRUST_BITS) // (said + ((1 << TRUST_BITS) - trust) * self._before)
                trust = min(trust + ((share - trust) >> RATE_BITS), MOST_TRUST)
            else:
                trust = max(trust - (trust >> RATE_BITS), LEAST_TRUST)
            self._trust[self._length - 1] = trust
        for start in range(len(self._history)):
            self._followers[self._history[start:]] = token
        self._history = (*self._history, token)[-LONGEST:]

    def _predicted(self) -> tuple[int, int]:
        """The length of the longest context that was there before, 0 if none was, and the token that followed it last."""
        for start in range(len(self._history)):
            follower = self._followers.get(self._history[start:])
            if follower is not None:
                return len(self._history) - start, follower
        return 0, 0
