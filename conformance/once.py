"""Payloads decoded and encoded once a file: `validate`, `read` and `write` ask the coders for the same in turn, and most time goes there.

A coder keeps no state between calls (`misc_format.coders`), so what was asked last can be answered from memory. Where it found a flaw
behind which it went on it is asked again, for a reader stops there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from misc_format import accounting, stream
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


class _Told(NamedTuple):
    """Content, and what the coder made of it: a payload, or shares."""

    content: Any
    picture: Size
    found: Any


class Remembering:
    """A coder that knows what it was asked last."""

    def __init__(self, own: Coder) -> None:
        self._own = own
        self._decoded: _Decoded | None = None
        self._told: dict[str, _Told] = {}

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
        payload: bytes = self._tell("encode", content, picture)
        return payload

    def price(self, content: Any, picture: Size) -> list[Share]:
        """As the coder's."""
        return list(self._tell("price", content, picture))

    def _tell(self, what: str, content: Any, picture: Size) -> Any:
        last = self._told.get(what)
        if last is None or last.content is not content or last.picture != picture:
            last = self._told[what] = _Told(content, picture, getattr(self._own, what)(content, picture))
        return last.found


@contextmanager
def remembering() -> Iterator[None]:
    """Coders with a memory, in here."""
    _use(_remembered)
    try:
        yield
    finally:
        _use(coder)


def _use(coders: Callable[[Method], Coder]) -> None:
    for module in (stream, accounting):
        vars(module)["coder"] = coders


@cache
def _remembered(method: Method) -> Coder:
    return Remembering(coder(method))
