"""Payloads decoded and encoded once a file: `validate`, `read` and `write` ask the coders for the same in turn, and most time goes there.

A coder keeps no state between calls (`misc_format.coders`), so what was asked last can be answered from memory. Where it found a flaw
behind which it went on it is asked again, for a reader stops there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from misc_format import stream
from misc_format.bits import BitReader, Leaf
from misc_format.coders import Coder, Share, coder
from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.registry import Method


class _Decoded(NamedTuple):
    """A question, and what came of it: declared fields, and content or an error."""

    asked: tuple[bytes, int, int, Size]
    leaves: list[Leaf]
    content: Any
    error: MiscError | None


class _Encoded(NamedTuple):
    content: Any
    picture: Size
    payload: bytes


class Remembering:
    """A coder that knows what it was asked last."""

    def __init__(self, own: Coder) -> None:
        self._own = own
        self._decoded: _Decoded | None = None
        self._encoded: _Encoded | None = None

    def decode(self, reader: BitReader, picture: Size) -> Any:
        """As the coder's."""
        asked = (reader.data, reader.position, reader.end, picture)
        if self._decoded is None or self._decoded.asked != asked:
            return self._ask(reader, picture, asked)
        reader.leaves += self._decoded.leaves
        if self._decoded.error is not None:
            raise self._decoded.error
        return self._decoded.content

    def _ask(self, reader: BitReader, picture: Size, asked: tuple[bytes, int, int, Size]) -> Any:
        first, content, failed = len(reader.leaves), None, None
        try:
            content = self._own.decode(reader, picture)
        except MiscError as error:
            failed = error
        self._decoded = None if reader.flaws else _Decoded(asked, reader.leaves[first:], content, failed)
        if failed is not None:
            raise failed
        return content

    def encode(self, content: Any, picture: Size) -> bytes:
        """As the coder's."""
        last = self._encoded
        if last is None or last.content is not content or last.picture != picture:
            last = self._encoded = _Encoded(content, picture, self._own.encode(content, picture))
        return last.payload

    def price(self, content: Any, picture: Size) -> Sequence[Share]:
        """As the coder's."""
        return self._own.price(content, picture)


@contextmanager
def remembering() -> Iterator[None]:
    """Coders with a memory, in here."""
    stream.coder = _remembered
    try:
        yield
    finally:
        stream.coder = coder


@cache
def _remembered(method: Method) -> Coder:
    return Remembering(coder(method))
