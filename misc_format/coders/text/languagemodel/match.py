"""The match model (clause 6.9): if the last tokens occurred before in the text, it predicts the token that followed them then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOTAL_BITS = 24
TRUST_BITS = 16
# The trust before the first token, by the number of matching tokens, 1 to 6; trained on captions with and without items.
FIRST_TRUST = (2_200, 9_400, 22_100, 28_400, 36_300, 41_000)
MAX_LENGTH = len(FIRST_TRUST)
MIN_TRUST, MAX_TRUST = 1 << 4, 63_488
RATE_BITS = 4


class Match:
    """The match model of one text."""

    def __init__(self) -> None:
        self._history: tuple[int, ...] = ()  # the last tokens: the longest context
        self._followers: dict[tuple[int, ...], int] = {}
        self._trust = list(FIRST_TRUST)
        self._length = 0
        self._token = 0
        self._before = 0

    def mix(self, table: NDArray[np.int64]) -> None:
        """Give the predicted token a share of all frequencies, in place. Their sum stays the same.

        `table` is int64 (vocabulary,) and sums to 2^24.
        """
        self._length, self._token = self._predicted()
        if self._length:
            self._before = int(table[self._token])
            table -= (table * self._trust[self._length - 1]) >> TRUST_BITS
            table[self._token] += (1 << TOTAL_BITS) - int(table.sum())

    def learn(self, token: int) -> None:
        """Update the trust and the contexts by the token that came. `mix` must have been called for it."""
        if self._length:
            trust = self._trust[self._length - 1]
            if token == self._token:
                weight = trust << TOTAL_BITS
                share = (weight << TRUST_BITS) // (weight + ((1 << TRUST_BITS) - trust) * self._before)
                trust = min(trust + ((share - trust) >> RATE_BITS), MAX_TRUST)
            else:
                trust = max(trust - (trust >> RATE_BITS), MIN_TRUST)
            self._trust[self._length - 1] = trust
        for start in range(len(self._history)):
            self._followers[self._history[start:]] = token
        self._history = (*self._history, token)[-MAX_LENGTH:]

    def _predicted(self) -> tuple[int, int]:
        """The length of the longest context that occurred before, and the token that followed it last; (0, 0) if there is none."""
        for start in range(len(self._history)):
            follower = self._followers.get(self._history[start:])
            if follower is not None:
                return len(self._history) - start, follower
        return 0, 0
