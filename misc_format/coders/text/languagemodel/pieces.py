"""The vocabulary and the greedy tokeniser (clause 6.6).

A token below 256 is the byte of that value, except for 0, 253, 254 and 255. Tokens 0, 253 and 254 end a field; UTF-8 never has the
bytes 253 and 254. The byte 0 is token 255. END is token 0, the first among the frequencies, so that the zeros behind a codeword end the
text. Tokens from 256 upwards are pieces of two bytes or more.
"""

from __future__ import annotations

from collections.abc import Iterable

END, NAME, DETAIL = 0, 254, 253  # end of the text; end of a field before a name; end of a field before a detail
FIRST_PIECE = 256


class Pieces:
    """A vocabulary. `values[t]` are the bytes of token t."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.values: tuple[bytes, ...] = (
            b"\xff",
            *(bytes((byte,)) for byte in range(1, FIRST_PIECE - 1)),
            b"\0",
            *pieces,
        )
        self._tokens = {value: token for token, value in enumerate(self.values)}
        # The length of the longest piece that begins with these two bytes: nothing longer need be tried.
        self._longest: dict[bytes, int] = {}
        for piece in self.values[FIRST_PIECE:]:
            self._longest[piece[:2]] = max(self._longest.get(piece[:2], 2), len(piece))

    def tokens(self, field: bytes) -> list[int]:
        """The tokens of one field in UTF-8. At each place, it takes the longest piece that matches."""
        tokens = []
        place, end = 0, len(field)
        while place < end:
            length = min(self._longest.get(field[place : place + 2], 1), end - place)
            while length > 1 and field[place : place + length] not in self._tokens:
                length -= 1
            tokens.append(self._tokens[field[place : place + length]])
            place += length
        return tokens
