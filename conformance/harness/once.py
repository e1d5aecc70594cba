"""Payloads opened once a file: `validate`, `read`, `account` and `inspect` ask the coders for the same in turn, and most time goes there.

A coder keeps no state between calls (`misc_format.coders`), so what was asked last can be answered from memory. Where it found a flaw
behind which it went on it is asked again, for a reader stops there. What is written is always encoded anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from misc_format import stream
from misc_format.coders import Coder, Opened, coder, open_payload
from misc_format.components import Size
from misc_format.errors import MiscError
from misc_format.registry import Method
from misc_format.structure.bits import BitReader, Leaf

Asked = tuple[bytes, int, int, Size]


class _Found(NamedTuple):
    """A question, and what came of it: declared fields, and content or an error."""

    asked: Asked
    leaves: list[Leaf]
    opened: Opened | MiscError


class Remembering:
    """A coder that knows what it was last asked to open."""

    def __init__(self, own: Coder) -> None:
        self._own = own
        self._last: _Found | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def open_payload(self, reader: BitReader, picture: Size) -> Opened:
        """As the coder's."""
        asked = (reader.data, reader.position, reader.end, picture)
        if self._last is not None and self._last.asked == asked:
            opened = self._last.opened
            reader.leaves += self._last.leaves
        else:
            first = len(reader.leaves)
            opened = self._open(reader, picture)
            self._last = None if reader.flaws else _Found(asked, reader.leaves[first:], opened)
        if isinstance(opened, MiscError):
            raise opened
        return opened

    def _open(self, reader: BitReader, picture: Size) -> Opened | MiscError:
        try:
            opened = open_payload(self._own, reader, picture)
        except MiscError as error:
            return error
        return Opened(opened.content, cache(opened.payload), cache(opened.shares))


@contextmanager
def remembering() -> Iterator[None]:
    """Coders with a memory, in here."""
    vars(stream)["coder"] = _remembered
    try:
        yield
    finally:
        vars(stream)["coder"] = coder


@cache
def _remembered(method: Method) -> Any:
    return Remembering(coder(method))
