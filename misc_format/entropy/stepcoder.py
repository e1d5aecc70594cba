"""The range coder (clause 5) for coders whose loops run in machine code (clauses 7.5 and 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from misc_format.entropy import rangesteps
from misc_format.entropy.rangecoder import STATE, WORD, shares, shortest
from misc_format.structure.bits import Share

Snapshot = tuple[rangesteps.State, rangesteps.Words, NDArray[np.float64]]


class Coder:
    """The state of the range coder, and what encoder and decoder have in common. `state` and `words` are as in `rangesteps`."""

    decoding = False
    words_ahead = 0  # words that `state[2]` counts although the interval has not shifted them out

    def __init__(self, state: rangesteps.State, words: rangesteps.Words) -> None:
        self.state: rangesteps.State = state
        self.words: rangesteps.Words = words
        self.cost: NDArray[np.float64] = np.zeros(1)  # information content in bits, for reports only
        self._marks: list[tuple[str, int, float, object]] = []
        self.is_direct = True  # False: a decoder met decisions that no encoder makes for its content

    def decide(self, bit: int, ones: int = rangesteps.HALF) -> int:
        """Code one decision, whose frequency of 1 is `ones`; returns the bit."""
        self.reserve(1)
        bit = int(rangesteps.code(self.state, self.words, self.decoding, bit, ones))
        self.cost[0] += rangesteps.PRECISION - np.log2(ones if bit else rangesteps.ONE - ones)
        return bit

    @property
    def fits(self) -> bool:
        """Whether the codeword lies in the interval. Only a decoder's may not: one that begins with eight bytes FF."""
        return not self.decoding or bool(self.state[0] < self.state[1])

    def reserve(self, symbols: int) -> None:
        """Make room for the words of so many symbols."""

    def mark(self, path: str, value: object = None) -> None:
        """Note that everything since the last mark belongs to the field `path`."""
        count = int(self.state[2]) - self.words_ahead
        position = WORD * count + STATE - int(self.state[1]).bit_length()
        self._marks.append((path, position, float(self.cost[0]), value))


class Decoder(Coder):
    """Decodes a codeword, whose bytes are `data`."""

    decoding = True
    words_ahead = 2

    def __init__(self, data: bytes) -> None:
        super().__init__(*rangesteps.decoder(data))
        self.data = data

    @property
    def is_canonical(self) -> bool:
        """Whether the codeword is the one that an encoder gives for the content so far, if nothing follows (clause 5.2).

        The low end of the encoder's interval is the codeword less what the decoder has left of it. So no symbol is encoded again.
        """
        length = 4 * int(self.state[2])
        if not self.is_direct or len(self.data) > length:
            return False
        lower = int.from_bytes(self.data.ljust(length, b"\0"), "big") - int(self.state[0])
        return shortest(lower, int(self.state[1]), length) == self.data

    def shares(self) -> list[Share]:
        """The codeword, split by marked field. It must be the canonical one."""
        return shares(self._marks, 8 * len(self.data))


class Encoder(Coder):
    """Encodes into a codeword."""

    def __init__(self) -> None:
        super().__init__(rangesteps.encoder(), np.zeros(64, np.uint32))

    def reserve(self, symbols: int) -> None:
        """Make room for the words of so many symbols."""
        needed = int(self.state[2]) + symbols * (rangesteps.PRECISION + 1) // WORD + 2
        if needed > len(self.words):
            self.words = np.concatenate([self.words, np.zeros(needed, np.uint32)])

    def snapshot(self) -> Snapshot:
        """A copy of all that coding changes."""
        return self.state.copy(), self.words.copy(), self.cost.copy()

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the place of a snapshot, which stays as it is."""
        state, words, cost = snapshot
        self.state, self.words, self.cost = state.copy(), words.copy(), cost.copy()

    @property
    def interval(self) -> tuple[int, int]:
        """A value that orders encoders by how much they have written, exactly: less is smaller."""
        return int(self.state[2]), -int(self.state[1])

    @property
    def final_interval(self) -> tuple[int, int, int]:
        """Low end and size of the interval, and the number of words shifted out: the low end has 64 bits more."""
        count = int(self.state[2])
        written = int.from_bytes(self.words[:count].astype(">u4").tobytes(), "big")
        return written << STATE | int(self.state[0]), int(self.state[1]), count

    def codeword(self) -> bytes:
        """The shortest byte string that, followed by zeros, lies in the final interval."""
        low, size, words = self.final_interval
        return shortest(low, size, 4 * (words + 2))

    def shares(self) -> list[Share]:
        """The codeword, split by marked field."""
        return shares(self._marks, 8 * len(self.codeword()))
